#include "terminal/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace terminal {
namespace {

std::string median(std::vector<base::Duration> lags) {
    if (lags.empty()) {
        return "-";
    }
    const auto middle = lags.begin() + static_cast<std::ptrdiff_t>(lags.size() / 2);
    std::nth_element(lags.begin(), middle, lags.end());
    const std::chrono::duration<double, std::milli> exact = *middle;
    return fmt::format("{:.1f} ms", exact.count());
}

std::string ends(const std::map<updates::StreamEndReason, std::uint64_t>& counts) {
    std::string text;
    for (const auto& [reason, count] : counts) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", to_string(reason), count);
    }
    return text.empty() ? "-" : text;
}

}  // namespace

void Summary::apply(const updates::Update& update) {
    if (const auto* run = std::get_if<updates::RunStarted>(&update.fact)) {
        for (updates::NodeId id : run->nodes) {
            nodes_.try_emplace(id);
        }
    } else if (const auto* opened = std::get_if<updates::StreamOpened>(&update.fact)) {
        nodes_[opened->node].reopened += opened->reopened ? 1 : 0;
    } else if (const auto* ended = std::get_if<updates::StreamEnded>(&update.fact)) {
        // Our own stop is no fault of the node.
        if (ended->reason != updates::StreamEndReason::kCancelled) {
            ++nodes_[ended->node].ends[ended->reason];
        }
    } else if (const auto* head = std::get_if<updates::NodeHead>(&update.fact)) {
        Node& node = nodes_[head->node];
        ++node.heads;
        node.first += head->is_first ? 1 : 0;
        // A repeat, and what a node catches up with, has waited for nobody.
        if (head->timing.timeliness == updates::HeadTimeliness::kLive && !head->timing.is_repeat) {
            node.lags.push_back(head->lag);
        }
    }
}

std::vector<std::string> Summary::lines() const {
    constexpr const char* kRow = "{:<16}  {:>6}  {:>6}  {:>10}  {:>8}  {}";
    std::vector<std::string> out{
        fmt::format(kRow, "NODE", "HEADS", "FIRST", "MEDIAN LAG", "REOPENED", "ENDS")};
    for (const auto& [id, node] : nodes_) {
        out.push_back(fmt::format(kRow, id.name(), node.heads, node.first, median(node.lags),
                                  node.reopened, ends(node.ends)));
    }
    return out;
}

}  // namespace terminal
