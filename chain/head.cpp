#include "chain/head.hpp"

#include <algorithm>
#include <cassert>

namespace chain {

std::string_view to_string(PayloadStatus status) {
    switch (status) {
        case PayloadStatus::kEmpty:
            return "empty";
        case PayloadStatus::kFull:
            return "full";
    }
    assert(false);
    return "unknown";
}

std::optional<ForkName> ForkName::parse(std::string_view text) {
    const bool is_name = !text.empty() && text.size() <= kBytesMax &&
                         std::all_of(text.begin(), text.end(), [](char c) {
                             return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
                         });
    if (!is_name) {
        return std::nullopt;
    }
    ForkName name;
    std::copy(text.begin(), text.end(), name.chars_.begin());
    name.size_ = static_cast<std::uint8_t>(text.size());
    return name;
}

}  // namespace chain
