#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace monitor {

/// The value that most votes are for, at equal counts the one that was voted for first. Nothing
/// without votes.
template <class T>
[[nodiscard]] std::optional<T> majority(const std::vector<T>& votes) {
    std::optional<T> winner;
    std::ptrdiff_t winner_votes = 0;
    for (const T& vote : votes) {
        const auto count = std::count(votes.begin(), votes.end(), vote);
        if (count > winner_votes) {
            winner = vote;
            winner_votes = count;
        }
    }
    return winner;
}

}  // namespace monitor
