#include "metrics/node_health.hpp"

#include <cassert>
#include <cstddef>
#include <initializer_list>

namespace metrics {
namespace {

Problems only(std::initializer_list<Problem> problems) {
    Problems set;
    for (const Problem problem : problems) {
        set.set(static_cast<std::size_t>(problem));
    }
    return set;
}

}  // namespace

std::string_view to_string(Problem problem) {
    switch (problem) {
        case Problem::kNoStream:
            return "no_stream";
        case Problem::kSilent:
            return "silent";
        case Problem::kStalled:
            return "stalled";
        case Problem::kWrongNetwork:
            return "wrong_network";
        case Problem::kUncheckedNetwork:
            return "unchecked_network";
        case Problem::kSyncing:
            return "syncing";
        case Problem::kElOffline:
            return "el_offline";
        case Problem::kOptimistic:
            return "optimistic";
        case Problem::kBehind:
            return "behind";
        case Problem::kBuffered:
            return "buffered";
        case Problem::kRestDown:
            return "rest_down";
    }
    assert(false);
    return "";
}

Problems find_problems(const monitor::NodeStatus& status) {
    using monitor::StreamState;
    using Standing = monitor::NetworkGuard::Standing;
    Problems found;
    const auto add = [&](bool is_there, Problem problem) {
        found.set(static_cast<std::size_t>(problem), is_there);
    };
    add(status.state != StreamState::kOpen && status.state != StreamState::kWaiting,
        Problem::kNoStream);
    add(status.is_silent, Problem::kSilent);
    add(status.is_stalled, Problem::kStalled);
    add(status.network == Standing::kWrong, Problem::kWrongNetwork);
    add(status.network == Standing::kUnchecked, Problem::kUncheckedNetwork);
    add(status.syncing && status.syncing->is_syncing, Problem::kSyncing);
    add(status.syncing && status.syncing->el_offline, Problem::kElOffline);
    add(status.syncing && status.syncing->is_optimistic, Problem::kOptimistic);
    add(status.is_behind, Problem::kBehind);
    add(status.is_buffered, Problem::kBuffered);
    add(status.breaker != monitor::CircuitBreaker::State::kClosed, Problem::kRestDown);
    return found;
}

NodeHealth judge(Problems problems) {
    static const Problems degrading =
        only({Problem::kOptimistic, Problem::kBehind, Problem::kBuffered, Problem::kRestDown});
    if (problems.none()) {
        return NodeHealth::kGood;
    }
    return (problems & ~degrading).none() ? NodeHealth::kDegraded : NodeHealth::kUnusable;
}

}  // namespace metrics
