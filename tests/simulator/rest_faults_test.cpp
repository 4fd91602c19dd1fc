#include <chrono>
#include <string>

#include <catch2/catch.hpp>

#include "http/date.hpp"
#include "tests/simulator/network_fixture.hpp"

namespace rest_faults_test {

using namespace std::chrono_literals;
using simulator::FaultKind;
using tests::has_slot;
using tests::NetworkFixture;
using tests::scenario_with;

namespace {

constexpr std::size_t kNode = 0;

/// The fault of `scenario_with`, for as long as the test lasts.
simulator::Scenario always(const std::string& client, FaultKind kind) {
    auto scenario = scenario_with(client, kind);
    scenario.nodes[0].faults[0].from_slot = 0;
    scenario.nodes[0].faults[0].to_slot = 1000;
    return scenario;
}

std::string header_of(const std::string& answer, const std::string& name) {
    const std::size_t at = answer.find("\r\n" + name + ": ");
    if (at == std::string::npos) {
        return "";
    }
    const std::size_t begin = at + name.size() + 4;
    return answer.substr(begin, answer.find("\r\n", begin) - begin);
}

}  // namespace

TEST_CASE("retry_after sends REST away while the stream goes on", "[simulator][faults]") {
    auto scenario = always("prysm", FaultKind::kRetryAfter);
    scenario.nodes[0].faults[0].status = 429;
    scenario.nodes[0].faults[0].retry_after = 7s;
    NetworkFixture fixture{scenario};
    const auto stream = fixture.stream(kNode);
    fixture.read_to_slot(*stream, 2);
    CHECK(has_slot(*stream, 2));
    const std::string answer = fixture.get(kNode, "/eth/v1/node/syncing");
    CHECK(answer.starts_with("HTTP/1.1 429 Too Many Requests\r\n"));
    CHECK(header_of(answer, "Retry-After") == "7");
}

TEST_CASE("rest_down gives a status or no answer while the stream goes on", "[simulator][faults]") {
    for (const int status : {500, 0}) {
        auto scenario = always("prysm", FaultKind::kRestDown);
        scenario.nodes[0].faults[0].status = status;
        NetworkFixture fixture{scenario};
        const auto rest = fixture.client();
        fixture.run(rest->connect(fixture.port(kNode)));
        fixture.run(rest->get("/eth/v1/node/syncing"));
        const auto stream = fixture.stream(kNode);
        fixture.read_to_slot(*stream, 2);
        CHECK(has_slot(*stream, 2));
        if (status == 0) {
            CHECK(rest->socket().available() == 0);
        } else {
            fixture.run(rest->read_to_end());
            CHECK(rest->received().starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
        }
    }
}

TEST_CASE("clock_off moves the Date of every answer", "[simulator][faults]") {
    for (const auto offset : {-90s, 0s, 3600s}) {
        auto scenario = always("prysm", FaultKind::kClockOff);
        scenario.nodes[0].faults[0].offset = offset;
        NetworkFixture fixture{scenario};
        for (const char* const target :
             {"/eth/v1/node/version", "/nothing", "/eth/v1/events?topics=nosuch"}) {
            const std::string answer = fixture.get(kNode, target);
            const auto date = http::parse_date(header_of(answer, "Date"));
            REQUIRE(date.has_value());
            const auto off = *date - std::chrono::system_clock::now() - offset;
            CHECK((off <= 0s));
            CHECK((off > -5s));
            CHECK(answer.find("Date: ") == answer.rfind("Date: "));
        }
    }
}

TEST_CASE("requests are told as they come", "[simulator][network]") {
    NetworkFixture fixture{always("prysm", FaultKind::kOptimistic)};
    std::vector<std::string> seen;
    fixture.network().on_request([&](std::size_t node, std::string_view target) {
        seen.push_back(std::to_string(node) + std::string{target});
    });
    static_cast<void>(fixture.get(kNode, "/eth/v1/node/version"));
    const auto stream = fixture.stream(kNode, "topics=head,block");
    fixture.run(stream->read_until("event: head"));
    CHECK(seen ==
          std::vector<std::string>{"0/eth/v1/node/version", "0/eth/v1/events?topics=head,block"});
    fixture.network().on_request({});
    static_cast<void>(fixture.get(kNode, "/eth/v1/node/version"));
    CHECK(seen.size() == 2);
}

}  // namespace rest_faults_test
