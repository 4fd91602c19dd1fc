#include "supervisor/shutdown.hpp"

#include <csignal>

#include <catch2/catch.hpp>

namespace shutdown_test {

using namespace std::chrono_literals;
using supervisor::Shutdown;
using Phase = supervisor::Shutdown::Phase;

namespace {

const base::MonoTime kStart{1h};

Shutdown with_defaults() {
    return Shutdown{supervisor::ShutdownLimits{}};
}

}  // namespace

TEST_CASE("nothing ends a program that nobody ends", "[supervisor]") {
    Shutdown shutdown = with_defaults();
    shutdown.passed(kStart + 24h);
    CHECK((shutdown.phase() == Phase::kRunning));
    CHECK_FALSE(shutdown.deadline().has_value());
}

TEST_CASE("a signal starts a drain of ten seconds and a clean end within it is code 0",
          "[supervisor]") {
    for (const int signal : {SIGTERM, SIGINT}) {
        Shutdown shutdown = with_defaults();
        shutdown.signalled(signal, kStart);
        CHECK((shutdown.phase() == Phase::kDraining));
        CHECK((shutdown.deadline() == kStart + 10s));
        shutdown.passed(kStart + 10s - 1ns);
        CHECK((shutdown.phase() == Phase::kDraining));
        shutdown.ended();
        CHECK((shutdown.phase() == Phase::kOver));
        const auto program_exit = shutdown.program_exit({});
        CHECK(program_exit.exit_code == 0);
        CHECK(program_exit.line == "stopped by " + supervisor::signal_name(signal));
        CHECK_FALSE(program_exit.abandoned);
    }
}

TEST_CASE("at the end of the drain it is over and what still runs is named", "[supervisor]") {
    Shutdown shutdown = with_defaults();
    shutdown.signalled(SIGTERM, kStart);
    shutdown.passed(kStart + 10s);
    CHECK((shutdown.phase() == Phase::kOver));
    const auto program_exit = shutdown.program_exit({"monitor", "web/api"});
    CHECK(program_exit.exit_code == 1);
    CHECK(program_exit.abandoned);
    CHECK(program_exit.line == "stopped by SIGTERM; abandoned after 10s: monitor web/api");
}

TEST_CASE("a second signal ends at once", "[supervisor]") {
    Shutdown shutdown = with_defaults();
    shutdown.signalled(SIGTERM, kStart);
    shutdown.signalled(SIGINT, kStart + 1s);
    CHECK((shutdown.phase() == Phase::kOver));
    const auto program_exit = shutdown.program_exit({"monitor"});
    CHECK(program_exit.exit_code == 1);
    CHECK(program_exit.line ==
          "stopped by SIGTERM, at once by a second signal, SIGINT; abandoned: monitor");
}

TEST_CASE("a fatal end starts a drain of three seconds and is code 1", "[supervisor]") {
    Shutdown shutdown = with_defaults();
    shutdown.fatal("monitor", "failed: no memory", kStart);
    CHECK((shutdown.phase() == Phase::kDraining));
    CHECK((shutdown.deadline() == kStart + 3s));
    shutdown.ended();
    CHECK(shutdown.program_exit({}).exit_code == 1);
    CHECK(shutdown.program_exit({}).line == "ended by monitor: failed: no memory");
}

TEST_CASE("a fatal end in mid-drain brings its end closer and makes it code 1", "[supervisor]") {
    Shutdown shutdown = with_defaults();
    shutdown.signalled(SIGTERM, kStart);
    shutdown.fatal("history", "failed: disk full", kStart + 2s);
    CHECK((shutdown.deadline() == kStart + 5s));
    shutdown.ended();
    CHECK(shutdown.program_exit({}).exit_code == 1);
    CHECK(shutdown.program_exit({}).line ==
          "stopped by SIGTERM, meanwhile history ended: failed: disk full");
}

TEST_CASE("a fatal end late in the drain does not make it longer", "[supervisor]") {
    Shutdown shutdown = with_defaults();
    shutdown.signalled(SIGTERM, kStart);
    shutdown.fatal("history", "failed: disk full", kStart + 9s);
    CHECK((shutdown.deadline() == kStart + 10s));
}

TEST_CASE("a signal after a fatal end does not make its drain longer and a second one ends it",
          "[supervisor]") {
    Shutdown shutdown = with_defaults();
    shutdown.fatal("monitor", "completed", kStart);
    shutdown.signalled(SIGTERM, kStart + 1s);
    CHECK((shutdown.phase() == Phase::kDraining));
    CHECK((shutdown.deadline() == kStart + 3s));
    CHECK(shutdown.cause() == "ended by monitor: completed, then told to stop by SIGTERM");
    shutdown.signalled(SIGTERM, kStart + 1s);
    CHECK((shutdown.phase() == Phase::kOver));
    CHECK(shutdown.program_exit({}).exit_code == 1);
}

TEST_CASE("the first fatal end is the one that counts", "[supervisor]") {
    Shutdown shutdown = with_defaults();
    shutdown.fatal("monitor", "completed", kStart);
    shutdown.fatal("history", "failed", kStart + 1s);
    CHECK(shutdown.cause() == "ended by monitor: completed");
    CHECK((shutdown.deadline() == kStart + 3s));
}

TEST_CASE("the program's own wish to stop drains like a signal and is code 0", "[supervisor]") {
    Shutdown shutdown = with_defaults();
    shutdown.asked("30s are over", kStart);
    CHECK((shutdown.deadline() == kStart + 10s));
    shutdown.asked("again", kStart + 5s);
    CHECK((shutdown.deadline() == kStart + 10s));
    shutdown.ended();
    CHECK(shutdown.program_exit({}).exit_code == 0);
    CHECK(shutdown.program_exit({}).line == "stopped: 30s are over");
}

TEST_CASE("one signal on top of the program's own wish does not end the drain", "[supervisor]") {
    Shutdown shutdown = with_defaults();
    shutdown.asked("30s are over", kStart);
    shutdown.signalled(SIGINT, kStart + 5s);
    CHECK((shutdown.phase() == Phase::kDraining));
    CHECK((shutdown.deadline() == kStart + 10s));
}

TEST_CASE("a tree that ends by itself is no clean end", "[supervisor]") {
    Shutdown shutdown = with_defaults();
    shutdown.ended();
    CHECK((shutdown.phase() == Phase::kOver));
    CHECK(shutdown.program_exit({}).exit_code == 1);
    CHECK(shutdown.program_exit({}).line == "ended by itself");
}

TEST_CASE("nothing that comes after the end changes the program_exit", "[supervisor]") {
    Shutdown shutdown = with_defaults();
    shutdown.signalled(SIGTERM, kStart);
    shutdown.ended();
    shutdown.signalled(SIGTERM, kStart + 1s);
    shutdown.fatal("monitor", "failed", kStart + 1s);
    shutdown.passed(kStart + 20s);
    CHECK(shutdown.program_exit({}).exit_code == 0);
    CHECK(shutdown.program_exit({}).line == "stopped by SIGTERM");
}

}  // namespace shutdown_test
