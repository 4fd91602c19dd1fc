#include "terminal/table.hpp"

#include <catch2/catch.hpp>

#include "base/text.hpp"
#include "chain/sync_status.hpp"
#include "terminal/summary.hpp"
#include "updates/snapshot.hpp"
#include "updates/update.hpp"

namespace {

using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

const updates::NodeId kAlpha{"alpha"};
const updates::NodeId kBeta{"beta"};
const base::Instant kNow{base::MonoTime{1h}, base::WallTime{1'000'100s}};

base::Instant ago(base::Duration duration) {
    return base::Instant{kNow.mono - duration, kNow.wall};
}

updates::NodeHead head(updates::NodeId node, std::uint64_t slot, bool is_first,
                       base::Duration lag) {
    updates::NodeHead out{node, {}, true, is_first, lag};
    out.timing.delay = 1234ms + lag;
    out.head.slot = chain::Slot{slot};
    out.head.block.bytes.fill(0xab);
    return out;
}

updates::Snapshot two_nodes() {
    updates::Snapshot snapshot;
    snapshot.running = true;
    updates::NodeSnapshot alpha{kAlpha};
    alpha.status.state = updates::StreamState::kOpen;
    alpha.status.version = "Lodestar/v1.5.1/2115aa7";
    alpha.status.last_byte = ago(3s);
    alpha.status.network_check = updates::NetworkCheck::kMatch;
    alpha.head = head(kAlpha, 99, true, 0ms);
    updates::NodeSnapshot beta{kBeta};
    beta.status.last_byte = ago(130s);
    beta.status.disconnects = 3;
    beta.head = head(kBeta, 98, false, 12ms);
    beta.last_end = updates::StreamEndReason::kConnectFailed;
    snapshot.nodes.try_emplace(kAlpha, alpha);
    snapshot.nodes.try_emplace(kBeta, beta);
    snapshot.best = updates::BestHead{kAlpha, alpha.head->head};
    snapshot.slot_time = updates::SlotTime{
        chain::SlotClock{base::WallTime{1'000'000s}, std::chrono::milliseconds{1000}},
        updates::SlotTimeSource::kNode, std::nullopt};
    snapshot.failed_cycles = 2;
    return snapshot;
}

/// The line of alpha after `change` to it, at 200 columns.
template <class Change>
std::string alpha_line(Change change) {
    auto snapshot = two_nodes();
    change(snapshot.nodes.at(kAlpha));
    return terminal::render_table(snapshot, kNow, 200, 50)[1];
}

}  // namespace

TEST_CASE("the table has a line for each node and one for the whole", "[cli]") {
    CHECK(terminal::render_table(two_nodes(), kNow, 200, 50) ==
          Lines{
              "NODE   CLIENT           STATE  SLOT  ROOT         DELAY    LAG      QUIET  ENDS  "
              "NOTE",
              "alpha  Lodestar/v1.5.1  open   99    0xabab…abab  1.234 s  first    3 s    0",
              "beta   -                ended  98    0xabab…abab  1.246 s  12.0 ms  2 min  3     "
              "connect_failed",
              "best head 99 0xabab…abab by alpha   now slot 100   failed cycles 2",
          });
}

TEST_CASE("a table of nothing says so", "[cli]") {
    CHECK(terminal::render_table({}, kNow, 200, 50).back() ==
          "best head -   now slot -   failed cycles 0   between runs");
}

TEST_CASE("an optimistic head and one before its slot are shown as such", "[cli]") {
    const std::string line = alpha_line([](updates::NodeSnapshot& node) {
        node.head->head.execution_optimistic = true;
        node.status.is_head_optimistic = true;
        node.head->timing.delay = -120ms;
    });
    CHECK_THAT(line, Catch::Contains("-0.120 s  first"));
    CHECK_THAT(line, Catch::EndsWith(" optimistic"));
}

TEST_CASE("a head that is not timed has no lag", "[cli]") {
    const auto lag_of = [](const updates::HeadTiming& timing) {
        return alpha_line([&](updates::NodeSnapshot& node) {
            node.head->is_first = false;
            node.head->timing = timing;
        });
    };
    using updates::HeadTimeliness;
    CHECK_THAT(lag_of({HeadTimeliness::kPolled, false, false, {}, {}}),
               Catch::Contains("-        polled"));
    CHECK_THAT(lag_of({HeadTimeliness::kStale, false, false, {}, {}}),
               Catch::Contains("-        stale"));
    CHECK_THAT(lag_of({HeadTimeliness::kLive, true, false, {}, {}}),
               Catch::Contains("-        repeat"));
    CHECK_THAT(lag_of({HeadTimeliness::kBackfill, false, false, {}, {}}),
               Catch::EndsWith(" catching up"));
    CHECK_THAT(lag_of({HeadTimeliness::kEarly, false, false, {}, {}}),
               Catch::Contains("-        early"));
    CHECK_THAT(lag_of({HeadTimeliness::kLive, false, false, {}, {}}),
               Catch::Contains("-        0.0 ms"));
}

TEST_CASE("what is wrong with a node stands in its note, the worst first", "[cli]") {
    using updates::NodeSnapshot;
    const auto note = [](auto change) {
        const std::string line = alpha_line(change);
        // After the last column of numbers: the title's NOTE says where.
        const auto at = terminal::render_table(two_nodes(), kNow, 200, 50)[0].find("NOTE");
        // One ellipsis of three bytes stands before it.
        return line.size() > at + 2 ? line.substr(at + 2) : "";
    };
    CHECK(note([](NodeSnapshot&) {}) == "");
    CHECK(note([](NodeSnapshot& node) {
              node.status.network_check = updates::NetworkCheck::kUnchecked;
          }) == "network unchecked");
    CHECK(note([](NodeSnapshot& node) {
              node.status.syncing = chain::SyncStatus{chain::Slot{1}, 120, true, true, true};
              node.status.is_behind = true;
              node.status.is_lagging = true;
              node.status.is_buffered = true;
          }) == "syncing, 120 behind, optimistic, EL offline, behind, lagging, buffered");
    CHECK(note([](NodeSnapshot& node) {
              node.head->timing.delay = 4500ms;
              node.head->timing.deadline = chain::AttestationDeadline{4s, false};
          }) == "late");
    // The open stream of a node that was silent.
    CHECK(note([](NodeSnapshot& node) {
              node.status.is_silent = true;
              node.status.is_stalled = true;
          }) == "silent, stalled");
    CHECK(note([](NodeSnapshot& node) { node.status.breaker = updates::BreakerState::kOpen; }) ==
          "REST down");
    // What is said is not said twice, as the reason of the end.
    for (const auto reason :
         {updates::StreamEndReason::kWrongNetwork, updates::StreamEndReason::kSilent,
          updates::StreamEndReason::kStalled}) {
        const std::string line = alpha_line([&](NodeSnapshot& node) {
            node.status.state = updates::StreamState::kEnded;
            node.status.network_check = updates::NetworkCheck::kMismatch;
            node.last_end = reason;
        });
        CHECK_THAT(line, Catch::EndsWith("0     wrong network"));
    }
}

TEST_CASE("a stream that its node keeps away shows for how long", "[cli]") {
    using updates::NodeSnapshot;
    const auto waits = [](base::Duration left) {
        return alpha_line([&](NodeSnapshot& node) {
            node.status.state = updates::StreamState::kEnded;
            node.status.retry_at = base::Instant{kNow.mono + left, kNow.wall};
        });
    };
    CHECK_THAT(waits(44100ms), Catch::Contains(" waits 45 s "));
    // It is opened at the next tick.
    CHECK_THAT(waits(0s), Catch::Contains(" ended ") && !Catch::Contains("waits"));
}

TEST_CASE("a split, a doubtful clock and the last verdict stand above the best head", "[cli]") {
    auto snapshot = two_nodes();
    snapshot.verdict =
        updates::SlotVerdict{chain::Slot{99}, updates::Verdict::kLate, kAlpha, {}, 4321ms, {}};
    const auto above = [&](std::size_t columns) {
        const auto lines = terminal::render_table(snapshot, kNow, columns, 50);
        return lines[lines.size() - 2];
    };
    CHECK(above(80) == "slot 99 late at 4.321 s by alpha");
    snapshot.split = updates::HeadSplit{{{}, {}}, kNow.mono - 24s, false};
    snapshot.clock = updates::ClockSkew{updates::ClockSkew::Level::kSkewed, -1500ms, 1s, {}};
    CHECK(above(80) ==
          "SPLIT in 2 for 24 s   CLOCK skewed by -1.5 s   slot 99 late at 4.321 s by alpha");
    snapshot.clock->level = updates::ClockSkew::Level::kVerdictsSuspended;
    CHECK_THAT(above(120), Catch::Contains("CLOCK skewed by -1.5 s, verdicts suspended"));
    snapshot.split.reset();
    snapshot.clock->level = updates::ClockSkew::Level::kNone;
    snapshot.verdict =
        updates::SlotVerdict{chain::Slot{99}, updates::Verdict::kMissed, {}, {}, {}, {}};
    CHECK(above(80) == "slot 99 missed");
}

TEST_CASE("a narrow terminal keeps node, state, slot, lag and note", "[cli]") {
    auto snapshot = two_nodes();
    snapshot.nodes.at(kAlpha).status.version = "Lighthouse/v8.0.1-ced49dd/x86_64-linux";
    snapshot.nodes.at(kAlpha).status.network_check = updates::NetworkCheck::kMismatch;
    CHECK(terminal::render_table(snapshot, kNow, 80, 50)[1] ==
          "alpha  open   99    1.234 s  first    3 s    0     wrong network");
    CHECK(terminal::render_table(snapshot, kNow, 50, 50)[1] ==
          "alpha  open   99    first    wrong network");
    CHECK_THAT(terminal::render_table(snapshot, kNow, 100, 50)[0],
               Catch::Contains("CLIENT") && !Catch::Contains("ROOT"));
}

TEST_CASE("the table never outgrows its terminal and never cuts a character", "[cli]") {
    for (std::size_t columns = 0; columns < 120; ++columns) {
        for (const std::string& line : terminal::render_table(two_nodes(), kNow, columns, 50)) {
            CHECK(base::clip(line, columns) == line);
            // The ellipsis is whole or gone.
            const auto at = line.find('\xe2');
            CHECK((at == std::string::npos || line.substr(at, 3) == "…"));
        }
    }
    for (std::size_t rows = 1; rows < 6; ++rows) {
        const auto lines = terminal::render_table(two_nodes(), kNow, 80, rows);
        CHECK(lines.size() <= rows);
        CHECK_THAT(lines.back(), Catch::StartsWith("best head 99"));
    }
    CHECK(terminal::render_table(two_nodes(), kNow, 80, 3).at(1) == "and 2 more nodes");
}

TEST_CASE("a version that is escaped already is shown as it is", "[cli]") {
    auto snapshot = two_nodes();
    snapshot.nodes.at(kAlpha).status.version = "A\\x1bB/v1/more";
    CHECK_THAT(terminal::render_table(snapshot, kNow, 200, 50)[1], Catch::Contains(" A\\x1bB/v1 "));
}

TEST_CASE("a table is drawn over the one before", "[cli]") {
    CHECK(terminal::redraw({"a", "b"}, 0) == "a\x1b[K\r\nb\x1b[K\r\n\x1b[J");
    CHECK(terminal::redraw({"a"}, 2) == "\r\x1b[2Aa\x1b[K\r\n\x1b[J");
}

TEST_CASE("what a node sends cannot write escape sequences into the table", "[cli]") {
    updates::Snapshot snapshot = two_nodes();
    snapshot.nodes.at(kAlpha).status.version = "\x1b[2J\x07/1";
    for (const std::string& line : terminal::render_table(snapshot, kNow, 200, 50)) {
        CHECK(line.find('\x1b') == std::string::npos);
        CHECK(line.find('\x07') == std::string::npos);
    }
}

TEST_CASE("the summary counts what happened to each node", "[cli]") {
    terminal::Summary summary;
    const auto tell = [&](updates::Fact fact) {
        summary.apply(updates::Update{std::move(fact), kNow});
    };
    tell(updates::RunStarted{{kAlpha, kBeta}});
    tell(updates::StreamOpened{kAlpha, false});
    tell(head(kAlpha, 1, true, 0ms));
    tell(head(kAlpha, 2, false, 10ms));
    tell(head(kAlpha, 3, false, 30ms));
    for (const auto age : {updates::HeadTimeliness::kStale, updates::HeadTimeliness::kBackfill,
                           updates::HeadTimeliness::kPolled}) {
        auto untimed = head(kAlpha, 3, false, 0ms);
        untimed.timing.timeliness = age;
        tell(untimed);
    }
    auto repeat = head(kAlpha, 3, false, 900ms);
    repeat.timing.is_repeat = true;
    tell(repeat);
    tell(updates::StreamEnded{kAlpha, updates::StreamEndReason::kEof, "", 1});
    tell(updates::StreamOpened{kAlpha, true});
    tell(updates::StreamEnded{kAlpha, updates::StreamEndReason::kReset, "", 1});
    tell(updates::StreamEnded{kAlpha, updates::StreamEndReason::kCancelled, "", 1});
    CHECK(summary.lines() ==
          Lines{
              "NODE               HEADS   FIRST  MEDIAN LAG  REOPENED  ENDS",
              "alpha                  7       1     10.0 ms         1  eof 1, reset 1",
              "beta                   0       0           -         0  -",
          });
}
