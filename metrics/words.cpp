#include <array>
#include <cassert>

#include "metrics/definitions.hpp"
#include "metrics/label_values.hpp"

namespace metrics {

std::string_view to_string(RestartReason reason) {
    switch (reason) {
        case RestartReason::kListChanged:
            return "list_changed";
        case RestartReason::kGaveUp:
            return "gave_up";
        case RestartReason::kUnhealthy:
            return "unhealthy";
        case RestartReason::kFailed:
            return "failed";
    }
    assert(false);
    return "unknown";
}

std::string_view to_string(HeadTopic topic) {
    switch (topic) {
        case HeadTopic::kHeadV2:
            return "head_v2";
        case HeadTopic::kHead:
            return "head";
        case HeadTopic::kNone:
            return "none";
    }
    assert(false);
    return "unknown";
}

std::string_view to_string(Type type) {
    switch (type) {
        case Type::kCounter:
            return "counter";
        case Type::kGauge:
            return "gauge";
        case Type::kHistogram:
            return "histogram";
    }
    assert(false);
    return "unknown";
}

std::string_view to_string(Unit unit) {
    switch (unit) {
        case Unit::kNone:
            return "";
        case Unit::kSeconds:
            return "seconds";
        case Unit::kSlots:
            return "slots";
    }
    assert(false);
    return "unknown";
}

std::string_view to_string(UsedBy used_by) {
    switch (used_by) {
        case UsedBy::kPanel:
            return "panel";
        case UsedBy::kRule:
            return "rule";
        case UsedBy::kDebugging:
            return "debugging";
    }
    assert(false);
    return "unknown";
}

std::span<const double> arrival_delay_edges() {
    static constexpr std::array kEdges{0.0, 0.25, 0.5, 0.75, 1.0,  1.25, 1.5,  1.75, 2.0, 2.2,
                                       2.4, 2.6,  2.8, 3.0,  3.2,  3.4,  3.6,  3.8,  4.0, 4.25,
                                       4.5, 5.0,  6.0, 8.0,  10.0, 12.0, 16.0, 24.0};
    return kEdges;
}

std::span<const double> lag_edges() {
    static constexpr std::array kEdges{0.001, 0.002, 0.005, 0.01, 0.02, 0.05,
                                       0.1,   0.2,   0.35,  0.5,  1.0,  2.0};
    return kEdges;
}

}  // namespace metrics
