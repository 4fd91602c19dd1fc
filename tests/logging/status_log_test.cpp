#include "logging/status_log.hpp"

#include "tests/logging/log_fixture.hpp"
#include "updates/node_health.hpp"

using tests::Lines;
using tests::LogFixture;
using updates::NetworkCheck;
using updates::NodeStatus;
using updates::RestQuestion;
using namespace std::chrono_literals;

namespace {

/// A node on our chain, with an open stream.
LogFixture well() {
    LogFixture log;
    (void)log.status([](NodeStatus& status) {
        status.state = updates::StreamState::kOpen;
        status.network_check = NetworkCheck::kMatch;
        status.syncing.emplace();
    });
    return log;
}

/// The question has been open for so many slots.
auto open_for(RestQuestion question, std::uint32_t slots, const char* reason = "status 403") {
    return [=](NodeStatus& status) { status.unanswered = {{question, reason, slots}}; };
}

void answered(NodeStatus& status) {
    status.unanswered.clear();
}

}  // namespace

TEST_CASE("each question that stays open is logged once, with its path and what came instead",
          "[logging]") {
    for (const RestQuestion question : updates::kRestQuestions) {
        LogFixture log = well();
        const Lines begin = log.status(open_for(question, 3));
        REQUIRE(begin.size() == 1);
        CHECK(begin[0].find(path_of(question)) != std::string::npos);
        CHECK(begin[0].find("status 403") != std::string::npos);
        for (std::uint32_t slots = 4; slots < 300; ++slots) {
            CHECK(log.status(open_for(question, slots)).empty());
        }
        CHECK(log.status(answered).size() == 1);
        CHECK(log.status(answered).empty());
    }
}

TEST_CASE("a network that cannot be checked is logged after three slots, and less and less often",
          "[logging]") {
    LogFixture log;
    CHECK(
        log.status([](NodeStatus& status) { status.state = updates::StreamState::kOpen; }).empty());
    std::vector<std::uint32_t> told;
    for (std::uint32_t slots = 3; slots < 300; ++slots) {
        const Lines lines = log.status(open_for(RestQuestion::kGenesis, slots));
        if (!lines.empty()) {
            told.push_back(slots);
            CHECK(lines[0].find("network cannot be checked") != std::string::npos);
            CHECK(lines[0].find("/eth/v1/beacon/genesis") != std::string::npos);
        }
        // The same status again within the slot.
        CHECK(log.status(open_for(RestQuestion::kGenesis, slots)).empty());
    }
    CHECK(told == std::vector<std::uint32_t>{3, 6, 12, 24, 48, 96, 192});
    const Lines end = log.status([](NodeStatus& status) {
        status.unanswered.clear();
        status.network_check = NetworkCheck::kMatch;
    });
    REQUIRE(end.size() == 1);
    CHECK(end[0].find("network checked") != std::string::npos);
}

TEST_CASE("a node on another network, and a disputed one, is logged with the chain it names",
          "[logging]") {
    for (const NetworkCheck check : {NetworkCheck::kMismatch, NetworkCheck::kDisputed}) {
        LogFixture log = well();
        const Lines lines = log.status([&](NodeStatus& status) {
            status.network_check = check;
            status.network = "hoodi";
        });
        REQUIRE(lines.size() == 1);
        CHECK(lines[0].find("hoodi") != std::string::npos);
        CHECK(log.status([](NodeStatus& status) { status.network_check = NetworkCheck::kMatch; })
                  .size() == 1);
    }
}

TEST_CASE("an issue that comes and goes is logged less and less often, until it stays away",
          "[logging]") {
    LogFixture log = well();
    const auto syncs = [&](bool is_syncing) {
        return log.status([&](NodeStatus& status) { status.syncing->is_syncing = is_syncing; })
            .size();
    };
    std::size_t lines = 0;
    for (int i = 0; i < 150; ++i) {
        log.after(12s);
        lines += syncs(true);
        log.after(12s);
        lines += syncs(false);
    }
    // After 0, 24, 72, 168, 360, 744, 1512 and 3048 s, each with its end.
    CHECK(lines == 16);
    for (int slot = 0; slot < 300; ++slot) {
        log.after(12s);
        CHECK(syncs(false) == 0);
    }
    CHECK(syncs(true) == 1);
    log.after(24s);
    CHECK(syncs(false) == 1);
    CHECK(syncs(true) == 1);
}

TEST_CASE("no line is written on what is not known", "[logging]") {
    LogFixture log = well();
    CHECK(log.status([](NodeStatus& status) { status.syncing->is_syncing = true; }).size() == 1);
    // Nobody knows any more; what was wrong still is.
    CHECK(log.status([](NodeStatus& status) { status.is_sync_current = false; }).empty());
    CHECK(log.status([](NodeStatus& status) {
                 status.is_sync_current = true;
                 status.syncing->is_syncing = false;
             })
              .size() == 1);
}

TEST_CASE("members of a spec that are left out are named once", "[logging]") {
    LogFixture log = well();
    const auto odd = [](NodeStatus& status) { status.odd_spec_members = "SLOTS_PER_EPOCH"; };
    const Lines lines = log.status(odd);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find("SLOTS_PER_EPOCH") != std::string::npos);
    CHECK(log.status(odd).empty());
}

TEST_CASE("that heads count unchecked is said once", "[logging]") {
    LogFixture log;
    const auto off = [](NodeStatus& status) { status.network_check = NetworkCheck::kOff; };
    CHECK(log.status(off).size() == 1);
    CHECK(log.status(off).empty());
}
