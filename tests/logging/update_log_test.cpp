#include <catch2/catch.hpp>

#include "tests/logging/log_fixture.hpp"

using namespace tests;

TEST_CASE("a node that goes bad is logged with growing gaps, and when it is good again",
          "[logging]") {
    LogFixture log;
    CHECK(log.head(10) == Lines{});
    CHECK(log.ends() == Lines{"stream lost node=alpha reason=eof failures=1"});
    log.after(12s);
    CHECK(log.ends(StreamEndReason::kConnectFailed) == Lines{});
    log.after(12s);
    CHECK(log.ends(StreamEndReason::kConnectFailed) ==
          Lines{"stream lost node=alpha reason=connect_failed failures=3"});
    for (int slot = 3; slot < 6; ++slot) {
        log.after(12s);
        CHECK(log.ends(StreamEndReason::kConnectFailed) == Lines{});
    }
    log.after(12s);
    CHECK(log.ends(StreamEndReason::kConnectFailed) ==
          Lines{"stream lost node=alpha reason=connect_failed failures=7"});
    log.after(11s);
    CHECK(log.opens() == Lines{});
    log.after(2s);
    CHECK(log.head(18) ==
          Lines{"stream recovered node=alpha failures=7 down_ms=83000 slots_not_reported=7"});
    CHECK(log.head(19) == Lines{});
}

TEST_CASE("a head ends no back-off, a good while does", "[logging]") {
    LogFixture log;
    CHECK(log.ends().size() == 1);
    CHECK(log.head(1).size() == 1);
    // Cut again and again, and back each time.
    log.after(12s);
    CHECK(log.ends() == Lines{});
    CHECK(log.head(2) == Lines{});
    log.after(12s);
    CHECK(log.ends() == Lines{"stream lost node=alpha reason=eof failures=3"});
    for (std::uint64_t slot = 3; slot < 68; ++slot) {
        log.after(12s);
        CHECK(log.head(slot).size() == (slot == 3 ? 1 : 0));
    }
    log.after(1s);
    CHECK(log.ends() == Lines{"stream lost node=alpha reason=eof failures=1"});
}

TEST_CASE("a stream that opens and ends without a head has not made its node good", "[logging]") {
    LogFixture log;
    CHECK(log.ends().size() == 1);
    log.after(24s);
    CHECK(log.opens() == Lines{});
    CHECK(log.ends() == Lines{"stream lost node=alpha reason=eof failures=2"});
    CHECK(log.opens() == Lines{});
    CHECK(log.ends() == Lines{});
    log.after(1s);
    // No head was seen before, so nobody knows which slots are missing.
    CHECK(log.head(5) == Lines{"stream recovered node=alpha failures=3 down_ms=25000"});
}

TEST_CASE("an end of our own making is no failure", "[logging]") {
    LogFixture log;
    CHECK(log.ends(StreamEndReason::kCancelled) == Lines{});
    CHECK(log.head(5) == Lines{});
    CHECK(log.ends() == Lines{"stream lost node=alpha reason=eof failures=1"});
}

TEST_CASE("what is known of a node outlives a run, unless the node left the list", "[logging]") {
    LogFixture log;
    const updates::NodeId alpha{"alpha"};
    CHECK(log.ends().size() == 1);
    CHECK(log.lines_of(updates::RunEnded{updates::RunEndReason::kListChanged, ""}) ==
          Lines{"run ended reason=list_changed"});
    CHECK(log.lines_of(updates::RunStarted{{alpha}}) == Lines{"run started nodes=1"});
    log.after(24s);
    CHECK(log.ends() == Lines{"stream lost node=alpha reason=eof failures=2"});
    CHECK(log.lines_of(updates::RunStarted{{}}) == Lines{"run started nodes=0"});
    CHECK(log.ends() == Lines{"stream lost node=alpha reason=eof failures=1"});
}

TEST_CASE("runs that give up one after the other are logged with growing gaps", "[logging]") {
    LogFixture log;
    std::size_t lines = 0;
    for (std::uint32_t run = 1; run <= 60; ++run) {
        lines += log.lines_of(updates::RunStarted{{}}).size();
        lines += log.lines_of(updates::RunEnded{updates::RunEndReason::kGaveUp, "five"}).size();
        lines += log.lines_of(updates::ServiceEnded{"monitor", updates::ServiceEndReason::kFailed,
                                                    "five", 12s, false, 1})
                     .size();
        log.after(60s);
    }
    // The first start, and the ends of an hour: after 0, 1, 2, 4, 8, 15, 28 and 54 minutes or so.
    CHECK(lines <= 9);
    CHECK(log.opens() == Lines{});
    CHECK(log.lines_of(updates::RunStarted{{}}) == Lines{});
}

TEST_CASE("a service that fails is told with what comes of it", "[logging]") {
    LogFixture log;
    CHECK(log.lines_of(updates::ServiceEnded{"monitor", updates::ServiceEndReason::kFailed,
                                             "gave up", 2500ms, false, 1}) ==
          Lines{"service ended service=monitor reason=failed detail=\"gave up\" restart_in_ms=2500 "
                "failures=1"});
    CHECK(log.lines_of(updates::ServiceEnded{"monitor", updates::ServiceEndReason::kFailed,
                                             "gave up", 2500ms, false, 3}) == Lines{});
    CHECK(log.lines_of(updates::ServiceEnded{
              "monitor", updates::ServiceEndReason::kFailed, "", {}, true, 3}) ==
          Lines{"service ended service=monitor reason=failed restart=never failures=3"});
    CHECK(log.lines_of(updates::ServiceEnded{"monitor", updates::ServiceEndReason::kCompleted, "",
                                             100ms, false, 0}) == Lines{});
    CHECK(log.lines_of(updates::ServiceEnded{
              "monitor", updates::ServiceEndReason::kCancelled, "", {}, false, 0}) == Lines{});
}

TEST_CASE("failed cycles are logged with growing gaps, however often a stream opens", "[logging]") {
    LogFixture log;
    std::size_t lines = 0;
    for (std::uint32_t i = 0; i < 100; ++i) {
        lines += log.lines_of(updates::CycleFailed{i % 5 + 1, 5}).size();
        (void)log.opens();
        (void)log.head(i);
        log.after(12s);
    }
    // In the slots 0, 2, 6, 14, 30, 62.
    CHECK(lines == 6);
}

TEST_CASE("the best head is told at debug level", "[logging]") {
    LogFixture log;
    updates::BestHead best{updates::NodeId{"alpha"}, {}};
    best.head.slot = chain::Slot{7};
    CHECK(log.lines_of(best) == Lines{});
    CHECK(log.lines_of(best, LogLevel::kDebug) ==
          Lines{"best head slot=7 root=0x" + std::string(64, '0') + " node=alpha"});
}

TEST_CASE("the answer to a question does not make a bad node good", "[logging]") {
    LogFixture log;
    CHECK(log.ends().size() == 1);
    CHECK(log.head(7, updates::HeadSource::kPoll) == Lines{});
    log.after(24s);
    CHECK(log.ends() == Lines{"stream lost node=alpha reason=eof failures=2"});
    CHECK(log.head(8).size() == 1);
}

TEST_CASE("what ended a stream is told in words where headmon ended it", "[logging]") {
    LogFixture log;
    CHECK(log.ends(StreamEndReason::kSilent) ==
          Lines{"stream lost node=alpha reason=\"silent: no byte for longer than its client keeps "
                "quiet\" failures=1"});
    log.after(24s);
    CHECK(log.ends(StreamEndReason::kStalled) ==
          Lines{"stream lost node=alpha reason=\"stalled: its head moves by REST, and its stream "
                "gives nothing new\" failures=2"});
    const updates::StreamEnded with_detail{updates::NodeId{"beta"}, StreamEndReason::kSilent,
                                           "nothing for 45 s", 1};
    CHECK(log.lines_of(with_detail) ==
          Lines{"stream lost node=beta reason=\"silent: nothing for 45 s\" failures=1"});
}

TEST_CASE("a node that refuses topics is not bad", "[logging]") {
    LogFixture log;
    CHECK(log.ends(StreamEndReason::kTopicRefused) ==
          Lines{"topics refused node=alpha reason=\"topic_refused: its head moves by REST, and "
                "these topics have never given one\""});
    CHECK(log.ends(StreamEndReason::kTopicRefused) == Lines{});
    CHECK(log.head(5) == Lines{});
    CHECK(log.ends() == Lines{"stream lost node=alpha reason=eof failures=1"});
}

TEST_CASE("a node on another network is told once, with what to do, and when it is back",
          "[logging]") {
    LogFixture log;
    using Standing = updates::NetworkCheck;
    const auto is = [&](Standing standing) {
        return log.status([&](NodeStatus& status) { status.network_check = standing; });
    };
    CHECK(is(updates::NetworkCheck::kUnchecked) == Lines{});
    CHECK(is(updates::NetworkCheck::kMatch) == Lines{});
    // Its end is no second warning.
    CHECK(log.ends(StreamEndReason::kWrongNetwork) == Lines{});
    const Lines told = is(updates::NetworkCheck::kMismatch);
    REQUIRE(told.size() == 1);
    CHECK_THAT(told[0], Catch::StartsWith("node on another network node=alpha advice=\""));
    CHECK_THAT(told[0], Catch::Contains("check its URL"));
    CHECK(is(updates::NetworkCheck::kMismatch) == Lines{});
    // Asked again after a reconnect: what stands of it stands.
    CHECK(is(updates::NetworkCheck::kUnchecked) == Lines{});
    CHECK(is(updates::NetworkCheck::kMismatch) == Lines{});
    CHECK(is(updates::NetworkCheck::kMatch) == Lines{"node on our network again node=alpha"});
    CHECK(log.head(5) == Lines{"stream recovered node=alpha failures=1 down_ms=0"});
}

TEST_CASE("a node that syncs or lost its execution client is told once, and when it is over",
          "[logging]") {
    LogFixture log;
    const auto is = [&](bool is_syncing, bool el_offline) {
        return log.status([&](NodeStatus& status) {
            status.syncing = chain::SyncStatus{chain::Slot{9}, 120, is_syncing, false, el_offline};
        });
    };
    CHECK(is(false, false) == Lines{});
    auto told = is(true, false);
    REQUIRE(told.size() == 1);
    CHECK_THAT(told[0], Catch::StartsWith("node syncing node=alpha slots_behind=120 advice="));
    CHECK(is(true, false) == Lines{});
    CHECK(log.status([](NodeStatus& status) { status.syncing.reset(); }) == Lines{});
    CHECK(is(true, false) == Lines{});
    told = is(false, true);
    REQUIRE(told.size() == 2);
    CHECK(told[0] == "node in sync node=alpha");
    CHECK_THAT(told[1], Catch::StartsWith("execution client offline node=alpha advice="));
    CHECK(is(false, true) == Lines{});
    CHECK(is(false, false) == Lines{"execution client online node=alpha"});
}

TEST_CASE("a lower topic set is logged when it has delivered, a richer one only to developers",
          "[logging]") {
    LogFixture log;
    const auto is = [&](updates::TopicSet set) {
        return log.status([&](NodeStatus& status) { status.topic_set = set; });
    };
    // Sets that are tried, one after the other, by a node that answers none.
    for (int i = 0; i < 3; ++i) {
        CHECK(is(updates::TopicSet::kHeadV2Full) == Lines{});
        CHECK(is(updates::TopicSet::kHeadFull) == Lines{});
        CHECK(is(updates::TopicSet::kHeadOnly) == Lines{});
    }
    CHECK(log.head(5) == Lines{"node asked for fewer topics node=alpha topic_set=head_only"});
    CHECK(log.head(6) == Lines{});
    CHECK(is(updates::TopicSet::kHeadV2Full) == Lines{});
    CHECK(log.head(7) == Lines{});
    // Down again, and again: with gaps.
    CHECK(is(updates::TopicSet::kHeadFull) == Lines{});
    CHECK(log.head(8) == Lines{});
    log.after(24s);
    CHECK(is(updates::TopicSet::kHeadOnly) == Lines{});
    CHECK(log.head(9) == Lines{"node asked for fewer topics node=alpha topic_set=head_only"});
}

TEST_CASE("extra topics that a node refuses are logged once its stream gives heads without them",
          "[logging]") {
    LogFixture log;
    const auto has = [&](bool has_extra) {
        return log.status([&](NodeStatus& status) { status.has_extra_topics = has_extra; });
    };
    CHECK(has(true) == Lines{});
    CHECK(has(false) == Lines{});
    CHECK(log.head(5) == Lines{"node asked for fewer topics node=alpha topic_set=head_v2_full "
                               "extra_topics=refused"});
    CHECK(log.head(6) == Lines{});
    // Asked for again, a day later, and served.
    CHECK(has(true) == Lines{});
    CHECK(log.head(7) == Lines{});
}

TEST_CASE("a node without REST is told while its stream is open, and then its return",
          "[logging]") {
    LogFixture log;
    using State = updates::BreakerState;
    const auto is = [&](State state, updates::StreamState stream) {
        return log.status([&](NodeStatus& status) {
            status.breaker = state;
            status.state = stream;
        });
    };
    CHECK(is(State::kOpen, updates::StreamState::kEnded) == Lines{});
    CHECK(is(State::kClosed, updates::StreamState::kOpen) == Lines{});
    log.after(24s);
    CHECK(is(State::kOpen, updates::StreamState::kOpen) == Lines{"REST API down node=alpha"});
    CHECK(is(State::kHalfOpen, updates::StreamState::kOpen) == Lines{});
    CHECK(is(State::kOpen, updates::StreamState::kEnded) == Lines{});
    CHECK(is(State::kClosed, updates::StreamState::kEnded) == Lines{"REST API up node=alpha"});
}

TEST_CASE("what is known of a node is forgotten when it leaves the list", "[logging]") {
    LogFixture log;
    const auto syncs = [](NodeStatus& status) {
        status.syncing = chain::SyncStatus{chain::Slot{9}, 120, true, false, false};
    };
    CHECK(log.status(syncs).size() == 1);
    CHECK(log.lines_of(updates::RunStarted{{updates::NodeId{"alpha"}}}).size() == 1);
    CHECK(log.status(syncs) == Lines{});
    (void)log.lines_of(updates::RunStarted{{}});
    CHECK(log.status(syncs).size() == 1);
}

TEST_CASE("a proxy that holds events back is logged with what to set", "[logging]") {
    LogFixture log;
    const auto is = [&](bool is_buffered) {
        return log.status([&](NodeStatus& status) { status.is_buffered = is_buffered; });
    };
    const Lines lines = is(true);
    REQUIRE(lines.size() == 1);
    CHECK_THAT(lines[0], Catch::StartsWith("stream buffered by a proxy node=alpha advice=") &&
                             Catch::Contains("proxy_buffering off"));
    CHECK(log.lines_of(updates::StreamBuffered{updates::NodeId{"alpha"}, true}) == Lines{});
    CHECK(is(false) == Lines{"stream no longer buffered node=alpha"});
}

TEST_CASE("an issue that comes and goes is logged less and less often, each time with its end",
          "[logging]") {
    LogFixture log;
    std::size_t begins = 0;
    std::size_t ends = 0;
    for (int slot = 0; slot < 300; ++slot) {
        begins += log.status([](NodeStatus& status) { status.is_lagging = true; }).size();
        ends += log.status([](NodeStatus& status) { status.is_lagging = false; }).size();
        log.after(12s);
    }
    CHECK(begins == 8);
    CHECK(ends == 8);
}

TEST_CASE("an issue that lasts is logged when the gap is over, if it was not when it began",
          "[logging]") {
    LogFixture log;
    const auto is = [&](bool is_lagging) {
        return log.status([&](NodeStatus& status) { status.is_lagging = is_lagging; }).size();
    };
    CHECK(is(true) == 1);
    CHECK(is(false) == 1);
    CHECK(is(true) == 0);
    log.after(12s);
    CHECK(is(true) == 0);
    log.after(12s);
    CHECK(is(true) == 1);
    log.after(12s);
    CHECK(is(true) == 0);
}

TEST_CASE("events that cannot be used are logged once a slot at most, and then less often",
          "[logging]") {
    LogFixture log;
    const auto has = [&](std::uint64_t ignored, std::uint64_t malformed) {
        return log.status([&](NodeStatus& status) {
            status.ignored = ignored;
            status.last_ignored = "ping";
            status.malformed = malformed;
        });
    };
    CHECK(has(0, 0) == Lines{});
    CHECK(has(3, 0) ==
          Lines{"events ignored that nobody asked for node=alpha events=3 last_type=ping"});
    CHECK(has(3, 0) == Lines{});
    CHECK(has(9, 0) == Lines{});
    log.after(24s);
    CHECK(has(10, 0) ==
          Lines{"events ignored that nobody asked for node=alpha events=7 last_type=ping"});
    CHECK(has(10, 2) ==
          Lines{"events cannot be decoded: their topics are left out node=alpha events=2"});
    std::size_t lines = 0;
    for (std::uint64_t slot = 0; slot < 300; ++slot) {
        log.after(12s);
        lines += has(11 + slot, 2).size();
    }
    CHECK(lines <= 8);
}

TEST_CASE("a node that asks to wait is logged with the time, once", "[logging]") {
    LogFixture log;
    const auto until = [&](std::optional<base::Duration> wait) {
        return log.status([&](NodeStatus& status) {
            status.state = updates::StreamState::kEnded;
            status.retry_at.reset();
            if (wait) {
                status.retry_at = base::Instant{log.now() + *wait, {}};
            }
        });
    };
    CHECK(until(45s) == Lines{"stream waits: the node sent Retry-After node=alpha wait_ms=45000"});
    CHECK(until(45s) == Lines{});
    log.after(12s);
    CHECK(until(33s) == Lines{});
    CHECK(until({}) == Lines{});
    CHECK(until(60s) == Lines{});
    log.after(24s);
    CHECK(until(60s).size() == 1);
}

TEST_CASE("a log line is text with quotes where needed, or members of a JSON object", "[logging]") {
    const logging::LogLine line{
        LogLevel::kInfo,
        "stream lost",
        {{"node", "a b"}, {"failures", std::int64_t{2}}, {"reason", "eof"}}};
    CHECK(logging::to_text(line) == "stream lost node=\"a b\" failures=2 reason=eof");
    CHECK(logging::to_json_members(line) ==
          R"("message":"stream lost","node":"a b","failures":2,"reason":"eof")");
}
