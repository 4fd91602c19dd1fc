#include "fleet/sequencer.hpp"

#include <algorithm>
#include <numeric>
#include <random>

#include <catch2/catch.hpp>

#include "tests/fleet/reading_fixture.hpp"

namespace sequencer_test {
namespace {

using namespace std::chrono_literals;
using fleet::Sequencer;

fleet::Received message(std::uint64_t sequence, base::Duration after = {},
                        std::uint64_t origin = 1) {
    fleet::Received made;
    made.subject.instance = "fra";
    made.id = fleet::MessageId{"fra", origin, sequence};
    made.stored_at = tests::kNoon + std::chrono::duration_cast<base::WallTime::duration>(after);
    return made;
}

std::vector<std::uint64_t> sequences(const Sequencer::Output& output) {
    std::vector<std::uint64_t> made;
    for (const auto& each : output.messages) {
        made.push_back(each.id->sequence);
    }
    return made;
}

using Sequences = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE(
    "whatever the order in which messages come, and however often, they go on once and in order",
    "[fleet]") {
    std::mt19937_64 random{20261130};
    for (int round = 0; round < 200; ++round) {
        // Each at most 40 places away from its own, and a third of them twice.
        std::vector<std::pair<std::uint64_t, std::uint64_t>> places;
        for (std::uint64_t sequence = 1; sequence <= 300; ++sequence) {
            places.emplace_back(sequence + (sequence == 1 ? 0 : random() % 40), sequence);
            if (random() % 3 == 0) {
                places.emplace_back(sequence + random() % 200, sequence);
            }
        }
        std::sort(places.begin(), places.end());
        Sequencer sequencer;
        Sequencer::Output output;
        for (const auto& [place, sequence] : places) {
            sequencer.add(message(sequence, place * 10ms), output);
        }
        sequencer.finish(tests::kNoon + 10s, output);
        Sequences wanted(300);
        std::iota(wanted.begin(), wanted.end(), 1);
        REQUIRE(sequences(output) == wanted);
        REQUIRE(output.losses.empty());
        REQUIRE(sequencer.repeats() == places.size() - 300);
        REQUIRE(sequencer.held() == 0);
    }
}

TEST_CASE("a message that is missing is waited for, and is lost after the patience", "[fleet]") {
    Sequencer sequencer;
    Sequencer::Output output;
    sequencer.add(message(1), output);
    sequencer.add(message(4, 1s), output);
    sequencer.pass(tests::kNoon + 120s, output);
    CHECK(sequences(output) == Sequences{1});
    sequencer.pass(tests::kNoon + 121s, output);
    CHECK(sequences(output) == Sequences{1, 4});
    REQUIRE(output.losses.size() == 1);
    CHECK(output.losses[0].first == 2);
    CHECK(output.losses[0].count == 2);

    // It came after all: handed on, and no loss any more.
    sequencer.add(message(3, 200s), output);
    sequencer.add(message(3, 201s), output);
    CHECK(sequences(output) == Sequences{1, 4, 3});
    REQUIRE(output.found.size() == 1);
    CHECK(output.found[0].sequence == 3);
    CHECK(sequencer.repeats() == 1);
}

TEST_CASE("the wait for a second hole begins when the first is closed", "[fleet]") {
    Sequencer sequencer;
    Sequencer::Output output;
    sequencer.add(message(1), output);
    sequencer.add(message(3, 1s), output);
    sequencer.add(message(5, 100s), output);
    sequencer.pass(tests::kNoon + 130s, output);
    CHECK(sequences(output) == Sequences{1, 3});
    sequencer.pass(tests::kNoon + 221s, output);
    CHECK(sequences(output) == Sequences{1, 3, 5});
}

TEST_CASE("an origin that is met in its middle begins with the least of its first seconds",
          "[fleet]") {
    Sequencer sequencer;
    Sequencer::Output output;
    sequencer.add(message(105), output);
    sequencer.add(message(103, 100ms), output);
    sequencer.add(message(104, 200ms), output);
    CHECK(output.messages.empty());
    sequencer.add(message(106, 3s), output);
    CHECK(sequences(output) == Sequences{103, 104, 105, 106});
    CHECK(output.losses.empty());
    // From before the beginning: whoever reads from a moment on does not know it.
    sequencer.add(message(90, 4s), output);
    CHECK(sequencer.repeats() == 1);
}

TEST_CASE("behind the state of a stream the next message is known", "[fleet]") {
    Sequencer sequencer;
    Sequencer::Output output;
    sequencer.follow(fleet::MessageId{"fra", 1, 40});
    sequencer.follow(fleet::MessageId{"fra", 1, 38});
    sequencer.add(message(41), output);
    CHECK(sequences(output) == Sequences{41});
}

TEST_CASE("origins wait for themselves alone, and what has no sequence for nobody", "[fleet]") {
    Sequencer sequencer;
    Sequencer::Output output;
    sequencer.add(message(1), output);
    sequencer.add(message(3), output);
    sequencer.add(message(1, 0s, 2), output);
    fleet::Received status;
    sequencer.add(status, output);
    CHECK(output.messages.size() == 3);
    CHECK(sequencer.held() == 1);
}

TEST_CASE("what is held back is bounded in number and in bytes", "[fleet]") {
    Sequencer::Limits limits;
    limits.held_max = 10;
    Sequencer sequencer{limits};
    Sequencer::Output output;
    sequencer.add(message(1), output);
    for (std::uint64_t sequence = 3; sequence <= 13; ++sequence) {
        sequencer.add(message(sequence), output);
        CHECK(sequencer.held() <= 10);
    }
    CHECK(output.messages.size() == 12);
    REQUIRE(output.losses.size() == 1);

    limits.held_max = 1000;
    limits.held_bytes_max = 500;
    Sequencer small{limits};
    output = {};
    small.add(message(1), output);
    for (std::uint64_t sequence = 3; sequence <= 9; ++sequence) {
        auto large = message(sequence);
        large.body.assign(100, 'x');
        small.add(std::move(large), output);
    }
    CHECK(output.losses.size() == 1);
}

TEST_CASE("what is missing at the end of the reading is lost only after the patience", "[fleet]") {
    Sequencer sequencer;
    Sequencer::Output output;
    sequencer.add(message(1), output);
    sequencer.add(message(3, 1s), output);
    sequencer.finish(tests::kNoon + 20s, output);
    CHECK(sequences(output) == Sequences{1, 3});
    CHECK(output.losses.empty());
}

}  // namespace sequencer_test
