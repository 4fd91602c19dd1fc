#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

namespace fleet {

/// Gives libnats, which calls back on threads of its own and whenever it likes, numbers in the
/// place of pointers: what is gone is not found, and what is found lives until its call is over.
template <class T>
class Registry {
  public:
    /// The entry of `target`; it ends with this.
    class Entry {
      public:
        explicit Entry(std::shared_ptr<T> target) : key_{all().add(std::move(target))} {}
        Entry(const Entry&) = delete;
        Entry& operator=(const Entry&) = delete;
        ~Entry() { all().remove(key_); }

        /// What libnats is to pass on.
        [[nodiscard]] void* closure() const {
            return reinterpret_cast<void*>(key_);  // NOLINT(performance-no-int-to-ptr): a number
        }

      private:
        std::uintptr_t key_;
    };

    /// Null when it is gone. Any thread.
    [[nodiscard]] static std::shared_ptr<T> find(void* closure) {
        return all().get(reinterpret_cast<std::uintptr_t>(closure));
    }

  private:
    class Table {
      public:
        [[nodiscard]] std::uintptr_t add(std::shared_ptr<T> target) {
            const std::lock_guard lock{mutex_};
            targets_.emplace(++last_, std::move(target));
            return last_;
        }
        void remove(std::uintptr_t key) {
            std::shared_ptr<T> target;
            const std::lock_guard lock{mutex_};
            const auto place = targets_.find(key);
            target = std::move(place->second);
            targets_.erase(place);
        }
        [[nodiscard]] std::shared_ptr<T> get(std::uintptr_t key) {
            const std::lock_guard lock{mutex_};
            const auto place = targets_.find(key);
            return place == targets_.end() ? nullptr : place->second;
        }

      private:
        std::mutex mutex_;
        std::uintptr_t last_ = 0;
        std::map<std::uintptr_t, std::shared_ptr<T>> targets_;
    };

    [[nodiscard]] static Table& all() {
        // Never destroyed: threads of libnats may outlive `main`.
        static Table& table = *new Table;
        return table;
    }
};

}  // namespace fleet
