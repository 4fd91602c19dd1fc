#include "logging/update_log.hpp"
#include "chain/sync_status.hpp"
#include "updates/update.hpp"

#include <catch2/catch.hpp>

namespace {

using namespace std::chrono_literals;
using updates::StreamEndReason;
using logging::LogLevel;

/// Tells updates and reads the lines that are not below `info`.
class Told {
  public:
    void after(base::Duration duration) { now_.mono += duration; }

    std::vector<std::string> tell(updates::Fact fact, LogLevel least = LogLevel::kInfo) {
        const updates::Update update{std::move(fact), now_};
        std::vector<std::string> out;
        for (const logging::LogLine& line : log_.lines(update)) {
            if (line.level >= least) {
                out.push_back(logging::to_text(line));
            }
        }
        return out;
    }

    std::vector<std::string> ends(StreamEndReason reason = StreamEndReason::kEof) {
        return tell(updates::StreamEnded{alpha_, reason, "", 1});
    }
    std::vector<std::string> verdict(std::uint64_t slot, updates::Verdict verdict) {
        updates::SlotVerdict fact;
        fact.slot = chain::Slot{slot};
        fact.verdict = verdict;
        return tell(fact);
    }
    /// The node's status after `change`, which stays for the next one.
    template <class Change>
    std::vector<std::string> status(Change change, LogLevel least = LogLevel::kInfo) {
        change(status_);
        return tell(status_, least);
    }
    [[nodiscard]] base::MonoTime now() const { return now_.mono; }
    std::vector<std::string> opens() { return tell(updates::StreamOpened{alpha_, true}); }
    std::vector<std::string> head(std::uint64_t slot,
                                  updates::HeadSource source = updates::HeadSource::kStream) {
        updates::NodeHead head{alpha_, {}};
        head.head.slot = chain::Slot{slot};
        head.source = source;
        return tell(head);
    }

  private:
    logging::UpdateLog log_;
    updates::NodeId alpha_{"alpha"};
    updates::NodeStatus status_{alpha_};
    base::Instant now_{base::MonoTime{1h}, base::WallTime{1h}};
};

using Lines = std::vector<std::string>;
using updates::NodeStatus;

chain::Root root(std::uint8_t byte) {
    chain::Root root;
    root.bytes.fill(byte);
    return root;
}

std::string hex(const char* byte) {
    std::string text = "0x";
    for (int i = 0; i < 32; ++i) {
        text += byte;
    }
    return text;
}

}  // namespace

TEST_CASE("failures in a row are told at the powers of two", "[logging]") {
    logging::WarningBackoff backoff;
    std::vector<int> told;
    for (int failure = 1; failure <= 40; ++failure) {
        if (backoff.failed()) {
            told.push_back(failure);
        }
    }
    CHECK(told == std::vector<int>{1, 2, 4, 8, 16, 32});
    CHECK(backoff.recovered());
    CHECK_FALSE(backoff.recovered());
    CHECK(backoff.failed());
}

TEST_CASE("a node that goes bad is told with growing gaps, and once when it is good again",
          "[logging]") {
    Told log;
    CHECK(log.head(10) == Lines{});
    CHECK(log.ends() == Lines{"stream lost node=alpha reason=eof failures=1"});
    log.after(12s);
    CHECK(log.ends(StreamEndReason::kConnectFailed) ==
          Lines{"stream lost node=alpha reason=connect_failed failures=2"});
    log.after(12s);
    CHECK(log.ends(StreamEndReason::kConnectFailed) == Lines{});
    log.after(12s);
    CHECK(log.ends(StreamEndReason::kConnectFailed) ==
          Lines{"stream lost node=alpha reason=connect_failed failures=4"});
    log.after(11s);
    CHECK(log.opens() == Lines{});
    log.after(2s);
    CHECK(log.head(14) ==
          Lines{"stream recovered node=alpha failures=4 down_ms=47000 slots_not_reported=3"});
    CHECK(log.head(15) == Lines{});
    CHECK(log.ends() == Lines{"stream lost node=alpha reason=eof failures=1"});
}

TEST_CASE("a stream that opens and ends without a head has not made its node good", "[logging]") {
    Told log;
    CHECK(log.ends().size() == 1);
    CHECK(log.opens() == Lines{});
    CHECK(log.ends() == Lines{"stream lost node=alpha reason=eof failures=2"});
    CHECK(log.opens() == Lines{});
    CHECK(log.ends() == Lines{});
    log.after(1s);
    // No head was seen before, so nobody knows which slots are missing.
    CHECK(log.head(5) == Lines{"stream recovered node=alpha failures=3 down_ms=1000"});
}

TEST_CASE("an end of our own making is no failure", "[logging]") {
    Told log;
    CHECK(log.ends(StreamEndReason::kCancelled) == Lines{});
    CHECK(log.head(5) == Lines{});
    CHECK(log.ends() == Lines{"stream lost node=alpha reason=eof failures=1"});
}

TEST_CASE("what is known of a node outlives a run, unless the node left the list", "[logging]") {
    Told log;
    const updates::NodeId alpha{"alpha"};
    CHECK(log.ends().size() == 1);
    CHECK(log.tell(updates::RunEnded{updates::RunEndReason::kListChanged, ""}) ==
          Lines{"run ended reason=list_changed"});
    CHECK(log.tell(updates::RunStarted{{alpha}}) == Lines{"run started nodes=1"});
    CHECK(log.ends() == Lines{"stream lost node=alpha reason=eof failures=2"});
    CHECK(log.tell(updates::RunStarted{{}}) == Lines{"run started nodes=0"});
    CHECK(log.ends() == Lines{"stream lost node=alpha reason=eof failures=1"});
}

TEST_CASE("runs that give up one after the other are told with growing gaps", "[logging]") {
    Told log;
    std::size_t told = 0;
    for (std::uint32_t run = 1; run <= 8; ++run) {
        told += log.tell(updates::RunStarted{{}}).size();
        told += log.tell(updates::RunEnded{updates::RunEndReason::kGaveUp, "five"}).size();
        told +=
            log.tell(updates::ServiceEnded{"monitor", updates::ServiceEndReason::kFailed, "five", 12s, false, run}).size();
    }
    // The first start, and the ends 1, 2, 4 and 8.
    CHECK(told == 5);
    CHECK(log.opens() == Lines{});
    CHECK(log.tell(updates::RunStarted{{}}) == Lines{"run started nodes=0"});
}

TEST_CASE("a service that fails is told with what comes of it", "[logging]") {
    Told log;
    CHECK(log.tell(updates::ServiceEnded{"monitor", updates::ServiceEndReason::kFailed, "gave up", 2500ms, false, 1}) ==
          Lines{"service ended service=monitor reason=failed detail=\"gave up\" restart_in_ms=2500 "
                "failures=1"});
    CHECK(log.tell(updates::ServiceEnded{"monitor", updates::ServiceEndReason::kFailed, "gave up", 2500ms, false, 3}) ==
          Lines{});
    CHECK(log.tell(updates::ServiceEnded{"monitor", updates::ServiceEndReason::kFailed, "", {}, true, 3}) ==
          Lines{"service ended service=monitor reason=failed restart=never failures=3"});
    CHECK(log.tell(updates::ServiceEnded{"monitor", updates::ServiceEndReason::kCompleted, "", 100ms, false, 0}) == Lines{});
    CHECK(log.tell(updates::ServiceEnded{"monitor", updates::ServiceEndReason::kCancelled, "", {}, false, 0}) == Lines{});
}

TEST_CASE("failed cycles are told with growing gaps until a stream opens", "[logging]") {
    Told log;
    std::size_t told = 0;
    for (std::uint32_t i = 0; i < 10; ++i) {
        told += log.tell(updates::CycleFailed{i % 5 + 1, 5}).size();
    }
    CHECK(told == 4);
    (void)log.opens();
    CHECK(log.tell(updates::CycleFailed{1, 5}) ==
          Lines{"no node has a stream in this slot consecutive=1 limit=5 failures=1"});
}

TEST_CASE("the best head is told at debug level", "[logging]") {
    Told log;
    updates::BestHead best{updates::NodeId{"alpha"}, {}};
    best.head.slot = chain::Slot{7};
    CHECK(log.tell(best) == Lines{});
    CHECK(log.tell(best, LogLevel::kDebug) ==
          Lines{"best head slot=7 root=0x" + std::string(64, '0') + " node=alpha"});
}

TEST_CASE("the answer to a question does not make a bad node good", "[logging]") {
    Told log;
    CHECK(log.ends().size() == 1);
    CHECK(log.head(7, updates::HeadSource::kPoll) == Lines{});
    CHECK(log.ends() == Lines{"stream lost node=alpha reason=eof failures=2"});
    CHECK(log.head(8).size() == 1);
}

TEST_CASE("what ended a stream is told in words where headmon ended it", "[logging]") {
    Told log;
    CHECK(log.ends(StreamEndReason::kSilent) ==
          Lines{"stream lost node=alpha reason=\"silent: no byte for longer than its client keeps "
                "quiet\" failures=1"});
    CHECK(log.ends(StreamEndReason::kStalled) ==
          Lines{"stream lost node=alpha reason=\"stalled: its head moves by REST, and its stream "
                "gives none\" failures=2"});
    const updates::StreamEnded with_detail{updates::NodeId{"beta"}, StreamEndReason::kSilent,
                                           "nothing for 45 s", 1};
    CHECK(log.tell(with_detail) ==
          Lines{"stream lost node=beta reason=\"silent: nothing for 45 s\" failures=1"});
}

TEST_CASE("a node that refuses topics is not bad", "[logging]") {
    Told log;
    CHECK(log.ends(StreamEndReason::kTopicRefused) ==
          Lines{"topics refused node=alpha reason=\"topic_refused: it does not serve the "
                "topics that it was asked for\""});
    CHECK(log.head(5) == Lines{});
    CHECK(log.ends() == Lines{"stream lost node=alpha reason=eof failures=1"});
}

TEST_CASE("a node on another network is told once, with what to do, and when it is back", "[logging]") {
    Told log;
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
    Told log;
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

TEST_CASE("a lower topic form is told, a richer one only to developers", "[logging]") {
    Told log;
    const auto is = [&](updates::TopicSet form, LogLevel least = LogLevel::kInfo) {
        return log.status([&](NodeStatus& status) { status.topic_set = form; }, least);
    };
    CHECK(is(updates::TopicSet::kHeadV2Full) == Lines{});
    CHECK(is(updates::TopicSet::kHeadFull) ==
          Lines{"node asked for fewer topics node=alpha topic_set=head_full"});
    CHECK(is(updates::TopicSet::kHeadFull) == Lines{});
    CHECK(is(updates::TopicSet::kHeadOnly) ==
          Lines{"node asked for fewer topics node=alpha topic_set=head_only"});
    CHECK(is(updates::TopicSet::kHeadV2Full, LogLevel::kDebug) ==
          Lines{"node asked for more topics node=alpha topic_set=head_v2_full"});
    CHECK(is(updates::TopicSet::kHeadFull).size() == 1);
    CHECK(is(updates::TopicSet::kHeadV2Full) == Lines{});
}

TEST_CASE("a node without REST is told while its stream is open, and then its return", "[logging]") {
    Told log;
    using State = updates::BreakerState;
    const auto is = [&](State state, updates::StreamState stream) {
        return log.status([&](NodeStatus& status) {
            status.breaker = state;
            status.state = stream;
        });
    };
    CHECK(is(State::kOpen, updates::StreamState::kEnded) == Lines{});
    CHECK(is(State::kClosed, updates::StreamState::kOpen) == Lines{});
    CHECK(is(State::kOpen, updates::StreamState::kOpen) ==
          Lines{"REST API down node=alpha"});
    CHECK(is(State::kHalfOpen, updates::StreamState::kOpen) == Lines{});
    CHECK(is(State::kOpen, updates::StreamState::kEnded) == Lines{});
    CHECK(is(State::kClosed, updates::StreamState::kEnded) ==
          Lines{"REST API up node=alpha"});
}

TEST_CASE("the standing of a node is forgotten when it leaves the list", "[logging]") {
    Told log;
    const auto lower = [](NodeStatus& status) { status.topic_set = updates::TopicSet::kHeadFull; };
    CHECK(log.status(lower).size() == 1);
    CHECK(log.tell(updates::RunStarted{{updates::NodeId{"alpha"}}}).size() == 1);
    CHECK(log.status(lower) == Lines{});
    (void)log.tell(updates::RunStarted{{}});
    CHECK(log.status(lower).size() == 1);
}

TEST_CASE("missed and late slots are told each, seen ones only to developers", "[logging]") {
    Told log;
    using updates::Verdict;
    // What nobody watched before the start is no news; that slots are judged now is.
    CHECK(log.verdict(1, Verdict::kUnknown) == Lines{});
    CHECK(log.verdict(2, Verdict::kOnTime) == Lines{"slot on_time slot=2"});
    CHECK(log.verdict(3, Verdict::kOnTime) == Lines{});
    CHECK(log.verdict(4, Verdict::kMissed) == Lines{"slot missed slot=4"});
    CHECK(log.verdict(5, Verdict::kMissed) == Lines{"slot missed slot=5"});
    CHECK(log.verdict(6, Verdict::kOnTime) == Lines{});
    const updates::SlotVerdict late{chain::Slot{7}, Verdict::kLate, updates::NodeId{"b"},
                                    root(1),       4321ms,         {4000ms, false}};
    CHECK(log.tell(late) == Lines{"slot late slot=7 delay_ms=4321 deadline_ms=4000 node=b"});
}

TEST_CASE("slots that cannot be judged for hours are told when that begins and ends", "[logging]") {
    Told log;
    using updates::Verdict;
    const auto lasting = GENERATE(Verdict::kUnknown, Verdict::kOptimistic);
    (void)log.verdict(1, Verdict::kOnTime);
    CHECK(log.verdict(2, lasting).size() == 1);
    CHECK(log.verdict(3, lasting) == Lines{});
    CHECK(log.verdict(4, lasting) == Lines{});
    CHECK(log.verdict(5, Verdict::kOnTime).size() == 1);
    CHECK(log.verdict(6, Verdict::kOnTime) == Lines{});
}

TEST_CASE("a reorg is told when the parents prove it", "[logging]") {
    Told log;
    updates::Reorg reorg{root(0xaa), root(0xbb), 2, updates::Certainty::kUnconfirmed,
                         updates::NodeId{"alpha"}};
    CHECK(log.tell(reorg) == Lines{});
    CHECK(log.tell(reorg, LogLevel::kDebug).size() == 1);
    reorg.certainty = updates::Certainty::kConfirmed;
    reorg.depth = 3;
    CHECK(log.tell(reorg) == Lines{"reorg depth=3 certainty=confirmed old_head=" + hex("aa") +
                                   " new_head=" + hex("bb") + " node=alpha"});
    reorg.certainty = updates::Certainty::kRefuted;
    CHECK(log.tell(reorg) == Lines{});
}

TEST_CASE("a split is told with its branches, and its end with how long it lasted", "[logging]") {
    Told log;
    const updates::HeadSplit split{
        {{root(0xaa), chain::Slot{9}, {updates::NodeId{"a"}, updates::NodeId{"b"}}},
         {root(0xbb), chain::Slot{8}, {updates::NodeId{"c"}}}},
        log.now(),
        false};
    const Lines told = log.tell(split, LogLevel::kWarning);
    REQUIRE(told.size() == 1);
    CHECK_THAT(told[0],
               Catch::StartsWith("head split branches=2 branch_1=\"slot 9 " + hex("aa") +
                                 ": a, b\" branch_2=\"slot 8 " + hex("bb") + ": c\" advice="));
    CHECK(log.tell(split) == Lines{});
    log.after(24s);
    const updates::HeadSplit over{{}, split.since, true};
    CHECK(log.tell(over) == Lines{"head split resolved split_ms=24000"});
    CHECK(log.tell(split).size() == 1);
}

TEST_CASE("a doubt of the clock is told with its size and what to do", "[logging]") {
    Told log;
    updates::ClockSkew doubt{updates::ClockSkew::Level::kSkewed, -2400ms, 500ms, false};
    Lines told = log.tell(doubt, LogLevel::kWarning);
    REQUIRE(told.size() == 1);
    CHECK_THAT(told[0], Catch::Contains("clock skewed: delays cannot be trusted\" ") ||
                            Catch::Contains("clock skewed: delays cannot be trusted "));
    CHECK_THAT(told[0], Catch::Contains("offset_ms=-2400 uncertainty_ms=500 "
                                        "kernel_synchronised=no advice=") &&
                            Catch::Contains("timedatectl"));
    doubt.level = updates::ClockSkew::Level::kVerdictsSuspended;
    told = log.tell(doubt, LogLevel::kWarning);
    REQUIRE(told.size() == 1);
    CHECK_THAT(told[0], Catch::Contains("verdicts suspended"));
    told = log.tell(updates::ClockSkew{});
    REQUIRE(told.size() == 1);
    CHECK_THAT(told[0], Catch::Contains("clock no longer skewed") && !Catch::Contains("advice"));
    CHECK(log.tell(updates::ClockSkew{}, LogLevel::kWarning) == Lines{});
}

TEST_CASE("a proxy that holds events back is told with what to set", "[logging]") {
    Told log;
    const updates::NodeId alpha{"alpha"};
    const Lines told = log.tell(updates::StreamBuffered{alpha, true}, LogLevel::kWarning);
    REQUIRE(told.size() == 1);
    CHECK_THAT(told[0], Catch::StartsWith("stream buffered by a proxy node=alpha advice=") &&
                            Catch::Contains("proxy_buffering off"));
    CHECK(log.tell(updates::StreamBuffered{alpha, false}) ==
          Lines{"stream no longer buffered node=alpha"});
}

TEST_CASE("a node that is behind, and finality, are told to developers only", "[logging]") {
    Told log;
    const updates::NodeId alpha{"alpha"};
    const updates::NodeBehind behind{alpha, true, chain::Slot{7}, chain::Slot{9}};
    CHECK(log.tell(behind) == Lines{});
    CHECK(log.tell(behind, LogLevel::kDebug) ==
          Lines{"node behind node=alpha slot=7 best_slot=9"});
    chain::FinalizedCheckpoint checkpoint{root(1), root(2), chain::Epoch{3}, false};
    CHECK(log.tell(updates::Finalized{alpha, checkpoint}) == Lines{});
    CHECK(log.tell(updates::Finalized{alpha, checkpoint}, LogLevel::kDebug) ==
          Lines{"finalized epoch=3 node=alpha"});
}

TEST_CASE("a slot from the upper half of its range is no negative number", "[logging]") {
    const std::uint64_t slot = 18'446'744'073'709'551'615U;
    const logging::LogLine line{logging::LogLevel::kInfo, "m", {{"slot", slot}}};
    CHECK(logging::to_text(line) == "m slot=18446744073709551615");
    CHECK(logging::to_json_members(line) == R"("message":"m","slot":18446744073709551615)");
    updates::BestHead best{updates::NodeId{"a"}, {}};
    best.head.slot = chain::Slot{slot};
    Told log;
    CHECK_THAT(log.tell(best, LogLevel::kDebug).at(0),
               Catch::Contains(" slot=18446744073709551615 "));
}

TEST_CASE("a log line is text with quotes where needed, or members of a JSON object", "[logging]") {
    const logging::LogLine line{LogLevel::kInfo,
                            "stream lost",
                            {{"node", "a b"}, {"failures", std::int64_t{2}}, {"reason", "eof"}}};
    CHECK(logging::to_text(line) == "stream lost node=\"a b\" failures=2 reason=eof");
    CHECK(logging::to_json_members(line) ==
          R"("message":"stream lost","node":"a b","failures":2,"reason":"eof")");
}
