#include "simulator/client_profile.hpp"

#include <algorithm>

namespace simulator {
namespace {

constexpr std::array<ClientProfile, kClientCount> kProfiles{{
    {.name = "lighthouse",
     .version = "Lighthouse/v8.0.1-ced49dd/x86_64-linux",
     .has_space = false,
     .line_end = "\n",
     .keep_alive = KeepAlive::kPeriodic,
     .keep_alive_seconds = std::chrono::seconds{15},
     .keep_alive_comment = ":\n\n",
     .knows_head_v2 = true,
     .order = EventOrder::kHeadLast,
     .slow_reader = SlowReader::kDropEvents,
     .queue_max = 64},
    {.name = "teku",
     .version = "teku/v25.11.0/linux-x86_64/-eclipseadoptium-openjdk64bitservervm-java-21",
     .line_end = "\n",
     // One line end each: what comes next belongs to the same block.
     .greeting = ": ready\n",
     .keep_alive = KeepAlive::kWhenIdle,
     .keep_alive_seconds = std::chrono::seconds{30},
     .keep_alive_comment = ": \n",
     .comments_inside_events = true,
     .unknown_topic = UnknownTopic::kEndAtOnce,
     .knows_head_v2 = true,
     .queue_max = 250},
    {.name = "prysm",
     .version = "Prysm/v6.1.4 (linux amd64)",
     .line_end = "\n",
     .greeting = ":\n\n",
     .keep_alive = KeepAlive::kPeriodic,
     .keep_alive_seconds = std::chrono::seconds{12},
     .keep_alive_comment = ":\n\n",
     .queue_max = 1000},
    {.name = "nimbus",
     .version = "Nimbus/v25.11.0-53f415-stateofus",
     .line_end = "\r\n",
     .order = EventOrder::kHeadLast},
    // As measured on 1.5.1; newer releases differ in most of it.
    {.name = "lodestar",
     .version = "Lodestar/v1.5.1/2115aa7",
     .line_end = "\n",
     .line_ends_after_data = 3,
     .headers = HeadersSent::kWithFirstEvent,
     .unknown_topic = UnknownTopic::kSilence,
     .topics_form = TopicsForm::kOneEach,
     .health_tells_syncing = false,
     .has_el_offline = false,
     .has_attestation_due = false,
     .claims_depth_one = true},
    {.name = "grandine",
     .version = "Grandine/2.0.0/x86_64-linux",
     .line_end = "\n",
     .keep_alive = KeepAlive::kPeriodic,
     .keep_alive_seconds = std::chrono::seconds{15},
     .keep_alive_comment = ":\n\n"},
    {.name = "caplin",
     .version = "Caplin/v3.2.2",
     .line_end = "\n",
     .headers = HeadersSent::kWithFirstEventOrSlot,
     .keep_alive = KeepAlive::kEachSlot,
     .keep_alive_comment = ":\n\n",
     .topics_form = TopicsForm::kFirstOnly,
     .queue_max = 128},
}};

}  // namespace

const std::array<ClientProfile, kClientCount>& client_profiles() {
    return kProfiles;
}

const ClientProfile* find_client_profile(std::string_view name) {
    const auto found = std::find_if(kProfiles.begin(), kProfiles.end(),
                                    [&](const ClientProfile& row) { return row.name == name; });
    return found == kProfiles.end() ? nullptr : &*found;
}

std::chrono::milliseconds keep_alive_period(const ClientProfile& profile,
                                            std::chrono::milliseconds slot_duration) {
    constexpr std::chrono::milliseconds kFullSlot{12'000};
    constexpr std::chrono::milliseconds kFloor{20};
    const std::chrono::milliseconds full = profile.keep_alive_seconds;
    if (slot_duration >= kFullSlot) {
        return full;
    }
    return std::max(kFloor, full * slot_duration.count() / kFullSlot.count());
}

void append_event(std::string& out, const ClientProfile& profile, std::string_view topic,
                  std::string_view data, bool comment_inside) {
    const std::string_view colon = profile.has_space ? ": " : ":";
    out.append("event").append(colon).append(topic).append(profile.line_end);
    if (comment_inside) {
        out.append(profile.keep_alive_comment);
    }
    out.append("data").append(colon).append(data);
    for (std::size_t i = 0; i < profile.line_ends_after_data; ++i) {
        out.append(profile.line_end);
    }
}

}  // namespace simulator
