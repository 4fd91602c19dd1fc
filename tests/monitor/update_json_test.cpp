#include "monitor/update_json.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "tests/monitor/heads.hpp"
#include "tests/support/loop.hpp"

using monitor::to_json;
using monitor::Update;
using namespace std::chrono_literals;

namespace {

const monitor::CandidateId kAlpha{"alpha"};
const base::Instant kAt{base::MonoTime{82s},
                        base::WallTime{std::chrono::seconds{1795294599}} + 123456us};

std::vector<monitor::Fact> every_fact() {
    return {monitor::RunStarted{{kAlpha, monitor::CandidateId{"beta"}}},
            monitor::StreamOpened{kAlpha, true},
            monitor::StreamEnded{kAlpha, base::EndReason::kReset, "why", 3},
            monitor::NodeHead{kAlpha, tests::head(7, 1), true, false, 13ms, -500ms},
            monitor::BestHead{kAlpha, tests::head(7, 1, beacon_api::PayloadStatus::kFull)},
            monitor::NodeStatus{kAlpha, monitor::StreamState::kOpen, "Teku/1", kAt, {}, 4},
            monitor::SlotTime{beacon_api::SlotClock{kAt.wall, 12s}, "node alpha"},
            monitor::CycleFailed{2, 5},
            monitor::RunEnded{monitor::RunEnd::kGaveUp, "why"},
            monitor::ServiceEnded{"monitor", "failed", "why", 12s, false, 3}};
}

boost::json::object parsed(const monitor::Fact& fact) {
    return boost::json::parse(to_json(Update{fact, kAt})).as_object();
}

}  // namespace

TEST_CASE("an update is one line of JSON with a name and a time", "[monitor]") {
    CHECK(to_json(Update{monitor::CycleFailed{2, 5}, kAt}) ==
          R"({"update":"cycle_failed","at":"2026-11-21T20:56:39.123456Z",)"
          R"("at_monotonic_seconds":8.2E1,"in_row":2,"limit":5})");
    for (const auto& fact : every_fact()) {
        CHECK(to_json(Update{fact, kAt}).find('\n') == std::string::npos);
    }
}

TEST_CASE("the end of a service says when it starts again, or null for never", "[monitor]") {
    const auto object = parsed(every_fact().back());
    CHECK(object.at("update") == "service_ended");
    CHECK(object.at("service") == "monitor");
    CHECK(object.at("end") == "failed");
    CHECK(object.at("detail") == "why");
    CHECK(object.at("restart_after_seconds").as_double() == Approx(12));
    CHECK(object.at("fatal") == false);
    CHECK(object.at("failures_in_row") == 3);
    const auto stopped = parsed(monitor::ServiceEnded{"monitor", "timeout", "", {}, true, 1});
    CHECK(stopped.at("restart_after_seconds").is_null());
    CHECK(stopped.at("fatal") == true);
}

TEST_CASE("a head is written as the Beacon API writes it", "[monitor]") {
    const auto object = parsed(every_fact()[3]);
    CHECK(object.at("candidate") == "alpha");
    CHECK(object.at("slot") == "7");
    CHECK(object.at("block").as_string() ==
          "0x0000000000000000000000000000000000000000000000000000000000000001");
    CHECK(object.at("payload_status").is_null());
    CHECK(object.at("lag_seconds").as_double() == Approx(0.013));
    CHECK(object.at("delay_seconds").as_double() == Approx(-0.5));
    CHECK(parsed(every_fact()[4]).at("payload_status") == "full");
    monitor::NodeHead early{kAlpha, tests::head(UINT64_MAX, 1), true, true, {}, {}};
    CHECK(parsed(early).at("slot") == "18446744073709551615");
    CHECK(parsed(early).at("delay_seconds").is_null());
}

TEST_CASE("text in an update cannot break out of its line", "[monitor]") {
    const monitor::StreamEnded ended{kAlpha, base::EndReason::kReset, "a\"b\n\x01", 1};
    const std::string line = to_json(Update{ended, kAt});
    CHECK(line.find('\n') == std::string::npos);
    CHECK(boost::json::parse(line).at("detail") == "a\"b\n\x01");
}

TEST_CASE("every member of every update is described in docs/updates.md", "[monitor]") {
    const std::string page = tests::fixture("../docs/updates.md");
    const auto section = [&](const std::string& heading) {
        const auto begin = page.find("\n## " + heading + "\n");
        REQUIRE(begin != std::string::npos);
        const auto end = page.find("\n## ", begin + 1);
        return page.substr(begin, end == std::string::npos ? end : end - begin);
    };
    const std::string common = section("Every update");
    for (const auto& fact : every_fact()) {
        const auto object = parsed(fact);
        const std::string own = section(std::string{object.at("update").as_string()});
        for (const auto& member : object) {
            const std::string name = "`" + std::string{member.key()} + "`";
            INFO(name << " of " << object.at("update").as_string());
            CHECK((common + own).find(name) != std::string::npos);
            // The example shows it too.
            const std::string in_example = "\"" + std::string{member.key()} + "\":";
            CHECK(own.find(in_example) != std::string::npos);
        }
    }
    for (const base::EndReason reason : base::kAllEndReasons) {
        const std::string name = "`" + std::string{base::to_string(reason)} + "`";
        INFO(name);
        CHECK(page.find(name) != std::string::npos);
    }
}
