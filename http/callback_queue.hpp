#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace http {

class Transfer;

/// What curl's callbacks reported, in order, kept until curl has returned: listeners are not called
/// from inside curl. One for all transfers; its memory is reused. What it holds between two reads
/// is bounded by what curl reads in one go, a hundred of its buffers at most. Internal to http/.
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

    void add(std::shared_ptr<Transfer> transfer, Kind kind);
    /// Bytes of one transfer that come right after each other are one entry with the first's
    /// instant: one read of the socket gave them all.
    void add_bytes(const std::shared_ptr<Transfer>& transfer, std::string_view bytes,
                   const base::Clock& clock);

    /// The entries so far; later ones are for the next round. Valid until the next `take`.
    [[nodiscard]] std::vector<Entry>& take();
    [[nodiscard]] std::string_view bytes(const Entry& entry) const;
    /// The entries taken last are delivered. No bytes were added since.
    void clear_taken();

  private:
    std::vector<Entry> entries_;
    std::vector<Entry> taken_;
    std::string bytes_;
};

}  // namespace http
