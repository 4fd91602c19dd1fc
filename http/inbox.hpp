#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace http {

class Call;

/// What curl's callbacks saw, in order, kept until curl has returned: listeners are not called from
/// inside curl. One for all calls, its memory is used again and again. What lies in it between two
/// reads is bounded by what curl reads in one go, a hundred of its buffers at most.
/// Internal to http/.
class Inbox {
  public:
    enum class Kind : std::uint8_t { kConnected, kHead, kBytes, kRedirect, kEnd };

    struct Note {
        std::shared_ptr<Call> call;
        Kind kind = Kind::kEnd;
        std::size_t offset = 0;
        std::size_t length = 0;
        base::Instant arrived{};
    };

    void add(std::shared_ptr<Call> call, Kind kind);
    /// Bytes of one call that come right after each other are one note with the first's instant:
    /// one read of the socket gave them all.
    void add_bytes(const std::shared_ptr<Call>& call, std::string_view bytes,
                   const base::Clock& clock);

    /// The notes so far; later ones are for the next round. Valid until the next `take`.
    [[nodiscard]] std::vector<Note>& take();
    [[nodiscard]] std::string_view bytes(const Note& note) const;
    /// The notes taken last are dealt with. No bytes were added since.
    void clear_taken();

  private:
    std::vector<Note> notes_;
    std::vector<Note> taken_;
    std::string bytes_;
};

}  // namespace http
