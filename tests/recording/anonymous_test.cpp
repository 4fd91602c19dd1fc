#include "recording/anonymous.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "recording/entry_json.hpp"
#include "recording/info.hpp"
#include "tests/recording/entries.hpp"

namespace recording_anonymous_test {

using namespace recording;

Entry at(std::int64_t second, Event event) {
    return {tests::moment(second, second), std::move(event)};
}

std::string hidden(const std::vector<Entry>& entries) {
    Anonymous anonymous;
    std::string text;
    for (const Entry& entry : entries) {
        append_line(text, anonymous.apply(entry));
    }
    return text;
}

http::Response answer(int status, std::string body) {
    http::Response made;
    made.head.status = status;
    made.body = std::move(body);
    return made;
}

TEST_CASE("no name, version or text of a node is left, wherever it may be", "[recording]") {
    Started started;
    started.options.remembered_topics = {
        {updates::NodeId{"secret-1"}, "Teku/secret", updates::TopicSet::kHeadOnly, {}}};
    started.options.slot_time =
        updates::SlotTime{chain::SlotClock{{}, std::chrono::seconds{12}},
                          updates::SlotTimeSource::kNode, updates::NodeId{"secret-2"}};
    started.options.remembered_slot_time = started.options.slot_time;
    Started other;
    other.options.remembered_slot_time = started.options.slot_time;
    http::TransferError end;
    end.detail = "secret in the detail";
    end.body = "secret in the body";
    const std::string text = hidden({
        at(1, started),
        at(1, other),
        at(2, Listed{{{"secret-1", 1}, {"secret-2", 1}}}),
        at(3, StreamOpening{1, "secret-1", "head"}),
        at(4, StreamEnd{1, end}),
        at(5, Requested{1, "secret-2", "/eth/v1/node/version"}),
        at(6, Answered{1, answer(200, R"({"data":{"version":"Teku/secret"}})")}),
        at(7, Requested{2, "secret-2", "/eth/v1/node/version"}),
        at(8, Answered{2, answer(200, "no version but a secret")}),
        at(9, Requested{3, "secret-3", "/eth/v1/node/syncing"}),
        at(10, Answered{3, answer(401, "a secret refusal")}),
        at(11, Requested{4, "secret-3", "/eth/v1/node/syncing"}),
        at(12, Answered{4, http::FetchError{http::FailureReason::kReset, "secret in the error"}}),
        at(13, ServiceFact{updates::ServiceEnded{"monitor", {}, "secret end", {}, false, 0}}),
        at(14, ServiceFact{updates::ServiceHealth{"monitor", {}, "secret health"}}),
    });
    CHECK(text.find("secret") == std::string::npos);
    for (const char* name : {"node-1", "node-2", "node-3", "Teku"}) {
        INFO(name << " in " << text);
        CHECK(text.find(name) != std::string::npos);
    }
    CHECK(text.find("node-4") == std::string::npos);
}

TEST_CASE("what is of the chain stays as it was", "[recording]") {
    const std::vector<Entry> entries{
        at(1, Requested{1, "alpha", "/eth/v1/beacon/genesis"}),
        at(2, Answered{1, answer(200, R"({"data":{"genesis_time":"1"}})")}),
        at(3, StreamBytes{1, tests::moment(3, 3), "event: head\n\n"}),
        at(4, TurnBegan{}),
    };
    Anonymous anonymous;
    (void)anonymous.apply(entries[0]);
    for (std::size_t i = 1; i < entries.size(); ++i) {
        CHECK(anonymous.apply(entries[i]) == entries[i]);
    }
}

TEST_CASE("what a file says again is counted once, and where it begins late it is said",
          "[recording]") {
    Started goes_on;
    goes_on.is_continuation = true;
    goes_on.repeats = 2;
    Started behind_a_gap = goes_on;
    behind_a_gap.lost = 7;
    const std::vector<Entry> again{at(20, StreamOpening{1, "alpha", "head"}),
                                   at(20, StreamConnected{1})};
    Info info;
    info.apply(at(1, Started{"0.2.0", false, 0, 0, {}}));
    info.apply(at(2, again[0].event));
    info.apply(at(2, again[1].event));
    info.apply(at(3, StreamBytes{1, {}, "12345"}));
    for (const Started& file : {goes_on, behind_a_gap}) {
        info.apply(at(20, file));
        info.apply(again[0]);
        info.apply(again[1]);
    }
    info.apply(at(21, StreamBytes{1, {}, "1234567"}));
    REQUIRE(info.starts().size() == 1);
    const StartInfo& start = info.starts().front();
    CHECK(start.nodes.at("alpha").streams == 1);
    CHECK(start.nodes.at("alpha").stream_bytes == 12);
    CHECK(start.lost == 7);
    CHECK(start.entries == 7);
    CHECK_FALSE(start.is_cut);
    Info late;
    late.apply(at(20, goes_on));
    late.apply(again[0]);
    CHECK(late.starts().front().is_cut);
    CHECK(late.starts().front().nodes.at("alpha").streams == 1);
}

}  // namespace recording_anonymous_test
