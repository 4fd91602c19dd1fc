// Who was watched throughout a slot, and who was late in it.
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "api/answers.hpp"
#include "api/node_board.hpp"
#include "api/open_streams.hpp"
#include "tests/monitor/heads.hpp"

using namespace std::chrono_literals;
using updates::NodeId;

namespace api_slots_test {

constexpr base::MonoTime kStart{1h};

/// A board on a chain whose slot 100 begins at `kStart`; slots take 12 s.
class Steps {
  public:
    explicit Steps(bool has_slot_time = true) {
        if (has_slot_time) {
            set_slot_time();
        }
    }
    void set_slot_time() {
        tell(-1200s, updates::SlotTime{
                         chain::SlotClock{wall_ - 1200s, 12s}, updates::SlotTimeSource::kNode, {}});
    }
    /// Tells the board a fact, so long after slot 100 began.
    void tell(base::Duration after, updates::Fact fact) {
        board_.apply(
            std::make_shared<const updates::Update>(updates::Update{std::move(fact), at(after)}));
    }
    void start(std::vector<std::string> names, std::vector<std::string> renewed = {},
               base::Duration after = -1200s) {
        tell(after, updates::RunStarted{ids(names), ids(renewed)});
    }
    void open(base::Duration after, const std::string& node) {
        tell(after, updates::StreamOpened{NodeId{node}, false});
    }
    void end(base::Duration after, const std::string& node) {
        tell(after, updates::StreamEnded{NodeId{node}, updates::StreamEndReason::kReset, "", 1});
    }
    /// Judges the slot, two slots after its start.
    void judge(std::uint64_t slot) {
        const auto begin = (static_cast<std::int64_t>(slot) - 100) * 12s;
        tell(begin + 24s,
             updates::SlotVerdict{chain::Slot{slot}, updates::Verdict::kUnknown, {}, {}, {}, {}});
    }
    /// "alpha beta": whose stream was not open throughout; "null" where nobody knows.
    std::string not_watched(std::uint64_t slot) {
        const auto& slots = board_.slots().slots();
        const auto record = slots.find(chain::Slot{slot});
        if (record == slots.end() || !record->second.not_watched) {
            return "null";
        }
        std::string names;
        for (const NodeId node : *record->second.not_watched) {
            names.append(names.empty() ? "" : " ").append(node.name());
        }
        return names;
    }
    std::string judged(std::uint64_t slot) {
        judge(slot);
        return not_watched(slot);
    }
    void step_wall(base::Duration step) { wall_ += step; }
    [[nodiscard]] const api::NodeBoard& board() const { return board_; }

  private:
    static std::vector<NodeId> ids(const std::vector<std::string>& names) {
        return {names.begin(), names.end()};
    }
    [[nodiscard]] base::Instant at(base::Duration after) const {
        return {kStart + after,
                wall_ + std::chrono::duration_cast<base::WallTime::duration>(after)};
    }

    api::NodeBoard board_{{}};
    base::WallTime wall_{std::chrono::hours{24 * 365 * 56}};
};

TEST_CASE("a node is watched in a slot when its stream was open from its start to its end",
          "[api]") {
    Steps steps;
    steps.start({"late", "left", "closed", "exact", "flaps", "never", "open"});
    for (const char* const node : {"open", "left", "closed", "flaps"}) {
        steps.open(-1ns, node);
    }
    steps.open(0s, "exact");
    steps.open(1ns, "late");
    steps.end(6s, "flaps");
    steps.open(6s, "flaps");
    steps.end(12s - 1ns, "left");
    steps.end(12s, "closed");
    steps.end(12s, "exact");
    CHECK(steps.not_watched(100) == "null");
    CHECK(steps.judged(100) == "flaps late left never");
    CHECK(steps.judged(101) == "closed exact left never");
    CHECK(steps.judged(99) == "closed exact flaps late left never open");
}

TEST_CASE("who was watched is not known without slot time, nor before the verdict", "[api]") {
    Steps steps{false};
    steps.start({"alpha"});
    steps.open(-1s, "alpha");
    CHECK(steps.judged(100) == "null");
    steps.set_slot_time();
    CHECK(steps.judged(100).empty());
    CHECK(steps.judged(101).empty());
}

TEST_CASE("another list of nodes has its own nodes, and one behind another URL is new", "[api]") {
    Steps steps;
    steps.start({"alpha", "beta", "gamma"});
    for (const char* const node : {"alpha", "beta", "gamma"}) {
        steps.open(-1s, node);
    }
    steps.tell(13s, updates::RunEnded{updates::RunEndReason::kListChanged, ""});
    steps.start({"alpha", "beta", "delta"}, {"beta"}, 13s);
    for (const char* const node : {"alpha", "beta", "delta"}) {
        steps.open(14s, node);
    }
    CHECK(steps.judged(100) == "beta delta");
    CHECK(steps.judged(101) == "alpha beta delta");
    CHECK(steps.judged(102).empty());
}

TEST_CASE("the end of a run ends what is open, and a stream of no node of the run is none",
          "[api]") {
    Steps steps;
    steps.start({"alpha"});
    steps.open(-1s, "alpha");
    steps.open(-1s, "stranger");
    steps.tell(11s, updates::RunEnded{updates::RunEndReason::kGaveUp, ""});
    CHECK(steps.judged(100) == "alpha");
    // A run that begins without an end of the one before has no open stream either.
    steps.start({"alpha"}, {}, 36s);
    steps.open(36s, "alpha");
    steps.start({"alpha"}, {}, 40s);
    CHECK(steps.judged(103) == "alpha");
}

TEST_CASE("a step of the wall clock moves the slots, and opens or closes no stream", "[api]") {
    Steps steps;
    steps.start({"alpha", "beta"});
    steps.open(-1s, "alpha");
    steps.open(18s, "beta");
    CHECK(steps.judged(100) == "beta");
    // Slot 101 took the time from 1 s to 13 s, slot 102 that until 25 s. By what the wall clock
    // read when it opened, beta was open throughout slot 102.
    steps.step_wall(11s);
    CHECK(steps.judged(101) == "beta");
    CHECK(steps.judged(102) == "beta");
    CHECK(steps.judged(103).empty());
}

TEST_CASE("another slot time forgets the slots, and what is open stays so", "[api]") {
    Steps steps;
    steps.start({"alpha"});
    steps.open(-1s, "alpha");
    CHECK(steps.judged(100).empty());
    steps.set_slot_time();
    CHECK(steps.not_watched(100) == "null");
    CHECK(steps.judged(101).empty());
}

TEST_CASE("a stream that comes and goes pushes out no stretch that counts", "[api]") {
    Steps steps;
    steps.start({"alpha"});
    steps.open(-1s, "alpha");
    steps.end(13s, "alpha");
    for (int i = 0; i < 1000; ++i) {
        steps.open(13s, "alpha");
        steps.end(13s, "alpha");
    }
    CHECK(steps.judged(100).empty());
    CHECK(steps.judged(101) == "alpha");
}

TEST_CASE("of each node so many stretches are kept, the latest", "[api]") {
    api::OpenStreams streams;
    const auto tell = [&](base::Duration after, updates::Fact fact) {
        streams.apply({std::move(fact), {kStart + after, {}}}, 1s);
    };
    const NodeId alpha{"alpha"};
    tell(0s, updates::RunStarted{{alpha}, {}});
    const auto max = static_cast<int>(api::OpenStreams::kStretchesMax);
    for (int i = 0; i <= max; ++i) {
        tell(i * 2s, updates::StreamOpened{alpha, false});
        tell(i * 2s + 1s, updates::StreamEnded{alpha, updates::StreamEndReason::kEof, "", 1});
    }
    const auto is_watched = [&](base::Duration from) {
        return streams.find_not_watched(kStart + from, kStart + from + 1s).empty();
    };
    CHECK_FALSE(is_watched(0s));
    CHECK(is_watched(2s));
    CHECK(is_watched(max * 2s));
    CHECK_FALSE(is_watched(1s));
}

TEST_CASE("of 512 nodes each one has its own streams", "[api]") {
    Steps steps;
    std::vector<std::string> names;
    for (int i = 0; i < 512; ++i) {
        names.push_back("node" + std::to_string(1000 + i));
    }
    steps.start(names);
    std::string odd;
    for (std::size_t i = 0; i < names.size(); ++i) {
        steps.open(i % 2 == 0 ? -1s : 1s, names[i]);
        odd += i % 2 == 0 ? "" : (odd.empty() ? "" : " ") + names[i];
    }
    CHECK(steps.judged(100) == odd);
    CHECK(steps.judged(101).empty());
}

TEST_CASE("a slot says who was late and who was not watched, whoever reported", "[api]") {
    Steps steps;
    steps.start({"beta", "alpha"});
    updates::NodeHead report{NodeId{"alpha"}, tests::head(100, 1)};
    const auto slots = [&] { return api::slots_answer(steps.board(), 64).body; };
    report.timing.delay = 4s;
    report.timing.deadline = chain::AttestationDeadline{4s, false};
    steps.tell(4s, report);
    CHECK(slots().find("\"delay_seconds\":4,\"is_late\":false,\"lag_seconds\"") !=
          std::string::npos);
    CHECK(slots().find("\"not_watched\":null") != std::string::npos);
    report.head = tests::head(101, 2);
    report.timing.delay = 4s + 1ns;
    steps.tell(16s, report);
    CHECK(slots().find("\"is_late\":true") != std::string::npos);
    report.head = tests::head(102, 3);
    report.timing.deadline.reset();
    steps.tell(28s, report);
    CHECK(slots().find("\"is_late\":null") != std::string::npos);
    steps.judge(100);
    CHECK(slots().find("\"not_watched\":[\"alpha\",\"beta\"]") != std::string::npos);
}

}  // namespace api_slots_test
