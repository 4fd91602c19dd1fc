#include <simdjson.h>

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "recording/entry_json.hpp"
#include "recording/entry_words.hpp"
#include "recording/json_members.hpp"

namespace recording {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::array kTopicSets{updates::TopicSet::kHeadV2Full, updates::TopicSet::kHeadFull,
                                updates::TopicSet::kHeadOnly};
constexpr std::array kSlotTimeSources{
    updates::SlotTimeSource::kConfiguration, updates::SlotTimeSource::kPreset,
    updates::SlotTimeSource::kStateFile, updates::SlotTimeSource::kHistory,
    updates::SlotTimeSource::kNode};
constexpr std::array kEndReasons{
    updates::ServiceEndReason::kCompleted, updates::ServiceEndReason::kFailed,
    updates::ServiceEndReason::kCancelled, updates::ServiceEndReason::kUnhealthy,
    updates::ServiceEndReason::kTimeout};
constexpr std::array kHealthStates{updates::ServiceHealthState::kHealthy,
                                   updates::ServiceHealthState::kDegraded,
                                   updates::ServiceHealthState::kUnhealthy};

http::ResponseHead read_head(const Members& in) {
    http::ResponseHead head;
    head.status = static_cast<int>(in.number("status", 0, 999));
    head.content_type = in.bytes("content_type");
    head.content_length = in.optional_count("content_length");
    head.date = in.bytes("date");
    head.retry_after = in.optional_duration("retry_after_ns");
    head.is_from_cache = in.flag("is_from_cache");
    return head;
}

std::optional<updates::SlotTime> read_slot_time(const Members& all, const char* name) {
    simdjson::dom::object object;
    const auto in = all.object(name, object);
    if (!in) {
        return std::nullopt;
    }
    // As settings bound it.
    constexpr std::int64_t kSlotMsMax = 900'000;
    updates::SlotTime time{
        chain::SlotClock{base::WallTime{in->duration("genesis_ns")},
                         std::chrono::milliseconds{in->number("slot_ms", 1, kSlotMsMax)}},
        in->one_of("source", kSlotTimeSources)};
    if (!in->is_null("node")) {
        time.node = in->node("node");
    }
    return time;
}

Started read_started(const Members& in) {
    Started started;
    started.version = in.string("version");
    started.is_continuation = in.flag("is_continuation");
    started.repeats = in.count("repeats");
    started.lost = in.count("lost");
    monitor::MonitorOptions& options = started.options;
    options.slot_time = read_slot_time(in, "slot_time");
    options.remembered_slot_time = read_slot_time(in, "remembered_slot_time");
    in.each<simdjson::dom::object>("remembered_topics", [&](const simdjson::dom::object& object) {
        const Members topics = in.of(object);
        options.remembered_topics.push_back({topics.node("node"), topics.string("version"),
                                             topics.one_of("topic_set", kTopicSets),
                                             topics.duration("age_ns")});
    });
    if (!in.is_null("remembered_best")) {
        const auto slot = base::parse_number(in.text("remembered_best"), 0, UINT64_MAX);
        if (slot) {
            options.remembered_best = chain::Slot{*slot};
        } else {
            in.fail(ErrorCode::kBadValue, "remembered_best");
        }
    }
    options.event_bytes_max = in.count("event_bytes_max", kLineBytesMax);
    in.each<std::string_view>(
        "extra_topics", [&](std::string_view topic) { options.extra_topics.emplace_back(topic); });
    options.tick_twelfths = static_cast<int>(in.number("tick_twelfths", 0, 12));
    return started;
}

Listed read_list(const Members& in) {
    Listed listed;
    in.each<simdjson::dom::object>("nodes", [&](const simdjson::dom::object& object) {
        const Members node = in.of(object);
        const auto slots = node.optional_count("stalled_slots", UINT32_MAX);
        listed.nodes.push_back(
            {node.node_name("node"),
             node.count("place"),
             {node.optional_duration("silent_after_ns"),
              slots ? std::optional{static_cast<std::uint32_t>(*slots)} : std::nullopt},
             node.flag("checks_network")});
    });
    return listed;
}

TurnBegan read_turn(const Members& in) {
    const auto synchronised = in.optional_flag("kernel_synchronised");
    return {static_cast<monitor::Turns::Kind>(in.place_in("turn", kTurns)),
            synchronised ? std::optional{base::KernelClock{*synchronised}} : std::nullopt};
}

StreamEnd read_end(const Members& in) {
    http::TransferError why;
    why.reason = in.one_of("reason", http::kAllFailureReasons);
    why.detail = in.bytes("detail");
    why.status = static_cast<int>(in.number("status", 0, 999));
    why.retry_after = in.optional_duration("retry_after_ns");
    why.body = in.bytes("body");
    return {in.count("stream"), std::move(why)};
}

Answered read_answer(const Members& in) {
    const std::uint64_t request = in.count("request");
    if (!in.is_null("reason")) {
        http::FetchError error;
        if (in.text("reason") != "timeout") {
            error.reason = in.one_of("reason", http::kAllFailureReasons);
        }
        error.detail = in.bytes("detail");
        return {request, std::move(error)};
    }
    http::Response answer;
    answer.sent = in.mono("sent_mono_ns");
    answer.arrived = in.instant("arrived_mono_ns", "arrived_wall_ns");
    answer.head = read_head(in);
    answer.body = in.bytes("body");
    return {request, std::move(answer)};
}

updates::ServiceEnded read_service_ended(const Members& in) {
    return {in.string("service"),
            in.one_of("reason", kEndReasons),
            in.string("detail"),
            in.optional_duration("restart_after_ns"),
            in.flag("fatal"),
            static_cast<std::uint32_t>(in.count("consecutive_failures", UINT32_MAX))};
}

using ReadEvent = Event (*)(const Members& in);

ReadEvent find_reader(std::string_view kind) {
    constexpr std::array<std::pair<std::string_view, ReadEvent>, 14> kReaders{{
        {"started", [](const Members& in) -> Event { return read_started(in); }},
        {"list", [](const Members& in) -> Event { return read_list(in); }},
        {"turn", [](const Members& in) -> Event { return read_turn(in); }},
        {"stopping",
         [](const Members& in) -> Event {
             return Stopping{static_cast<monitor::Turns::Stop>(in.place_in("why", kStops))};
         }},
        {"stream_opening",
         [](const Members& in) -> Event {
             return StreamOpening{in.count("stream"), in.node_name("node"), in.string("topics")};
         }},
        {"stream_connected",
         [](const Members& in) -> Event { return StreamConnected{in.count("stream")}; }},
        {"stream_head",
         [](const Members& in) -> Event {
             return StreamHead{in.count("stream"), read_head(in)};
         }},
        {"stream_bytes",
         [](const Members& in) -> Event {
             return StreamBytes{in.count("stream"),
                                in.instant("arrived_mono_ns", "arrived_wall_ns"),
                                in.bytes("bytes")};
         }},
        {"stream_end", [](const Members& in) -> Event { return read_end(in); }},
        {"stream_closed",
         [](const Members& in) -> Event { return StreamClosed{in.count("stream")}; }},
        {"request",
         [](const Members& in) -> Event {
             return Requested{in.count("request"), in.node_name("node"), in.string("path")};
         }},
        {"answer", [](const Members& in) -> Event { return read_answer(in); }},
        {"service_ended",
         [](const Members& in) -> Event { return ServiceFact{read_service_ended(in)}; }},
        {"service_health",
         [](const Members& in) -> Event {
             return ServiceFact{updates::ServiceHealth{
                 in.string("service"), in.one_of("health", kHealthStates), in.string("detail")}};
         }},
    }};
    for (const auto& [name, read] : kReaders) {
        if (name == kind) {
            return read;
        }
    }
    return nullptr;
}

}  // namespace

class LineReader::Impl {
  public:
    base::Result<Entry> read(std::string_view line) {
        if (line.size() > kLineBytesMax) {
            return Error{ErrorCode::kTooLong, "line"};
        }
        simdjson::dom::object object;
        if (parser_.parse(line.data(), line.size()).get(object)) {
            return Error{ErrorCode::kMalformedJson, "line"};
        }
        std::optional<Error> error;
        const Members in{object, error};
        const ReadEvent read_event = find_reader(in.text("entry"));
        if (read_event == nullptr) {
            return Error{ErrorCode::kBadValue, "entry"};
        }
        Entry entry{in.instant("mono_ns", "wall_ns"), read_event(in)};
        if (error) {
            return *error;
        }
        return entry;
    }

  private:
    simdjson::dom::parser parser_;
};

LineReader::LineReader() : impl_{std::make_unique<Impl>()} {}

LineReader::~LineReader() = default;

base::Result<Entry> LineReader::read(std::string_view line) {
    return impl_->read(line);
}

}  // namespace recording
