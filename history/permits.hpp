#pragma once

#include <cstddef>
#include <memory>

#include <boost/asio/any_io_executor.hpp>

#include "base/task.hpp"
#include "history/error.hpp"

namespace history {

/// How many reads may be under way: a semaphore whose waiters are served in the order in which they
/// came, whether they wait for one permit or for all of them. Lives on the event loop; not
/// thread-safe. Permits may outlive it.
class Permits {
    struct State;
    struct Waiter;
    class Place;

  public:
    /// One or more permits, given back at the end of its life.
    class Permit {
      public:
        Permit(Permit&& other) noexcept;
        Permit& operator=(Permit&& other) noexcept;
        ~Permit();

      private:
        friend struct State;
        Permit(std::shared_ptr<State> state, std::size_t count);
        void give_back();

        std::shared_ptr<State> state_;
        std::size_t count_ = 0;
    };

    /// `count` is at least 1. Open.
    Permits(boost::asio::any_io_executor executor, std::size_t count);

    /// Waits for one permit. Fails with kClosed. When it is cancelled, those behind it go on.
    [[nodiscard]] base::Task<Result<Permit>> acquire();
    /// Waits until no permit is out, ahead of everyone who comes later, and takes all of them.
    [[nodiscard]] base::Task<Result<Permit>> acquire_all();

    /// Who waits, and who comes, gets kClosed at once; permits that are out stay good. Idempotent.
    void close();
    void open();
    [[nodiscard]] bool is_closed() const;

    [[nodiscard]] std::size_t count() const;
    /// Not out at the moment.
    [[nodiscard]] std::size_t free() const;
    [[nodiscard]] std::size_t waiting() const;

  private:
    [[nodiscard]] static base::Task<Result<Permit>> take(std::shared_ptr<State> state,
                                                         std::size_t wanted);

    std::shared_ptr<State> state_;
};

}  // namespace history
