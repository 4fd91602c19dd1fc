#include "fleet/publisher.hpp"

#include <random>

#include <catch2/catch.hpp>

#include "fleet/memory_source.hpp"
#include "tests/fleet/fleet_fixture.hpp"

using namespace std::chrono_literals;

namespace publisher_test {

using fleet::Entry;

class SetUp : public tests::Fleet {
  public:
    explicit SetUp(fleet::MemorySource::Capacity capacity = {})
        : source{loop.get_executor(), broadcast, 0xabc, capacity} {}
    ~SetUp() {
        publishing.reset();
        clock.advance(1s);
    }

    /// A new publisher, as its service makes one after each failure.
    void start(fleet::Window::Limits limits = {}) {
        publishing.reset();
        clock.advance(1s);
        auto made = std::make_unique<tests::TestLink>(loop.get_executor(), broker);
        link = made.get();
        publisher = std::make_unique<fleet::Publisher>(
            clock, "fra.1", source, std::move(made),
            [](std::uint64_t origin) { return "status of " + std::to_string(origin); }, counts,
            limits);
        publishing = std::make_unique<tests::Started>(loop, publisher->run());
        clock.advance(0s);
    }
    void turn() {
        link->turn();
        clock.advance(0s);
    }
    void cycles(int count) {
        for (int i = 0; i < count; ++i) {
            publish(updates::CycleFailed{});
        }
    }
    [[nodiscard]] std::vector<std::uint64_t> stored() const {
        std::vector<std::uint64_t> all;
        for (const fleet::Outgoing& message : broker.stored) {
            all.push_back(message.sequence);
        }
        return all;
    }

    fleet::MemorySource source;
    tests::Broker broker;
    fleet::PublisherCounts counts;
    tests::TestLink* link = nullptr;
    std::unique_ptr<fleet::Publisher> publisher;
    std::unique_ptr<tests::Started> publishing;
};

std::vector<std::uint64_t> numbers(std::uint64_t from, std::uint64_t to) {
    std::vector<std::uint64_t> all;
    for (; from <= to; ++from) {
        all.push_back(from);
    }
    return all;
}

TEST_CASE("what happens is published under its subject, with its id", "[fleet]") {
    SetUp test;
    test.publish(updates::StreamOpened{updates::NodeId{"al.pha"}});
    test.start();
    CHECK(test.counts.is_connected);
    test.cycles(1);
    CHECK(test.counts.waiting == 2);
    test.turn();
    REQUIRE(test.broker.stored.size() == 2);
    CHECK(test.broker.stored[0].subject == "headmon.fra%2E1.stream_opened.al%2Epha");
    CHECK(test.broker.stored[0].id == "fra%2E1:0000000000000abc:1");
    CHECK(test.broker.stored[0].body.find("\"node\":\"al.pha\"") != std::string::npos);
    CHECK(test.broker.stored[1].subject == "headmon.fra%2E1.cycle_failed.-");
    CHECK(test.counts.published == 2);
    CHECK(test.counts.duplicates == 0);
    CHECK(test.counts.waiting == 0);
    CHECK(test.begin(test.source).published.sequence == 2);
}

TEST_CASE("the fleet is told every half minute that an instance is there", "[fleet]") {
    SetUp test;
    test.start();
    REQUIRE(test.broker.statuses.size() == 1);
    CHECK(test.broker.statuses[0].subject == "headmon.fra%2E1.instance_status.-");
    CHECK(test.broker.statuses[0].body == "status of 2748");
    CHECK(test.broker.statuses[0].id.empty());
    test.clock.advance(29s);
    CHECK(test.broker.statuses.size() == 1);
    test.clock.advance(1s);
    CHECK(test.broker.statuses.size() == 2);
}

TEST_CASE("no more than a window is on its way", "[fleet]") {
    SetUp test;
    test.cycles(10);
    test.start({.messages = 4});
    CHECK(test.link->waiting() == 4);
    test.link->turn(2, 2);
    test.clock.advance(0s);
    CHECK(test.link->waiting() == 4);
    CHECK(test.link->sent_at_once() == 4);
    CHECK(test.counts.waiting == 8);
    for (int i = 0; i < 10; ++i) {
        test.turn();
    }
    CHECK(test.stored() == numbers(1, 10));
    CHECK(test.link->sent_at_once() == 4);
}

TEST_CASE("what was not acknowledged is published again, and is there once", "[fleet]") {
    SetUp test;
    test.cycles(6);
    test.start();
    test.link->turn(4, 2);
    test.clock.advance(0s);
    test.link->lose("the connection to the broker is lost");
    test.clock.advance(0s);
    CHECK(test.publishing->is_over());
    CHECK(test.publishing->error() == "the connection to the broker is lost");
    CHECK_FALSE(test.counts.is_connected);
    CHECK(test.counts.failures == 1);
    test.start();
    CHECK(test.link->waiting() == 4);
    test.turn();
    CHECK(test.stored() == numbers(1, 6));
    CHECK(test.counts.published == 6);
    CHECK(test.counts.duplicates == 2);
}

TEST_CASE("what the broker refuses ends the connection with the broker's reason", "[fleet]") {
    SetUp test;
    test.cycles(3);
    test.broker.refuses = [](const fleet::Outgoing& message) {
        return message.sequence == 2 ? "the stream is full" : "";
    };
    test.start();
    test.turn();
    CHECK(test.publishing->error() == "the stream is full");
    CHECK(test.begin(test.source).published.sequence == 1);
    test.broker.refuses = [](const fleet::Outgoing&) { return ""; };
    test.start();
    test.turn();
    CHECK(test.broker.ids.size() == 3);
}

TEST_CASE("a broker that is away, or does not answer, is an error, and nothing is lost",
          "[fleet]") {
    SetUp test;
    test.cycles(2);
    test.broker.away = "no server can be reached";
    test.start();
    CHECK(test.publishing->error() == "no server can be reached");
    CHECK(test.counts.waiting == 2);
    test.broker.away = "";
    test.broker.is_silent = true;
    test.start();
    test.turn();
    test.clock.advance(9s);
    CHECK_FALSE(test.publishing->is_over());
    test.clock.advance(1s);
    CHECK(test.publishing->error() == "the broker does not acknowledge what it is sent");
    CHECK(test.counts.failures == 2);
    test.broker.is_silent = false;
    test.start();
    test.turn();
    CHECK(test.stored() == numbers(1, 2));
    // With nothing on its way there is nothing to be impatient about.
    test.clock.advance(1h);
    CHECK_FALSE(test.publishing->is_over());
}

TEST_CASE("a history that takes the place of another ends the connection", "[fleet]") {
    // As after somebody has moved the file away: entries of another origin.
    class Replaced final : public fleet::Source {
      public:
        explicit Replaced(fleet::Source& source) : source_{source} {}
        base::Task<base::Result<fleet::Start>> begin() override {
            co_return co_await source_.begin();
        }
        base::Task<base::Result<fleet::Entries>> next(std::uint64_t after, Limits limits) override {
            auto entries = co_await source_.next(after, limits);
            entries->origin = after == 0 ? entries->origin : 77;
            co_return entries;
        }
        void acknowledge(fleet::Position published) override { source_.acknowledge(published); }

      private:
        fleet::Source& source_;
    };
    SetUp test;
    Replaced replaced{test.source};
    test.cycles(1);
    auto made = std::make_unique<tests::TestLink>(test.loop.get_executor(), test.broker);
    auto* const link = made.get();
    fleet::Publisher publisher{
        test.clock,  "fra", replaced, std::move(made), [](std::uint64_t) { return "{}"; },
        test.counts, {}};
    const tests::Started publishing{test.loop, publisher.run()};
    test.clock.advance(0s);
    link->turn();
    test.cycles(1);
    link->turn();
    test.clock.advance(0s);
    CHECK(publishing.error() == "another history is in the place of the one before");
    CHECK(test.stored() == numbers(1, 1));
}

TEST_CASE("a stop says what came last", "[fleet]") {
    SetUp test;
    test.start();
    test.publishing->cancel();
    test.cycles(1);
    test.link->turn();
    test.clock.advance(100ms);
    CHECK(test.stored() == numbers(1, 1));
    CHECK_FALSE(test.publishing->is_over());
    test.clock.advance(400ms);
    CHECK(test.publishing->is_over());
    CHECK(test.counts.failures == 0);
}

TEST_CASE("what memory has lost is told in its place", "[fleet]") {
    SetUp test{{.entries = 3}};
    test.cycles(5);
    test.start();
    test.turn();
    REQUIRE(test.stored() == numbers(2, 5));
    CHECK(test.broker.stored[0].subject == "headmon.fra%2E1.gap.-");
    CHECK(test.broker.stored[0].body ==
          "{\"update\":\"gap\",\"at\":\"2026-01-01T00:00:01.000000Z\","
          "\"at_monotonic_seconds\":null,\"from\":null,\"reason\":\"dropped\",\"dropped\":2}");
    CHECK(test.counts.lost == 2);
    CHECK(test.begin(test.source).published.sequence == 5);
}

TEST_CASE("holes are filled wherever they are", "[fleet]") {
    std::uint64_t lost = 0;
    const auto filled = [&](std::uint64_t after, const std::vector<std::uint64_t>& sequences) {
        std::vector<Entry> entries;
        for (const std::uint64_t sequence : sequences) {
            entries.push_back({sequence, "node_head", "alpha", "{}"});
        }
        std::string text;
        for (const Entry& entry : fleet::fill_holes(after, entries, {}, lost)) {
            text += (text.empty() ? "" : " ") + std::string{entry.kind == "gap" ? "-" : ""} +
                    std::to_string(entry.sequence);
        }
        return text;
    };
    CHECK(filled(0, {1, 2}) == "1 2");
    CHECK(lost == 0);
    CHECK(filled(3, {4, 6, 9}) == "4 -5 6 -8 9");
    CHECK(lost == 3);
    CHECK(filled(0, {7}) == "-6 7");
    CHECK(lost == 9);
    CHECK(filled(0, {}).empty());
}

TEST_CASE("through storms everything arrives, once and in order", "[fleet]") {
    for (std::uint32_t seed = 1; seed <= 50; ++seed) {
        INFO("seed " << seed);
        std::mt19937 random{seed};
        const auto chance = [&](std::uint32_t of) { return random() % of == 0; };
        SetUp test;
        test.start({.messages = 1 + random() % 20});
        for (int step = 0; step < 400; ++step) {
            if (chance(2)) {
                test.cycles(1);
            }
            if (!test.publishing->is_over() && chance(2)) {
                const std::size_t count = random() % 8;
                test.link->turn(count, chance(4) ? random() % (count + 1) : count);
                test.clock.advance(0s);
            }
            if (!test.publishing->is_over() && chance(40)) {
                test.link->lose("lost");
                test.clock.advance(0s);
            }
            if (chance(60)) {
                test.broker.away = test.broker.away.empty() ? "away" : "";
            }
            if (test.publishing->is_over() && chance(3)) {
                test.start({.messages = 1 + random() % 20});
            }
        }
        test.broker.away = "";
        test.start();
        test.turn();
        const std::uint64_t newest = test.begin(test.source).newest;
        REQUIRE(test.stored() == numbers(1, newest));
        REQUIRE(test.begin(test.source).published.sequence == newest);
    }
}

}  // namespace publisher_test
