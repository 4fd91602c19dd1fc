#include "recording/entry_json.hpp"

#include <simdjson.h>

#include <array>
#include <cstdint>
#include <utility>

#include "base/text.hpp"
#include "updates/json_writer.hpp"

namespace recording {
namespace {

using base::Error;
using base::ErrorCode;
using updates::JsonWriter;

// The words of each set, in the order of its values.
constexpr std::array<std::string_view, 2> kTurns{"run_begins", "goes_on"};
constexpr std::array<std::string_view, 2> kStops{"broadcast_closes", "cancelled"};

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

std::int64_t nanoseconds(base::Duration duration) {
    return duration.count();
}

/// Each byte as the character of that number.
std::string bytes_as_text(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            text += c;
        } else {
            text += static_cast<char>(0xC0U | (byte >> 6U));
            text += static_cast<char>(0x80U | (byte & 0x3FU));
        }
    }
    return text;
}

std::optional<std::string> text_as_bytes(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto first = static_cast<unsigned char>(text[i]);
        if (first < 0x80) {
            bytes += text[i];
            continue;
        }
        // U+0080 to U+00FF alone; simdjson has checked that it is UTF-8.
        if ((first != 0xC2 && first != 0xC3) || i + 1 == text.size()) {
            return std::nullopt;
        }
        const auto second = static_cast<unsigned char>(text[++i]);
        bytes += static_cast<char>(((first & 0x03U) << 6U) | (second & 0x3FU));
    }
    return bytes;
}

class Writing {
  public:
    explicit Writing(JsonWriter& out) : out_{out} {}

    void operator()(const Started& event) const {
        kind("started");
        out_.text("version", event.version);
        out_.flag("is_continuation", event.is_continuation);
        out_.count("repeats", event.repeats);
        out_.count("lost", event.lost);
        const monitor::MonitorOptions& options = event.options;
        slot_time("slot_time", options.slot_time);
        slot_time("remembered_slot_time", options.remembered_slot_time);
        out_.begin_array("remembered_topics");
        for (const monitor::RememberedTopics& topics : options.remembered_topics) {
            out_.begin_object();
            out_.text("node", topics.node.name());
            out_.text("version", topics.version);
            out_.text("topic_set", to_string(topics.set));
            out_.number("age_ns", nanoseconds(topics.age));
            out_.end_object();
        }
        out_.end_array();
        out_.decimal("remembered_best", options.remembered_best
                                            ? std::optional{options.remembered_best->value}
                                            : std::nullopt);
        out_.count("event_bytes_max", options.event_bytes_max);
        out_.begin_array("extra_topics");
        for (const std::string& topic : options.extra_topics) {
            out_.element(topic);
        }
        out_.end_array();
        out_.number("tick_twelfths", options.tick_twelfths);
    }

    void operator()(const Listed& event) const {
        kind("list");
        out_.begin_array("nodes");
        for (const ListedNode& node : event.nodes) {
            out_.begin_object();
            out_.text("node", node.name);
            out_.count("place", node.place);
            out_.number("silent_after_ns",
                        node.liveness.silent_after
                            ? std::optional{nanoseconds(*node.liveness.silent_after)}
                            : std::nullopt);
            out_.count("stalled_slots", node.liveness.stalled_slots);
            out_.flag("checks_network", node.checks_network);
            out_.end_object();
        }
        out_.end_array();
    }

    void operator()(const TurnBegan& event) const {
        kind("turn");
        out_.text("turn", kTurns.at(static_cast<std::size_t>(event.kind)));
        out_.flag("kernel_synchronised",
                  event.kernel ? std::optional{event.kernel->is_synchronised} : std::nullopt);
    }

    void operator()(const Stopping& event) const {
        kind("stopping");
        out_.text("why", kStops.at(static_cast<std::size_t>(event.why)));
    }

    void operator()(const StreamOpening& event) const {
        kind("stream_opening");
        out_.count("stream", event.stream);
        out_.text("node", event.node);
        out_.text("topics", event.topics);
    }

    void operator()(const StreamConnected& event) const {
        kind("stream_connected");
        out_.count("stream", event.stream);
    }

    void operator()(const StreamHead& event) const {
        kind("stream_head");
        out_.count("stream", event.stream);
        head(event.head);
    }

    void operator()(const StreamBytes& event) const {
        kind("stream_bytes");
        out_.count("stream", event.stream);
        instant("arrived_", event.arrived);
        out_.text("bytes", bytes_as_text(event.bytes));
    }

    void operator()(const StreamEnd& event) const {
        kind("stream_end");
        out_.count("stream", event.stream);
        out_.text("reason", to_string(event.why.reason));
        out_.text("detail", bytes_as_text(event.why.detail));
        out_.number("status", event.why.status);
        retry_after(event.why.retry_after);
        out_.text("body", bytes_as_text(event.why.body));
    }

    void operator()(const StreamClosed& event) const {
        kind("stream_closed");
        out_.count("stream", event.stream);
    }

    void operator()(const Requested& event) const {
        kind("request");
        out_.count("request", event.request);
        out_.text("node", event.node);
        out_.text("path", event.path);
    }

    void operator()(const Answered& event) const {
        kind("answer");
        out_.count("request", event.request);
        if (!event.result) {
            const http::FetchError& error = event.result.error();
            out_.text("reason", error.reason ? std::optional{to_string(*error.reason)}
                                             : std::optional{std::string_view{"timeout"}});
            out_.text("detail", bytes_as_text(error.detail));
            return;
        }
        const http::Response& answer = *event.result;
        out_.number("sent_mono_ns", nanoseconds(answer.sent.time_since_epoch()));
        instant("arrived_", answer.arrived);
        head(answer.head);
        out_.text("body", bytes_as_text(answer.body));
    }

    void operator()(const ServiceFact& event) const { std::visit(*this, event.fact); }

    void operator()(const updates::ServiceEnded& fact) const {
        kind("service_ended");
        out_.text("service", fact.service);
        out_.text("reason", to_string(fact.reason));
        out_.text("detail", fact.detail);
        out_.number("restart_after_ns", fact.restart_after
                                            ? std::optional{nanoseconds(*fact.restart_after)}
                                            : std::nullopt);
        out_.flag("fatal", fact.fatal);
        out_.count("consecutive_failures", fact.consecutive_failures);
    }

    void operator()(const updates::ServiceHealth& fact) const {
        kind("service_health");
        out_.text("service", fact.service);
        out_.text("health", to_string(fact.state));
        out_.text("detail", fact.detail);
    }

    void instant(const std::string& prefix, const base::Instant& at) const {
        out_.number(prefix + "mono_ns", nanoseconds(at.mono.time_since_epoch()));
        out_.number(prefix + "wall_ns", nanoseconds(at.wall.time_since_epoch()));
    }

  private:
    void kind(std::string_view name) const { out_.text("entry", name); }

    void retry_after(const std::optional<base::Duration>& after) const {
        out_.number("retry_after_ns", after ? std::optional{nanoseconds(*after)} : std::nullopt);
    }

    void head(const http::ResponseHead& head) const {
        out_.number("status", head.status);
        out_.text("content_type", bytes_as_text(head.content_type));
        out_.count("content_length", head.content_length);
        out_.text("date", bytes_as_text(head.date));
        retry_after(head.retry_after);
        out_.flag("is_from_cache", head.is_from_cache);
    }

    void slot_time(std::string_view name, const std::optional<updates::SlotTime>& time) const {
        if (!time) {
            out_.null(name);
            return;
        }
        out_.begin_object(name);
        out_.number("genesis_ns", nanoseconds(time->clock.genesis().time_since_epoch()));
        out_.count("slot_ms", static_cast<std::uint64_t>(time->clock.slot_duration().count()));
        out_.text("source", to_string(time->source));
        out_.text("node",
                  time->node ? std::optional{std::string_view{time->node->name()}} : std::nullopt);
        out_.end_object();
    }

    JsonWriter& out_;
};

/// Members of one object. The first that cannot be read is the error, and all others are defaults.
class Reading {
  public:
    Reading(const simdjson::dom::object& object, std::optional<Error>& error)
        : object_{object}, error_{error} {}

    [[nodiscard]] std::string_view text(const char* name) const {
        std::string_view value;
        if (object_[name].get(value)) {
            fail(ErrorCode::kMissingField, name);
        }
        return value;
    }
    [[nodiscard]] std::string string(const char* name) const { return std::string{text(name)}; }
    [[nodiscard]] std::string bytes(const char* name) const {
        auto bytes = text_as_bytes(text(name));
        if (!bytes) {
            fail(ErrorCode::kBadValue, name);
            return {};
        }
        return std::move(*bytes);
    }
    [[nodiscard]] bool flag(const char* name) const {
        bool value = false;
        if (object_[name].get(value)) {
            fail(ErrorCode::kMissingField, name);
        }
        return value;
    }
    [[nodiscard]] std::optional<bool> optional_flag(const char* name) const {
        return is_null(name) ? std::nullopt : std::optional{flag(name)};
    }
    [[nodiscard]] std::int64_t number(const char* name, std::int64_t least = INT64_MIN,
                                      std::int64_t most = INT64_MAX) const {
        std::int64_t value = 0;
        if (object_[name].get(value)) {
            fail(ErrorCode::kMissingField, name);
            return least > 0 ? least : 0;
        }
        if (value < least || value > most) {
            fail(ErrorCode::kOutOfRange, name);
            return least;
        }
        return value;
    }
    [[nodiscard]] std::uint64_t count(const char* name, std::uint64_t most = UINT64_MAX) const {
        std::uint64_t value = 0;
        if (object_[name].get(value)) {
            fail(ErrorCode::kMissingField, name);
        } else if (value > most) {
            fail(ErrorCode::kOutOfRange, name);
            return 0;
        }
        return value;
    }
    [[nodiscard]] std::optional<std::uint64_t> optional_count(
        const char* name, std::uint64_t most = UINT64_MAX) const {
        return is_null(name) ? std::nullopt : std::optional{count(name, most)};
    }
    /// Durations and moments are at most some 290 years, as their type has it.
    [[nodiscard]] base::Duration duration(const char* name) const {
        return base::Duration{number(name)};
    }
    [[nodiscard]] std::optional<base::Duration> optional_duration(const char* name) const {
        return is_null(name) ? std::nullopt : std::optional{duration(name)};
    }
    [[nodiscard]] base::MonoTime mono(const char* name) const {
        return base::MonoTime{duration(name)};
    }
    [[nodiscard]] base::Instant instant(const char* mono_name, const char* wall_name) const {
        return {mono(mono_name), base::WallTime{duration(wall_name)}};
    }
    [[nodiscard]] updates::NodeId node(const char* name) const {
        return updates::NodeId{node_name(name)};
    }
    [[nodiscard]] std::string node_name(const char* name) const {
        std::string text = string(name);
        if (text.empty() || text.size() > 64) {
            fail(ErrorCode::kOutOfRange, name);
            return "?";
        }
        return text;
    }
    /// The value whose word the member is.
    template <class T, std::size_t n>
    [[nodiscard]] T one_of(const char* name, const std::array<T, n>& values) const {
        const std::string_view word = text(name);
        for (const T value : values) {
            if (to_string(value) == word) {
                return value;
            }
        }
        fail(ErrorCode::kBadValue, name);
        return values.front();
    }
    template <std::size_t n>
    [[nodiscard]] std::size_t place_in(const char* name,
                                       const std::array<std::string_view, n>& words) const {
        const std::string_view word = text(name);
        for (std::size_t i = 0; i < n; ++i) {
            if (words.at(i) == word) {
                return i;
            }
        }
        fail(ErrorCode::kBadValue, name);
        return 0;
    }
    [[nodiscard]] bool is_null(const char* name) const {
        simdjson::dom::element member;
        return object_[name].get(member) || member.is_null();
    }
    /// `use` for each element of an array.
    template <class T, class Use>
    void each(const char* name, Use use) const {
        simdjson::dom::array elements;
        if (object_[name].get(elements)) {
            fail(ErrorCode::kMissingField, name);
            return;
        }
        for (const simdjson::dom::element element : elements) {
            T value;
            if (element.get(value)) {
                fail(ErrorCode::kMissingField, name);
                return;
            }
            use(value);
        }
    }
    [[nodiscard]] std::optional<Reading> object(const char* name,
                                                simdjson::dom::object& into) const {
        if (is_null(name)) {
            return std::nullopt;
        }
        if (object_[name].get(into)) {
            fail(ErrorCode::kMissingField, name);
            return std::nullopt;
        }
        return Reading{into, error_};
    }
    [[nodiscard]] Reading of(const simdjson::dom::object& object) const {
        return Reading{object, error_};
    }

    void fail(ErrorCode code, const char* name) const {
        if (!error_) {
            error_ = Error{code, name};
        }
    }

  private:
    const simdjson::dom::object& object_;
    std::optional<Error>& error_;
};

http::ResponseHead read_head(const Reading& in) {
    http::ResponseHead head;
    head.status = static_cast<int>(in.number("status", 0, 999));
    head.content_type = in.bytes("content_type");
    head.content_length = in.optional_count("content_length");
    head.date = in.bytes("date");
    head.retry_after = in.optional_duration("retry_after_ns");
    head.is_from_cache = in.flag("is_from_cache");
    return head;
}

std::optional<updates::SlotTime> read_slot_time(const Reading& all, const char* name) {
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

Started read_started(const Reading& in) {
    Started started;
    started.version = in.string("version");
    started.is_continuation = in.flag("is_continuation");
    started.repeats = in.count("repeats");
    started.lost = in.count("lost");
    monitor::MonitorOptions& options = started.options;
    options.slot_time = read_slot_time(in, "slot_time");
    options.remembered_slot_time = read_slot_time(in, "remembered_slot_time");
    in.each<simdjson::dom::object>("remembered_topics", [&](const simdjson::dom::object& object) {
        const Reading topics = in.of(object);
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

Listed read_list(const Reading& in) {
    Listed listed;
    in.each<simdjson::dom::object>("nodes", [&](const simdjson::dom::object& object) {
        const Reading node = in.of(object);
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

TurnBegan read_turn(const Reading& in) {
    const auto synchronised = in.optional_flag("kernel_synchronised");
    return {static_cast<monitor::Turns::Kind>(in.place_in("turn", kTurns)),
            synchronised ? std::optional{base::KernelClock{*synchronised}} : std::nullopt};
}

StreamEnd read_end(const Reading& in) {
    http::TransferError why;
    why.reason = in.one_of("reason", http::kAllFailureReasons);
    why.detail = in.bytes("detail");
    why.status = static_cast<int>(in.number("status", 0, 999));
    why.retry_after = in.optional_duration("retry_after_ns");
    why.body = in.bytes("body");
    return {in.count("stream"), std::move(why)};
}

Answered read_answer(const Reading& in) {
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

updates::ServiceEnded read_service_ended(const Reading& in) {
    return {in.string("service"),
            in.one_of("reason", kEndReasons),
            in.string("detail"),
            in.optional_duration("restart_after_ns"),
            in.flag("fatal"),
            static_cast<std::uint32_t>(in.count("consecutive_failures", UINT32_MAX))};
}

using ReadEvent = Event (*)(const Reading& in);

ReadEvent find_reader(std::string_view kind) {
    constexpr std::array<std::pair<std::string_view, ReadEvent>, 14> kReaders{{
        {"started", [](const Reading& in) -> Event { return read_started(in); }},
        {"list", [](const Reading& in) -> Event { return read_list(in); }},
        {"turn", [](const Reading& in) -> Event { return read_turn(in); }},
        {"stopping",
         [](const Reading& in) -> Event {
             return Stopping{static_cast<monitor::Turns::Stop>(in.place_in("why", kStops))};
         }},
        {"stream_opening",
         [](const Reading& in) -> Event {
             return StreamOpening{in.count("stream"), in.node_name("node"), in.string("topics")};
         }},
        {"stream_connected",
         [](const Reading& in) -> Event { return StreamConnected{in.count("stream")}; }},
        {"stream_head",
         [](const Reading& in) -> Event {
             return StreamHead{in.count("stream"), read_head(in)};
         }},
        {"stream_bytes",
         [](const Reading& in) -> Event {
             return StreamBytes{in.count("stream"),
                                in.instant("arrived_mono_ns", "arrived_wall_ns"),
                                in.bytes("bytes")};
         }},
        {"stream_end", [](const Reading& in) -> Event { return read_end(in); }},
        {"stream_closed",
         [](const Reading& in) -> Event { return StreamClosed{in.count("stream")}; }},
        {"request",
         [](const Reading& in) -> Event {
             return Requested{in.count("request"), in.node_name("node"), in.string("path")};
         }},
        {"answer", [](const Reading& in) -> Event { return read_answer(in); }},
        {"service_ended",
         [](const Reading& in) -> Event { return ServiceFact{read_service_ended(in)}; }},
        {"service_health",
         [](const Reading& in) -> Event {
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

void append_line(std::string& out, const Entry& entry) {
    {
        JsonWriter json{out};
        json.begin_object();
        const Writing writing{json};
        writing.instant("", entry.at);
        std::visit(writing, entry.event);
        json.end_object();
    }
    out += '\n';
}

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
        const Reading in{object, error};
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
