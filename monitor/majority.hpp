#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace monitor {

/// The value that most votes are for, at equal counts the one that was voted for first. Nothing
/// without votes.
template <class T>
[[nodiscard]] std::optional<T> majority(const std::vector<T>& votes) {
    // Few: most nodes say the same.
    std::vector<std::pair<T, std::size_t>> counts;
    for (const T& vote : votes) {
        const auto known = std::find_if(counts.begin(), counts.end(),
                                        [&](const auto& one) { return one.first == vote; });
        if (known == counts.end()) {
            counts.emplace_back(vote, 1);
        } else {
            ++known->second;
        }
    }
    const auto winner =
        std::max_element(counts.begin(), counts.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    return winner == counts.end() ? std::nullopt : std::optional{winner->first};
}

}  // namespace monitor
