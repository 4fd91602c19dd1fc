#include <catch2/catch.hpp>

#include "tests/app/service_tree_fixture.hpp"

using namespace tests;

TEST_CASE("a monitor that gives up is told behind its run and is back at the next tick", "[cli]") {
    Tree tree;
    tree.start();
    tree.all_fail(5);
    REQUIRE(tree.recorder.all().size() >= 2);
    CHECK(std::holds_alternative<updates::RunEnded>(tree.recorder.all().end()[-2].fact));
    const updates::ServiceEnded expected{"monitor",
                                         updates::ServiceEndReason::kFailed,
                                         "gave up: no stream opened in 5 retry cycles in a row",
                                         12s,
                                         false,
                                         1};
    CHECK((tree.recorder.all().back().fact == updates::Fact{expected}));
    tree.clock.advance(12s - 1ms);
    CHECK(tree.published<updates::RunStarted>().size() == 1);
    tree.clock.advance(1ms);
    CHECK(tree.published<updates::RunStarted>().size() == 2);
}

TEST_CASE("a change of the list restarts the monitor after 100 ms and counts as no failure",
          "[cli]") {
    Tree tree{{{"monitor", {0, {}, {}, {}}}}};
    tree.start();
    for (int i = 0; i < 20; ++i) {
        REQUIRE(
            tree.candidates.replace({tests::candidate(i % 2 == 0 ? "gamma" : "alpha")}).value());
        tree.clock.advance(99ms);
        CHECK(tree.nodes.live() == 0);
        tree.clock.advance(1ms);
        CHECK(tree.nodes.live() == 1);
    }
    const auto ends = tree.published<updates::ServiceEnded>();
    REQUIRE(ends.size() == 20);
    const updates::ServiceEnded expected{
        "monitor", updates::ServiceEndReason::kCompleted, "", 100ms, false, 0};
    CHECK((ends.back() == expected));
    CHECK_FALSE(tree.exit.has_value());
}

TEST_CASE("a new list ends the wait after a failed run, not within 100 ms", "[cli]") {
    Tree tree;
    tree.start();
    tree.all_fail(5);
    tree.clock.advance(10ms);
    REQUIRE(tree.candidates.replace({tests::candidate("gamma")}).value());
    tree.clock.advance(89ms);
    CHECK(tree.nodes.live() == 0);
    tree.clock.advance(1ms);
    CHECK(tree.nodes.live() == 1);
}

TEST_CASE("the monitor is restarted for ever unless the config gives it a budget", "[cli]") {
    SECTION("for ever") {
        Tree tree;
        tree.start();
        tree.all_fail(600);
        CHECK(tree.published<updates::ServiceEnded>().size() == 100);
        CHECK_FALSE(tree.exit.has_value());
    }
    SECTION("a spent budget ends the program with its name and reason") {
        Tree tree{{{"monitor", {2, 3600s, {}, {}}}}};
        tree.start();
        tree.all_fail(18);
        REQUIRE(tree.exit.has_value());
        CHECK(tree.exit->exit_code == 1);
        CHECK(tree.exit->line ==
              "ended by monitor: failed: gave up: no stream opened in 5 retry cycles in a row "
              "(budget spent)");
        const auto last = tree.published<updates::ServiceEnded>().back();
        CHECK(last.fatal);
        CHECK_FALSE(last.restart_after.has_value());
    }
    SECTION("or leaves it stopped") {
        Tree tree{{{"monitor", {2, 3600s, {}, OnBudgetExhausted::kStop}}}};
        tree.start();
        tree.all_fail(60);
        CHECK_FALSE(tree.exit.has_value());
        CHECK(tree.published<updates::ServiceEnded>().size() == 3);
        CHECK(tree.nodes.live() == 0);
    }
    SECTION("a good run fills it again") {
        // A run that gives up takes six slots.
        Tree tree{{{"monitor", {2, 3600s, 60s, {}}}}};
        tree.start();
        tree.all_fail(60);
        CHECK_FALSE(tree.exit.has_value());
    }
}

TEST_CASE("restarts are told in their place under load, and no subscriber is cut off", "[cli]") {
    Tree tree;
    // Slower than the updates come, yet it loses nothing.
    const auto queue = tree.broadcast.subscribe(100'000);
    std::vector<std::string> read;
    auto reading = [&]() -> base::Task<void> {
        while (const auto message = co_await queue->next()) {
            if (const auto* update =
                    std::get_if<std::shared_ptr<const updates::Update>>(&*message)) {
                read.push_back(updates::to_json(**update));
            }
            co_await tree.clock.sleep_until(tree.clock.now() + 1ms);
        }
    };
    boost::asio::co_spawn(tree.loop, reading(), [](const std::exception_ptr&) {});
    tree.start();
    live(tree);
    // Time to read what the last tick told.
    tree.clock.advance(1s);
    CHECK(tree.published<updates::ServiceEnded>().size() >= 6);
    // Each run is closed by its end, and that by the end of its service: nothing in between.
    bool is_on = false;
    bool is_reported = true;
    for (const updates::Update& update : tree.recorder.all()) {
        if (std::holds_alternative<updates::RunStarted>(update.fact)) {
            REQUIRE(is_reported);
            REQUIRE_FALSE(is_on);
            is_on = true;
            is_reported = false;
        } else if (std::holds_alternative<updates::RunEnded>(update.fact)) {
            REQUIRE(is_on);
            is_on = false;
        } else if (std::holds_alternative<updates::ServiceEnded>(update.fact)) {
            REQUIRE_FALSE(is_on);
            REQUIRE_FALSE(is_reported);
            is_reported = true;
        } else {
            REQUIRE(is_on);
        }
    }
    CHECK((read == without("", tree.recorder.all())));
    CHECK(queue->dropped() == 0);
    // Lets the reader end while its queue is there.
    tree.broadcast.close();
    tree.clock.advance(1s);
}

TEST_CASE("a service that crashes disturbs no other", "[cli]") {
    std::vector<updates::Update> undisturbed;
    {
        Tree tree;
        tree.start();
        live(tree);
        undisturbed = tree.recorder.all();
    }
    Tree* whole = nullptr;
    int crashes = 0;
    const auto crash_after_updates = [&]() -> base::Task<void> {
        const auto queue = whole->broadcast.subscribe(10);
        for (int i = 0; i < 30; ++i) {
            (void)co_await queue->next();
        }
        ++crashes;
        throw std::runtime_error{"thirty are enough"};
    };
    std::vector<supervisor::Child> others;
    others.push_back(supervisor::make_child("reader", crash_after_updates));
    Tree tree{{}, std::move(others)};
    whole = &tree;
    tree.start();
    live(tree);
    CHECK(crashes >= 10);
    CHECK((without("reader", tree.recorder.all()) == without("reader", undisturbed)));
}
