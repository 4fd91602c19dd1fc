#include "fleet/decoder.hpp"

#include <catch2/catch.hpp>

#include "tests/fleet/reading_fixture.hpp"
#include "updates/json.hpp"
#include "updates/kind.hpp"

namespace decoder_test {
namespace {

using namespace std::chrono_literals;
using fleet::Decoder;

fleet::Received message(const std::string& kind, std::optional<std::string> node,
                        std::string body) {
    fleet::Received made;
    made.subject = {"fra-1", kind, std::move(node)};
    made.id = fleet::MessageId{"fra-1", 0xabc, 42};
    made.stored_at = tests::kNoon;
    made.body = std::move(body);
    return made;
}

/// What this program publishes of a fact.
fleet::Received published(const updates::Fact& fact) {
    const updates::Update update{fact, {base::MonoTime{5s}, tests::kNoon}};
    const auto node = updates::node_of(fact);
    return message(std::string{to_string(updates::kind_of(fact))},
                   node ? std::optional{std::string{node->name()}} : std::nullopt,
                   updates::to_json(update));
}

template <class T>
T decoded(const fleet::Received& received) {
    Decoder decoder;
    const auto report = decoder.decode(received);
    REQUIRE(report.has_value());
    CHECK(report->at == tests::kNoon);
    REQUIRE(std::holds_alternative<T>(report->fact));
    return std::get<T>(report->fact);
}

base::ErrorCode error_of(const fleet::Received& received) {
    Decoder decoder;
    const auto report = decoder.decode(received);
    REQUIRE(report.has_error());
    return report.error().code;
}

}  // namespace

TEST_CASE("what headmon publishes is read as what it was", "[fleet]") {
    updates::NodeHead head{.node = updates::NodeId{"alpha"}, .head = {}};
    head.head.slot = chain::Slot{77};
    head.head.block = tests::root_of(5);
    head.is_first = true;
    head.timing.delay = 1'500'312us;
    head.timing.deadline = chain::AttestationDeadline{};
    head.lag = 13ms;
    const auto read_head = decoded<fleet::HeadReport>(published(head));
    CHECK(read_head.slot.value == 77);
    CHECK(read_head.block == tests::root_of(5));
    CHECK(read_head.is_first);
    CHECK(read_head.delay == 1'500'312us);
    CHECK(read_head.counts());

    updates::NodeStatus status{.node = updates::NodeId{"alpha"}};
    status.version = "Teku/v1";
    const auto read_status = decoded<fleet::NodeReport>(published(status));
    CHECK(read_status.version == "Teku/v1");
    CHECK(read_status.health == updates::assess(updates::find_issues(status)));
    CHECK(read_status.issues == updates::find_issues(status));

    const auto proven = decoded<fleet::ProvenReport>(
        published(updates::HeadProven{tests::root_of(2), chain::Slot{9}, tests::root_of(1)}));
    CHECK(proven.parent == tests::root_of(1));

    updates::SlotVerdict verdict;
    verdict.slot = chain::Slot{9};
    verdict.verdict = updates::Verdict::kLate;
    verdict.root = tests::root_of(2);
    verdict.delay = 5s;
    const auto read_verdict = decoded<fleet::VerdictReport>(published(verdict));
    CHECK(read_verdict.verdict == updates::Verdict::kLate);
    CHECK(read_verdict.block == tests::root_of(2));
    CHECK(read_verdict.delay == 5s);

    updates::ClockSkew skew{updates::ClockSkew::Level::kSkewed, -2400ms, 520ms, false};
    CHECK(decoded<updates::ClockSkew>(published(skew)) == skew);
    CHECK(decoded<fleet::RunReport>(published(updates::RunStarted{{updates::NodeId{"alpha"}}}))
              .nodes == std::vector<std::string>{"alpha"});
    (void)decoded<fleet::OtherReport>(published(updates::CycleFailed{}));
}

TEST_CASE("gaps and the status of an instance are read", "[fleet]") {
    const auto gap = decoded<fleet::Gap>(
        message("gap", {},
                R"({"update":"gap","at":"2027-01-15T08:00:00.000000Z","at_monotonic_seconds":null,)"
                R"("from":null,"reason":"memory","dropped":12})"));
    CHECK(gap.reason == "memory");
    CHECK(gap.dropped == 12);
    auto text = message(
        "instance_status", {},
        R"({"update":"instance_status","at":"2027-01-15T08:00:00.000000Z","at_monotonic_seconds":1,)"
        R"("instance":"fra-1","version":"0.2.0","origin":"0123456789abcdef",)"
        R"("labels":{"site":"fra"},"kept_in":"history","nodes":["alpha","beta"],)"
        R"("slot_duration_seconds":12,"genesis":null})");
    text.id.reset();
    const auto status = decoded<fleet::InstanceStatus>(text);
    CHECK(status.origin == 0x0123456789abcdefU);
    CHECK(status.labels.at("site") == "fra");
    CHECK(status.nodes.size() == 2);
    CHECK(status.slot_duration == 12s);
}

TEST_CASE("a body that is not what its subject says is refused", "[fleet]") {
    using base::ErrorCode;
    const auto good = published(updates::HeadProven{tests::root_of(2), chain::Slot{9}, {}});
    auto other_kind = good;
    other_kind.subject.kind = "best_head";
    CHECK(error_of(other_kind) == ErrorCode::kOutOfRange);
    updates::StreamOpened opened{updates::NodeId{"alpha"}, false};
    auto other_node = published(opened);
    other_node.subject.node = "beta";
    CHECK(error_of(other_node) == ErrorCode::kOutOfRange);
    auto no_id = good;
    no_id.id.reset();
    CHECK(error_of(no_id) == ErrorCode::kMissingField);
    auto long_one = good;
    long_one.body.append(Decoder::kBodyBytesMax, ' ');
    CHECK(error_of(long_one) == ErrorCode::kTooLong);
    auto spoken_for = good;
    spoken_for.body.insert(1, R"("instance":"fra-2",)");
    CHECK(error_of(spoken_for) == ErrorCode::kOutOfRange);
    CHECK(Decoder{}.json_line(spoken_for).has_error());
    auto other_status =
        message("instance_status", {}, R"({"update":"instance_status","instance":"fra-2"})");
    other_status.id.reset();
    CHECK(error_of(other_status) == ErrorCode::kOutOfRange);
    CHECK(error_of(message("gap", {}, "")) == ErrorCode::kMalformedJson);
    CHECK(error_of(message("gap", {}, "[]")) == ErrorCode::kMalformedJson);
}

TEST_CASE("each member of a message that is cut, missing or odd is an error, and no crash",
          "[fleet]") {
    updates::NodeHead head{.node = updates::NodeId{"alpha"}, .head = {}};
    const auto good = published(head);
    Decoder decoder;
    for (std::size_t size = 0; size < good.body.size(); ++size) {
        auto cut = good;
        cut.body.resize(size);
        CHECK(decoder.decode(cut).has_error());
        CHECK(decoder.json_line(cut).has_error());
    }
    for (const char* member : {"slot", "block", "timeliness", "is_first", "is_repeat", "at"}) {
        auto odd = good;
        const auto place = odd.body.find(std::string{"\""} + member + "\":");
        odd.body.insert(place + 1, "x");
        CHECK(decoder.decode(odd).has_error());
    }
}

TEST_CASE("a line has whose message it is, and its numbers as they were written", "[fleet]") {
    Decoder decoder;
    const auto line = decoder.json_line(
        message("gap", {}, "{ \"update\": \"gap\",\n \"lag_seconds\": 0.0000005 }"));
    REQUIRE(line.has_value());
    CHECK(*line ==
          R"({"instance":"fra-1","origin":"0000000000000abc","sequence":42,)"
          R"("stored_at":"2027-01-15T08:00:00.000000Z","update":"gap","lag_seconds":0.0000005})");
}

}  // namespace decoder_test
