// Whatever an endpoint of a node answers: what follows for headmon is told, and the log is not
// filled with it.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "logging/update_log.hpp"
#include "metrics/collector.hpp"
#include "simulator/endpoint_fault.hpp"
#include "tests/scenarios/scenario_fixture.hpp"
#include "updates/node_health.hpp"
#include "updates/update.hpp"

namespace unknown_test {

using namespace std::chrono_literals;
using simulator::EndpointAnswer;
using simulator::Fault;
using simulator::FaultKind;
using tests::ScenarioFixture;

namespace {

/// What one endpoint answers.
struct Spoilt {
    std::string name;
    EndpointAnswer answer = EndpointAnswer::kStatus;
    int status = 0;
};

const std::vector<Spoilt>& all_answers() {
    static const std::vector<Spoilt> kAll{
        {"403", EndpointAnswer::kStatus, 403},     {"404", EndpointAnswer::kStatus, 404},
        {"429", EndpointAnswer::kStatus, 429},     {"500", EndpointAnswer::kStatus, 500},
        {"hang", EndpointAnswer::kHang},           {"garbage", EndpointAnswer::kGarbage},
        {"odd_member", EndpointAnswer::kOddMember}};
    return kAll;
}

Fault spoilt(const std::string& endpoint, const Spoilt& how, std::uint64_t from, std::uint64_t to) {
    Fault fault = tests::fault(FaultKind::kEndpoint, from, to);
    fault.endpoint = endpoint;
    fault.answer = how.answer;
    fault.status = how.status;
    return fault;
}

/// Two nodes, of which one has these faults.
simulator::Scenario with_faults(std::vector<Fault> faults) {
    return tests::scene({tests::node("spoilt", "lighthouse", 1000, std::move(faults)),
                         tests::node("well", "prysm", 1100)});
}

/// The log at its default level, with what is only said of every node taken out.
std::vector<std::string> log_of(const ScenarioFixture& fixture) {
    static const std::set<std::string> kAlways{
        "run started",  "stream open",  "slot time known", "node asked for fewer topics",
        "slot on_time", "slot unknown", "topics refused"};
    logging::UpdateLog log;
    std::vector<std::string> lines;
    for (const updates::Update& update : fixture.updates()) {
        for (const logging::LogLine& line : log.lines(update)) {
            if (line.level >= logging::LogLevel::kInfo && !kAlways.contains(line.message)) {
                lines.push_back(logging::to_text(line));
            }
        }
    }
    return lines;
}

updates::NodeIssues issues_of(const ScenarioFixture& fixture, const char* node) {
    return updates::find_issues(fixture.status(node));
}

/// Writes log, issues and a page of metrics for each minute, for the test of the alerts; nothing
/// where it has not asked for it.
void write_pages(const ScenarioFixture& fixture, const std::string& name) {
    const char* const folder = std::getenv("HEADMON_PAGES");  // NOLINT(concurrency-mt-unsafe)
    if (folder == nullptr) {
        return;
    }
    std::ofstream out{std::string{folder} + "/" + name};
    for (const std::string& line : log_of(fixture)) {
        out << "log " << line << '\n';
    }
    const base::Instant start = fixture.updates().front().at;
    metrics::CollectorOptions options;
    options.started = start.wall;
    metrics::Collector collector{options};
    base::MonoTime next = start.mono;
    for (const updates::Update& update : fixture.updates()) {
        for (; update.at.mono >= next; next += 1min) {
            out << "page "
                << std::chrono::duration_cast<std::chrono::seconds>(start.wall.time_since_epoch())
                       .count()
                << '\n'
                << collector.text();
        }
        collector.apply(update);
    }
}

void play_endpoint(const std::string& endpoint) {
    for (const Spoilt& how : all_answers()) {
        INFO(endpoint << " answers " << how.name);
        std::vector<Fault> faults{spoilt(endpoint, how, 0, tests::kForEver)};
        if (endpoint == "header") {
            // Headers of roots are asked for where its own head by REST did not bring them: it goes
            // on alone while its REST is down.
            faults.push_back(tests::fault(FaultKind::kRestDown, 5, 9));
            faults.push_back(tests::fault(FaultKind::kForked, 6, tests::kForEver));
        }
        ScenarioFixture fixture{with_faults(std::move(faults))};
        fixture.play_to(45);
        const std::vector<std::string> lines = log_of(fixture);
        const auto names_it = [](const std::string& line) {
            return line.find("spoilt") != std::string::npos;
        };
        const auto told = std::count_if(lines.begin(), lines.end(), names_it);
        const auto& requests = fixture.requests();
        const bool was_asked =
            std::any_of(requests.begin(), requests.end(), [&](const tests::SeenRequest& request) {
                return request.node == "spoilt" &&
                       simulator::is_of_endpoint(endpoint, request.target);
            });
        CHECK((told > 0 || issues_of(fixture, "spoilt").any()));
        CHECK(was_asked);
        if (endpoint == "header") {
            CHECK(updates::has_issue(issues_of(fixture, "spoilt"),
                                     updates::NodeIssue::kHeaderUnknown));
        }
        // The other node is not made responsible for it. A split names all who are on a branch.
        CHECK(issues_of(fixture, "well").none());
        CHECK(std::none_of(lines.begin(), lines.end(), [](const std::string& line) {
            return line.find("well") != std::string::npos && !line.starts_with("head split");
        }));
        // Nine minutes.
        CHECK(lines.size() <= 12);
        write_pages(fixture, endpoint + "-" + how.name);
    }
}

}  // namespace

TEST_CASE("whatever genesis answers is told", "[scenarios][matrix]") {
    play_endpoint("genesis");
}

TEST_CASE("whatever spec answers is told", "[scenarios][matrix]") {
    play_endpoint("spec");
}

TEST_CASE("whatever syncing answers is told", "[scenarios][matrix]") {
    play_endpoint("syncing");
}

TEST_CASE("whatever version answers is told", "[scenarios][matrix]") {
    play_endpoint("version");
}

TEST_CASE("whatever headers of the head answer is told", "[scenarios][matrix]") {
    play_endpoint("head");
}

TEST_CASE("whatever headers of a root answer is told", "[scenarios][matrix]") {
    play_endpoint("header");
}

TEST_CASE("whatever events answers is told", "[scenarios][matrix]") {
    play_endpoint("events");
}

TEST_CASE("an endpoint that fails now and then does not fill the log, whatever its rhythm",
          "[scenarios][unknown]") {
    struct Rhythm {
        std::uint64_t bad;
        std::uint64_t good;
    };
    for (const Rhythm rhythm : {Rhythm{1, 1}, Rhythm{3, 1}, Rhythm{4, 1}, Rhythm{5, 5}}) {
        for (const std::string endpoint : {"syncing", "head"}) {
            INFO(endpoint << ": " << rhythm.bad << " slots bad, " << rhythm.good << " good");
            std::vector<Fault> faults;
            for (std::uint64_t slot = 5; slot < 100; slot += rhythm.bad + rhythm.good) {
                faults.push_back(spoilt(endpoint, all_answers()[3], slot, slot + rhythm.bad - 1));
            }
            ScenarioFixture fixture{with_faults(faults)};
            fixture.play_to(100);
            // Twenty minutes.
            CHECK(log_of(fixture).size() <= 16);
        }
    }
}

}  // namespace unknown_test
