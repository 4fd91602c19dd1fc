#include "fleet/decoder.hpp"

#include <simdjson.h>

#include <array>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include "base/printable.hpp"
#include "base/time_text.hpp"
#include "updates/json_writer.hpp"
#include "updates/kind.hpp"

namespace fleet {
namespace {

using base::Error;
using base::ErrorCode;

/// Some 100 years: what is longer is no duration.
constexpr double kSecondsMax = 3.2e9;

/// The members of an object; the first error is kept.
class Members {
  public:
    explicit Members(const simdjson::dom::object& object) : object_{object} {}

    [[nodiscard]] std::optional<std::string_view> optional_text(std::string_view name) const {
        std::string_view value;
        if (object_[name].get(value)) {
            return std::nullopt;
        }
        return value.substr(0, Decoder::kTextBytesMax);
    }
    std::string text(std::string_view name) {
        const auto value = optional_text(name);
        return value ? std::string{*value} : std::string{fail(name, ErrorCode::kMissingField)};
    }
    [[nodiscard]] std::optional<bool> optional_flag(std::string_view name) const {
        bool value = false;
        return object_[name].get(value) ? std::nullopt : std::optional{value};
    }
    bool flag(std::string_view name) {
        const auto value = optional_flag(name);
        if (!value) {
            fail(name, ErrorCode::kMissingField);
        }
        return value.value_or(false);
    }
    std::optional<base::Duration> seconds(std::string_view name) {
        double value = 0;
        if (object_[name].get(value)) {
            return std::nullopt;
        }
        if (!(std::abs(value) < kSecondsMax)) {
            fail(name, ErrorCode::kOutOfRange);
            return std::nullopt;
        }
        return base::Duration{std::llround(value * 1e9)};
    }
    chain::Slot slot() {
        const std::string_view digits = optional_text("slot").value_or("");
        std::uint64_t value = 0;
        const char* const end = digits.data() + digits.size();
        if (digits.empty() || std::from_chars(digits.data(), end, value) !=
                                  std::from_chars_result{end, std::errc{}}) {
            fail("slot", ErrorCode::kOutOfRange);
        }
        return chain::Slot{value};
    }
    std::optional<chain::Root> optional_root(std::string_view name) {
        const auto hex = optional_text(name);
        if (!hex) {
            return std::nullopt;
        }
        const auto root = chain::parse_root(*hex, name);
        if (!root) {
            fail(name, ErrorCode::kBadHex);
            return std::nullopt;
        }
        return *root;
    }
    chain::Root root(std::string_view name) {
        const auto value = optional_root(name);
        if (!value) {
            fail(name, ErrorCode::kBadHex);
        }
        return value.value_or(chain::Root{});
    }
    std::optional<base::WallTime> optional_time(std::string_view name) const {
        const auto text = optional_text(name);
        return text ? base::parse_rfc3339(*text) : std::nullopt;
    }
    base::WallTime time(std::string_view name) {
        const auto value = optional_time(name);
        if (!value) {
            fail(name, ErrorCode::kOutOfRange);
        }
        return value.value_or(base::WallTime{});
    }
    std::uint64_t count(std::string_view name) {
        std::uint64_t value = 0;
        if (object_[name].get(value)) {
            fail(name, ErrorCode::kMissingField);
        }
        return value;
    }
    std::vector<std::string> texts(std::string_view name, std::size_t count_max) {
        std::vector<std::string> values;
        simdjson::dom::array array;
        if (object_[name].get(array)) {
            fail(name, ErrorCode::kMissingField);
            return values;
        }
        for (const simdjson::dom::element element : array) {
            std::string_view value;
            if (values.size() == count_max || element.get(value)) {
                fail(name, ErrorCode::kOutOfRange);
                break;
            }
            values.emplace_back(value.substr(0, Decoder::kTextBytesMax));
        }
        return values;
    }
    std::map<std::string, std::string> labels() {
        std::map<std::string, std::string> values;
        simdjson::dom::object object;
        if (object_["labels"].get(object)) {
            return values;
        }
        for (const auto& [key, element] : object) {
            std::string_view value;
            if (values.size() == Decoder::kLabelsMax || element.get(value)) {
                fail("labels", ErrorCode::kOutOfRange);
                break;
            }
            values.emplace(key.substr(0, Decoder::kTextBytesMax),
                           value.substr(0, Decoder::kTextBytesMax));
        }
        return values;
    }
    /// The one of `all` that the member names.
    template <class Enum, std::size_t n>
    Enum name(std::string_view member, const std::array<Enum, n>& all) {
        const auto text = optional_text(member);
        for (const Enum each : all) {
            if (text == to_string(each)) {
                return each;
            }
        }
        fail(member, ErrorCode::kOutOfRange);
        return all.front();
    }

    std::string_view fail(std::string_view name, ErrorCode code) {
        if (!error_) {
            error_ = Error{code, std::string{name}};
        }
        return {};
    }
    [[nodiscard]] const std::optional<Error>& error() const { return error_; }

  private:
    simdjson::dom::object object_;
    std::optional<Error> error_;
};

InstanceStatus instance_status(Members& in) {
    InstanceStatus status;
    status.version = in.text("version");
    const std::string origin = in.text("origin");
    const char* const end = origin.data() + origin.size();
    if (origin.size() != 16 || std::from_chars(origin.data(), end, status.origin, 16) !=
                                   std::from_chars_result{end, std::errc{}}) {
        in.fail("origin", ErrorCode::kOutOfRange);
    }
    status.labels = in.labels();
    status.nodes = in.texts("nodes", Decoder::kNodesMax);
    status.slot_duration = in.seconds("slot_duration_seconds");
    if (status.slot_duration && status.slot_duration->count() <= 0) {
        status.slot_duration.reset();
    }
    status.genesis = in.optional_time("genesis");
    return status;
}

HeadReport head_report(Members& in) {
    using updates::HeadTimeliness;
    constexpr std::array kAll{HeadTimeliness::kLive, HeadTimeliness::kStale,
                              HeadTimeliness::kBackfill, HeadTimeliness::kEarly,
                              HeadTimeliness::kPolled};
    HeadReport head;
    head.slot = in.slot();
    head.block = in.root("block");
    head.timeliness = in.name("timeliness", kAll);
    head.is_first = in.flag("is_first");
    head.is_repeat = in.flag("is_repeat");
    head.is_payload = in.flag("is_payload");
    head.lag = in.seconds("lag_seconds");
    head.delay = in.seconds("delay_seconds");
    head.is_late = in.optional_flag("is_late");
    return head;
}

NodeReport node_report(Members& in) {
    using updates::NodeHealth;
    constexpr std::array kAll{NodeHealth::kGood, NodeHealth::kDegraded, NodeHealth::kUnusable};
    NodeReport node;
    node.state = in.text("state");
    node.version = in.text("version");
    node.health = in.name("health", kAll);
    for (const std::string& name : in.texts("issues", updates::kNodeIssues.size() * 4)) {
        for (const updates::NodeIssue issue : updates::kNodeIssues) {
            if (name == to_string(issue)) {
                node.issues.set(static_cast<std::size_t>(issue));
            }
        }
    }
    return node;
}

VerdictReport verdict_report(Members& in) {
    using updates::Verdict;
    constexpr std::array kAll{Verdict::kOnTime, Verdict::kLate, Verdict::kMissed,
                              Verdict::kOptimistic, Verdict::kUnknown};
    VerdictReport report;
    report.slot = in.slot();
    report.verdict = in.name("verdict", kAll);
    report.block = in.optional_root("block");
    report.delay = in.seconds("delay_seconds");
    return report;
}

updates::ClockSkew clock_skew(Members& in) {
    using Level = updates::ClockSkew::Level;
    constexpr std::array kAll{Level::kNone, Level::kSkewed, Level::kVerdictsSuspended};
    updates::ClockSkew clock;
    clock.level = in.name("level", kAll);
    clock.offset = in.seconds("offset_seconds");
    clock.uncertainty = in.seconds("uncertainty_seconds");
    clock.kernel_synchronised = in.optional_flag("kernel_synchronised");
    return clock;
}

/// Whether the body does not say of itself what its subject and its id do: an `instance_status`
/// names its instance, and nothing else does.
bool is_own(const simdjson::dom::object& object, const Received& message) {
    if (!message.id) {
        std::string_view instance;
        return !object["instance"].get(instance) && instance == message.subject.instance;
    }
    for (const std::string_view name : {"instance", "origin", "sequence", "stored_at"}) {
        if (!object[name].error()) {
            return false;
        }
    }
    return true;
}

Fact read_fact(Members& in, const std::string& name) {
    using updates::Kind;
    if (name == kInstanceStatusKind) {
        return instance_status(in);
    }
    if (name == kGapKind) {
        return Gap{in.optional_time("from"), in.text("reason"), in.count("dropped")};
    }
    const auto kind = updates::find_kind(name);
    if (!kind) {
        return OtherReport{};
    }
    switch (*kind) {
        case Kind::kNodeHead:
            return head_report(in);
        case Kind::kBestHead:
            return BestReport{in.slot(), in.root("block")};
        case Kind::kNodeStatus:
            return node_report(in);
        case Kind::kStreamOpened:
            return StreamReport{true};
        case Kind::kStreamEnded:
            return StreamReport{false};
        case Kind::kRunStarted:
            return RunReport{true, in.texts("nodes", Decoder::kNodesMax)};
        case Kind::kRunEnded:
            return RunReport{false, {}};
        case Kind::kHeadProven:
            return ProvenReport{in.slot(), in.root("block"), in.root("parent")};
        case Kind::kSlotVerdict:
            return verdict_report(in);
        case Kind::kClockSkew:
            return clock_skew(in);
        default:
            return OtherReport{};
    }
}

}  // namespace

class Decoder::Impl {
  public:
    base::Result<simdjson::dom::object> parse(const std::string& body) {
        if (body.size() > kBodyBytesMax) {
            return Error{ErrorCode::kTooLong, "body"};
        }
        simdjson::dom::object object;
        if (parser_.parse(body).get(object)) {
            return Error{ErrorCode::kMalformedJson, "body"};
        }
        return object;
    }

  private:
    simdjson::dom::parser parser_;
};

Decoder::Decoder() : impl_{std::make_unique<Impl>()} {}
Decoder::~Decoder() = default;

base::Result<Report> Decoder::decode(const Received& message) {
    const auto object = impl_->parse(message.body);
    if (!object) {
        return object.error();
    }
    if (!message.id && message.subject.kind != kInstanceStatusKind) {
        return Error{ErrorCode::kMissingField, kMessageIdHeader};
    }
    if (!is_own(*object, message)) {
        return Error{ErrorCode::kOutOfRange, "instance"};
    }
    Members in{*object};
    // The broker grants the subject, and anybody can write a body.
    if (in.optional_text("update") != message.subject.kind) {
        return Error{ErrorCode::kOutOfRange, "update"};
    }
    if (message.subject.node && in.optional_text("node") != *message.subject.node) {
        return Error{ErrorCode::kOutOfRange, "node"};
    }
    Report report;
    report.at = in.time("at");
    report.fact = read_fact(in, message.subject.kind);
    if (in.error()) {
        return *in.error();
    }
    return report;
}

base::Result<std::string> Decoder::json_line(const Received& message) {
    const auto object = impl_->parse(message.body);
    if (!object) {
        return object.error();
    }
    if (!is_own(*object, message)) {
        return Error{ErrorCode::kOutOfRange, "instance"};
    }
    std::string line;
    {
        updates::JsonWriter out{line};
        out.begin_object();
        if (message.id) {
            out.text("instance", base::printable(message.subject.instance, kTextBytesMax));
            out.text("origin", origin_text(message.id->origin));
            out.count("sequence", message.id->sequence);
        } else {
            out.null("sequence");
        }
        out.text("stored_at", base::to_rfc3339(message.stored_at));
        out.end_object();
    }
    line.pop_back();
    // Of one line, whatever white space the body has; its numbers stay as they were written.
    std::string body(message.body.size(), ' ');
    std::size_t bytes = 0;
    if (simdjson::minify(message.body.data(), message.body.size(), body.data(), bytes)) {
        return Error{ErrorCode::kMalformedJson, "body"};
    }
    body.resize(bytes);
    if (body != "{}") {
        line += ',';
    }
    return line.append(body, 1);
}

}  // namespace fleet
