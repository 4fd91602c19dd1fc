#include "updates/broadcast.hpp"

#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/monitor/heads.hpp"
#include "tests/support/loop.hpp"

namespace broadcast_test {

using updates::Broadcast;
using updates::CycleFailed;
using updates::Lagged;
using updates::Message;
using updates::Snapshot;
using updates::Update;
using UpdatePtr = std::shared_ptr<const Update>;

namespace {

/// An update that tells itself apart by `n`.
Update numbered(std::uint32_t n) {
    return Update{CycleFailed{n, 5}, {}};
}

std::uint32_t number_of(const Message& message) {
    return std::get<CycleFailed>(std::get<UpdatePtr>(message)->fact).consecutive;
}

/// What a listener or queue got: numbers of updates, -1 for a Snapshot, -1000-n for Lagged{n}.
int word(const Message& message) {
    if (const auto* lagged = std::get_if<Lagged>(&message)) {
        return -1000 - static_cast<int>(lagged->count);
    }
    return std::holds_alternative<Snapshot>(message) ? -1 : static_cast<int>(number_of(message));
}

using Words = std::vector<int>;

struct Fixture {
    boost::asio::io_context loop;
    Broadcast broadcast{loop.get_executor()};

    std::optional<Message> next(Broadcast::Queue& queue) {
        std::optional<Message> got;
        auto read = [&]() -> base::Task<void> { got = co_await queue.next(); };
        tests::run(loop, read());
        return got;
    }
    Words read(Broadcast::Queue& queue, std::size_t count) {
        Words words;
        for (std::size_t i = 0; i < count; ++i) {
            words.push_back(word(*next(queue)));
        }
        return words;
    }
};

}  // namespace

TEST_CASE("listeners are called in order, each with a snapshot first", "[monitor]") {
    Fixture f;
    Words heard;
    f.broadcast.publish(numbered(1));
    const auto first = f.broadcast.listen([&](const Message& m) { heard.push_back(word(m)); });
    const auto second =
        f.broadcast.listen([&](const Message& m) { heard.push_back(100 + word(m)); });
    f.broadcast.publish(numbered(2));
    f.broadcast.publish(numbered(3));
    CHECK(heard == Words{-1, 99, 2, 102, 3, 103});
}

TEST_CASE("what a listener publishes is delivered after the update it is told", "[monitor]") {
    Fixture f;
    Words heard;
    const auto first = f.broadcast.listen([&](const Message& m) {
        if (word(m) == 1) {
            f.broadcast.publish(numbered(2));
            f.broadcast.publish(numbered(3));
        }
    });
    const auto second = f.broadcast.listen([&](const Message& m) { heard.push_back(word(m)); });
    f.broadcast.publish(numbered(1));
    CHECK(heard == Words{-1, 1, 2, 3});
}

TEST_CASE("what a listener publishes on its snapshot reaches it behind the snapshot", "[monitor]") {
    Fixture f;
    Words heard;
    const auto first = f.broadcast.listen([&](const Message& m) {
        heard.push_back(word(m));
        if (word(m) == -1) {
            f.broadcast.publish(numbered(5));
            heard.push_back(0);
        }
    });
    CHECK(heard == Words{-1, 0, 5});
}

TEST_CASE("a listener that subscribes another inside a call gives it no update twice",
          "[monitor]") {
    Fixture f;
    Words heard;
    std::unique_ptr<Broadcast::Subscription> late;
    std::unique_ptr<Broadcast::Queue> queue;
    const auto first = f.broadcast.listen([&](const Message& m) {
        if (word(m) == 1) {
            queue = f.broadcast.subscribe(4);
            late = f.broadcast.listen([&](const Message& inner) {
                if (const auto* snapshot = std::get_if<Snapshot>(&inner)) {
                    CHECK(snapshot->failed_cycles == 1);
                }
                heard.push_back(word(inner));
            });
        }
    });
    f.broadcast.publish(numbered(1));
    f.broadcast.publish(numbered(2));
    CHECK(heard == Words{-1, 2});
    CHECK(f.read(*queue, 2) == Words{-1, 2});
}

TEST_CASE("a listener may end its own subscription and others inside a call", "[monitor]") {
    Fixture f;
    Words heard;
    std::unique_ptr<Broadcast::Subscription> own;
    std::unique_ptr<Broadcast::Subscription> other;
    own = f.broadcast.listen([&, keep = std::string(100, 'x')](const Message& m) {
        if (word(m) == 1) {
            other.reset();
            own.reset();
            heard.push_back(static_cast<int>(keep.size()));
        }
    });
    other = f.broadcast.listen([&](const Message& m) { heard.push_back(word(m)); });
    f.broadcast.publish(numbered(1));
    f.broadcast.publish(numbered(2));
    CHECK(heard == Words{-1, 100});
}

TEST_CASE("a queue gives a snapshot and then every update in order", "[monitor]") {
    Fixture f;
    f.broadcast.publish(numbered(1));
    const auto queue = f.broadcast.subscribe(2);
    f.broadcast.publish(numbered(2));
    f.broadcast.publish(numbered(3));
    CHECK(f.read(*queue, 3) == Words{-1, 2, 3});
    f.broadcast.publish(numbered(4));
    CHECK(f.read(*queue, 1) == Words{4});
    CHECK(queue->dropped() == 0);
}

TEST_CASE("the load is that of the fullest queue, and what was ever dropped", "[monitor]") {
    Fixture f;
    const auto fast = f.broadcast.subscribe(9);
    auto slow = f.broadcast.subscribe(3);
    CHECK(f.broadcast.load().deepest == 0);
    for (std::uint32_t i = 1; i <= 5; ++i) {
        f.broadcast.publish(numbered(i));
    }
    CHECK(f.read(*fast, 4) == Words{-1, 1, 2, 3});
    CHECK(f.broadcast.load().deepest == 3);
    CHECK(f.broadcast.load().dropped == 2);
    slow.reset();
    CHECK(f.broadcast.load().deepest == 2);
    f.broadcast.publish(numbered(6));
    CHECK(f.broadcast.load().deepest == 3);
    CHECK(f.broadcast.load().dropped == 2);
}

TEST_CASE("a slow queue loses its oldest updates and reads Lagged and a snapshot in their place",
          "[monitor]") {
    Fixture f;
    const auto queue = f.broadcast.subscribe(2);
    CHECK(f.read(*queue, 1) == Words{-1});
    for (std::uint32_t i = 1; i <= 7; ++i) {
        f.broadcast.publish(numbered(i));
    }
    CHECK(queue->dropped() == 5);
    CHECK(f.read(*queue, 1) == Words{-1005});
    const auto snapshot = f.next(*queue);
    REQUIRE(std::holds_alternative<Snapshot>(*snapshot));
    CHECK(std::get<Snapshot>(*snapshot).failed_cycles == 5);
    CHECK(f.read(*queue, 2) == Words{6, 7});
}

TEST_CASE("a queue is bounded by the memory of what waits in it, texts and lists included",
          "[monitor]") {
    const Update small = numbered(1);
    Update large{updates::RunEnded{updates::RunEndReason::kClosed, std::string(5000, 'x')}, {}};
    CHECK(bytes_of(large) >= bytes_of(small) + 5000);
    Update nodes{updates::RunStarted{std::vector(1000, updates::NodeId{"a"})}, {}};
    CHECK(bytes_of(nodes) >= bytes_of(small) + 1000 * sizeof(updates::NodeId));
    updates::HeadSplit split;
    split.branches.resize(2);
    split.branches.back().nodes = std::vector(1000, updates::NodeId{"a"});
    CHECK(bytes_of(Update{split, {}}) >= bytes_of(small) + 1000 * sizeof(updates::NodeId));
    updates::NodeStatus status{updates::NodeId{"a"}};
    status.unanswered.push_back({updates::RestQuestion::kSpec, std::string(5000, 'x'), 1});
    CHECK(bytes_of(Update{status, {}}) >= bytes_of(small) + 5000);

    Fixture f;
    const auto queue = f.broadcast.subscribe(100, 3 * bytes_of(small));
    for (std::uint32_t i = 1; i <= 4; ++i) {
        f.broadcast.publish(numbered(i));
    }
    CHECK(f.read(*queue, 6) == Words{-1, -1001, -1, 2, 3, 4});
    f.broadcast.publish(numbered(5));
    f.broadcast.publish(numbered(6));
    // More than all the room: it is told all the same, alone.
    f.broadcast.publish(large);
    CHECK(f.read(*queue, 2) == Words{-1002, -1});
    CHECK(std::get<UpdatePtr>(*f.next(*queue))->fact == large.fact);
    CHECK(f.broadcast.load().dropped == 3);
    f.broadcast.publish(numbered(7));
    CHECK(f.read(*queue, 1) == Words{7});
}

TEST_CASE("a queue that lags before it was read begins with a snapshot all the same", "[monitor]") {
    Fixture f;
    const auto queue = f.broadcast.subscribe(1);
    f.broadcast.publish(numbered(1));
    f.broadcast.publish(numbered(2));
    f.broadcast.publish(numbered(3));
    CHECK(f.read(*queue, 4) == Words{-1, -1002, -1, 3});
}

TEST_CASE("a waiting reader is woken by the next update", "[monitor]") {
    Fixture f;
    const auto queue = f.broadcast.subscribe(1);
    CHECK(f.read(*queue, 1) == Words{-1});
    std::optional<Message> got;
    auto read = [&]() -> base::Task<void> { got = co_await queue->next(); };
    boost::asio::co_spawn(f.loop, read(), [](const std::exception_ptr&) {});
    f.loop.poll();
    CHECK_FALSE(got.has_value());
    f.broadcast.publish(numbered(8));
    f.loop.restart();
    f.loop.poll();
    REQUIRE(got.has_value());
    CHECK(word(*got) == 8);
}

TEST_CASE("a closed broadcast ends a queue once it is empty", "[monitor]") {
    Fixture f;
    const auto queue = f.broadcast.subscribe(4);
    const auto waiting = f.broadcast.subscribe(4);
    int ended = 0;
    auto read = [&]() -> base::Task<void> {
        while (co_await waiting->next()) {
        }
        ++ended;
    };
    auto wait = [&]() -> base::Task<void> {
        co_await f.broadcast.wait_closed();
        ++ended;
    };
    const auto ignore = [](const std::exception_ptr&) {};
    boost::asio::co_spawn(f.loop, read(), ignore);
    boost::asio::co_spawn(f.loop, wait(), ignore);
    boost::asio::co_spawn(f.loop, wait(), ignore);
    f.loop.poll();
    CHECK(ended == 0);
    f.broadcast.publish(numbered(1));
    f.broadcast.before_close([&] { f.broadcast.publish(numbered(2)); });
    f.broadcast.close();
    f.broadcast.close();
    CHECK(f.broadcast.closed());
    CHECK(f.read(*queue, 3) == Words{-1, 1, 2});
    CHECK_FALSE(f.next(*queue).has_value());
    tests::run_until(f.loop, [&] { return ended == 3; });
    const auto late = f.broadcast.subscribe(1);
    CHECK(f.read(*late, 1) == Words{-1});
    CHECK_FALSE(f.next(*late).has_value());
}

namespace {

updates::Fact random_fact(std::mt19937& random, const std::vector<updates::NodeId>& ids,
                          base::Instant at) {
    const auto& id = ids[random() % 2];
    const auto n = static_cast<std::uint8_t>(random() % 9);
    const std::vector<updates::Fact> facts{
        updates::RunStarted{random() % 2 == 0 ? ids : std::vector{id}},
        updates::StreamOpened{id, false},
        updates::StreamEnded{id, updates::StreamEndReason::kReset, "", n},
        updates::NodeHead{id, tests::head(n, n), true, true, {}, {}},
        updates::BestHead{id, tests::head(n, n)},
        updates::NodeStatus{id, updates::StreamState::kWaiting, "v", at, at, n},
        CycleFailed{n, 5},
        updates::RunEnded{}};
    return facts[random() % facts.size()];
}

}  // namespace

TEST_CASE("a slow subscriber that folds what it reads ends up with the broadcast's snapshot",
          "[monitor]") {
    const std::vector<updates::NodeId> ids{updates::NodeId{"a"}, updates::NodeId{"b"}};
    for (unsigned seed = 1; seed <= 200; ++seed) {
        INFO("seed " << seed);
        std::mt19937 random{seed};
        const auto draw = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
        Fixture f;
        const auto queue = f.broadcast.subscribe(1 + draw(6));
        Snapshot folded;
        std::uint64_t lagged = 0;
        std::uint64_t read = 0;
        std::uint64_t published = 0;
        bool lag_told = false;
        const auto read_one = [&] {
            const auto message = f.next(*queue);
            REQUIRE(message.has_value());
            if (const auto* snapshot = std::get_if<Snapshot>(&*message)) {
                folded = *snapshot;
                lag_told = false;
            } else if (const auto* lag = std::get_if<Lagged>(&*message)) {
                lagged += lag->count;
                lag_told = true;
            } else {
                CHECK_FALSE(lag_told);
                folded.apply(*std::get<UpdatePtr>(*message));
                ++read;
            }
        };
        const auto publish_one = [&] {
            const base::Instant at{base::MonoTime{std::chrono::seconds{published}}, {}};
            f.broadcast.publish(Update{random_fact(random, ids, at), at});
            ++published;
        };
        for (int i = 0; i < 60; ++i) {
            publish_one();
            if (draw(4) == 0) {
                read_one();
            }
        }
        // A last update behind which nothing can wait.
        f.broadcast.publish(numbered(1000));
        ++published;
        while (folded.failed_cycles != 1000 || lag_told) {
            read_one();
        }
        CHECK((folded == f.broadcast.snapshot()));
        CHECK(lagged == queue->dropped());
        CHECK(read + lagged == published);
    }
}

}  // namespace broadcast_test
