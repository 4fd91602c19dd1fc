#include <array>
#include <cstdint>
#include <optional>

#include "recording/entry_json.hpp"
#include "recording/entry_words.hpp"
#include "updates/json_writer.hpp"

namespace recording {
namespace {

using updates::JsonWriter;

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

}  // namespace recording
