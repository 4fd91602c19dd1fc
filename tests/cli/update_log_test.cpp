#include "cli/update_log.hpp"

#include <catch2/catch.hpp>

namespace {

using namespace std::chrono_literals;
using base::EndReason;
using cli::LogLevel;

/// Tells updates and reads the lines that are not below `info`.
class Told {
  public:
    void after(base::Duration duration) { now_.mono += duration; }

    std::vector<std::string> tell(monitor::Fact fact, LogLevel least = LogLevel::kInfo) {
        const monitor::Update update{std::move(fact), now_};
        std::vector<std::string> out;
        for (const cli::LogLine& line : log_.lines(update)) {
            if (line.level >= least) {
                out.push_back(cli::to_text(line));
            }
        }
        return out;
    }

    std::vector<std::string> ends(EndReason reason = EndReason::kEof) {
        return tell(monitor::StreamEnded{alpha_, reason, "", 1});
    }
    std::vector<std::string> opens() { return tell(monitor::StreamOpened{alpha_, true}); }
    std::vector<std::string> head(std::uint64_t slot) {
        monitor::NodeHead head{alpha_, {}, false, false, {}, {}};
        head.head.slot = base::Slot{slot};
        return tell(head);
    }

  private:
    cli::UpdateLog log_;
    monitor::CandidateId alpha_{"alpha"};
    base::Instant now_{base::MonoTime{1h}, base::WallTime{1h}};
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("failures in a row are told at the powers of two", "[cli]") {
    cli::WarningBackoff backoff;
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
          "[cli]") {
    Told log;
    CHECK(log.head(10) == Lines{});
    CHECK(log.ends() == Lines{"node is bad node=alpha reason=eof failures=1"});
    log.after(12s);
    CHECK(log.ends(EndReason::kConnectFailed) ==
          Lines{"node is bad node=alpha reason=connect_failed failures=2"});
    log.after(12s);
    CHECK(log.ends(EndReason::kConnectFailed) == Lines{});
    log.after(12s);
    CHECK(log.ends(EndReason::kConnectFailed) ==
          Lines{"node is bad node=alpha reason=connect_failed failures=4"});
    log.after(11s);
    CHECK(log.opens() == Lines{});
    log.after(2s);
    CHECK(log.head(14) ==
          Lines{"node is good again node=alpha failures=4 down_ms=47000 slots_missed=3"});
    CHECK(log.head(15) == Lines{});
    CHECK(log.ends() == Lines{"node is bad node=alpha reason=eof failures=1"});
}

TEST_CASE("a stream that opens and ends without a head has not made its node good", "[cli]") {
    Told log;
    CHECK(log.ends().size() == 1);
    CHECK(log.opens() == Lines{});
    CHECK(log.ends() == Lines{"node is bad node=alpha reason=eof failures=2"});
    CHECK(log.opens() == Lines{});
    CHECK(log.ends() == Lines{});
    log.after(1s);
    // No head was seen before, so nobody knows which slots are missing.
    CHECK(log.head(5) == Lines{"node is good again node=alpha failures=3 down_ms=1000"});
}

TEST_CASE("an end of our own making is no failure", "[cli]") {
    Told log;
    CHECK(log.ends(EndReason::kCancelled) == Lines{});
    CHECK(log.head(5) == Lines{});
    CHECK(log.ends() == Lines{"node is bad node=alpha reason=eof failures=1"});
}

TEST_CASE("what is known of a node outlives a run, unless the node left the list", "[cli]") {
    Told log;
    const monitor::CandidateId alpha{"alpha"};
    CHECK(log.ends().size() == 1);
    CHECK(log.tell(monitor::RunEnded{monitor::RunEnd::kListChanged, ""}) ==
          Lines{"run ended why=list_changed"});
    CHECK(log.tell(monitor::RunStarted{{alpha}}) == Lines{"run started nodes=1"});
    CHECK(log.ends() == Lines{"node is bad node=alpha reason=eof failures=2"});
    CHECK(log.tell(monitor::RunStarted{{}}) == Lines{"run started nodes=0"});
    CHECK(log.ends() == Lines{"node is bad node=alpha reason=eof failures=1"});
}

TEST_CASE("runs that give up one after the other are told with growing gaps", "[cli]") {
    Told log;
    std::size_t told = 0;
    for (std::uint32_t run = 1; run <= 8; ++run) {
        told += log.tell(monitor::RunStarted{{}}).size();
        told += log.tell(monitor::RunEnded{monitor::RunEnd::kGaveUp, "five"}).size();
        told +=
            log.tell(monitor::ServiceEnded{"monitor", "failed", "five", 12s, false, run}).size();
    }
    // The first start, and the ends 1, 2, 4 and 8.
    CHECK(told == 5);
    CHECK(log.opens() == Lines{});
    CHECK(log.tell(monitor::RunStarted{{}}) == Lines{"run started nodes=0"});
}

TEST_CASE("a service that fails is told with what comes of it", "[cli]") {
    Told log;
    CHECK(log.tell(monitor::ServiceEnded{"monitor", "failed", "gave up", 2500ms, false, 1}) ==
          Lines{"service ended service=monitor why=failed detail=\"gave up\" restart_in_ms=2500 "
                "failures=1"});
    CHECK(log.tell(monitor::ServiceEnded{"monitor", "failed", "gave up", 2500ms, false, 3}) ==
          Lines{});
    CHECK(log.tell(monitor::ServiceEnded{"monitor", "failed", "", {}, true, 3}) ==
          Lines{"service ended service=monitor why=failed restart=never failures=3"});
    CHECK(log.tell(monitor::ServiceEnded{"monitor", "completed", "", 100ms, false, 0}) == Lines{});
    CHECK(log.tell(monitor::ServiceEnded{"monitor", "cancelled", "", {}, false, 0}) == Lines{});
}

TEST_CASE("failed cycles are told with growing gaps until a stream opens", "[cli]") {
    Told log;
    std::size_t told = 0;
    for (std::uint32_t i = 0; i < 10; ++i) {
        told += log.tell(monitor::CycleFailed{i % 5 + 1, 5}).size();
    }
    CHECK(told == 4);
    (void)log.opens();
    CHECK(log.tell(monitor::CycleFailed{1, 5}) ==
          Lines{"no node has a stream in this slot in_row=1 limit=5 failures=1"});
}

TEST_CASE("the best head is told at debug level", "[cli]") {
    Told log;
    monitor::BestHead best{monitor::CandidateId{"alpha"}, {}};
    best.head.slot = base::Slot{7};
    CHECK(log.tell(best) == Lines{});
    CHECK(log.tell(best, LogLevel::kDebug) ==
          Lines{"best head slot=7 root=0x" + std::string(64, '0') + " node=alpha"});
}

TEST_CASE("a slot from the upper half of its range is no negative number", "[cli]") {
    const std::uint64_t slot = 18'446'744'073'709'551'615U;
    const cli::LogLine line{cli::LogLevel::kInfo, "m", {{"slot", slot}}};
    CHECK(cli::to_text(line) == "m slot=18446744073709551615");
    CHECK(cli::to_json_members(line) == R"("message":"m","slot":18446744073709551615)");
    monitor::BestHead best{monitor::CandidateId{"a"}, {}};
    best.head.slot = base::Slot{slot};
    Told log;
    CHECK_THAT(log.tell(best, LogLevel::kDebug).at(0),
               Catch::Contains(" slot=18446744073709551615 "));
}

TEST_CASE("a log line is text with quotes where needed, or members of a JSON object", "[cli]") {
    const cli::LogLine line{LogLevel::kInfo,
                            "node is bad",
                            {{"node", "a b"}, {"failures", std::int64_t{2}}, {"reason", "eof"}}};
    CHECK(cli::to_text(line) == "node is bad node=\"a b\" failures=2 reason=eof");
    CHECK(cli::to_json_members(line) ==
          R"("message":"node is bad","node":"a b","failures":2,"reason":"eof")");
}
