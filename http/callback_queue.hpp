#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace http {

class Transfer;

/// What curl's callbacks reported, in order, kept until curl has returned: listeners are not called
/// from inside curl. One for all transfers; its memory is reused. Once it is full, transfers are
/// paused until what it holds is delivered: in one go curl may read a hundred buffers of each, and
/// of all streams before it returns. curl keeps one buffer for each of those. Internal to http/.
class CallbackQueue {
  public:
    enum class Kind : std::uint8_t { kConnected, kHead, kBytes, kRedirect, kEnd };

    struct Entry {
        std::shared_ptr<Transfer> transfer;
        Kind kind = Kind::kEnd;
        std::size_t offset = 0;
        std::size_t length = 0;
        base::Instant arrived{};
    };

    /// Is full with so many bytes.
    explicit CallbackQueue(std::size_t bytes_max) : bytes_max_{bytes_max} {}

    void add(std::shared_ptr<Transfer> transfer, Kind kind);
    /// Bytes of one transfer that come right after each other are one entry with the first's
    /// instant: one read of the socket gave them all.
    void add_bytes(const std::shared_ptr<Transfer>& transfer, std::string_view bytes,
                   const base::Clock& clock);

    /// No bytes are to be added now.
    [[nodiscard]] bool is_full() const { return bytes_.size() >= bytes_max_; }
    /// A transfer that was paused because of that, and when the bytes were read that curl keeps.
    struct Paused {
        std::shared_ptr<Transfer> transfer;
        base::Instant at;
    };
    void add_paused(std::shared_ptr<Transfer> transfer, const base::Clock& clock);
    [[nodiscard]] std::size_t paused() const { return paused_.size(); }
    [[nodiscard]] bool is_paused(const Transfer& transfer) const;
    /// The one that was paused first; there is one. Until `resumed`, bytes that are added count as
    /// read when it was paused.
    [[nodiscard]] std::shared_ptr<Transfer> take_paused();
    void resumed() { read_at_.reset(); }
    [[nodiscard]] bool empty() const { return entries_.empty(); }

    /// The entries so far; later ones are for the next round. Valid until the next `take`.
    [[nodiscard]] std::vector<Entry>& take();
    [[nodiscard]] std::string_view bytes(const Entry& entry) const;
    /// The entries taken last are delivered. No bytes were added since.
    void clear_taken();

  private:
    std::size_t bytes_max_;
    std::vector<Entry> entries_;
    std::vector<Entry> taken_;
    std::deque<Paused> paused_;
    std::optional<base::Instant> read_at_;
    std::string bytes_;
    std::size_t calm_rounds_ = 0;
};

}  // namespace http
