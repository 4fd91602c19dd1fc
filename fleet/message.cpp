#include "fleet/message.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "fleet/subject.hpp"

namespace fleet {
namespace {

constexpr std::size_t kOriginDigits = 16;

std::optional<std::uint64_t> parse_origin(std::string_view text) {
    std::uint64_t origin = 0;
    const char* const end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, origin, 16);
    const bool is_whole = text.size() == kOriginDigits && read.ec == std::errc{} && read.ptr == end;
    return is_whole ? std::optional{origin} : std::nullopt;
}

}  // namespace

std::string origin_text(std::uint64_t origin) {
    std::array<char, kOriginDigits> digits{};
    const auto written = std::to_chars(digits.begin(), digits.end(), origin, 16);
    const std::string_view all{digits.data(),
                               static_cast<std::size_t>(written.ptr - digits.data())};
    return std::string(kOriginDigits - all.size(), '0').append(all);
}

std::string to_string(const MessageId& id) {
    return escape_token(id.instance) + ':' + origin_text(id.origin) + ':' +
           std::to_string(id.sequence);
}

std::optional<MessageId> parse_message_id(std::string_view text) {
    const std::vector<std::string> parts = base::split(text, ':');
    if (parts.size() != 3) {
        return std::nullopt;
    }
    auto instance = unescape_token(parts[0]);
    const auto origin = parse_origin(parts[1]);
    const auto sequence =
        base::parse_number(parts[2], 1, std::numeric_limits<std::uint64_t>::max());
    if (!instance || instance->empty() || !origin || !sequence) {
        return std::nullopt;
    }
    return MessageId{std::move(*instance), *origin, *sequence};
}

}  // namespace fleet
