// Over real processes: that signals end the program in time, whatever its loop does.

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

extern char** environ;  // NOLINT(readability-redundant-declaration)

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

namespace {

/// The child process, killed when a test leaves it running.
class Victim {
  public:
    explicit Victim(const char* mode) {
        std::array<int, 2> out{};
        std::array<int, 2> err{};
        REQUIRE(pipe2(out.data(), O_CLOEXEC) == 0);
        REQUIRE(pipe2(err.data(), O_CLOEXEC) == 0);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
        posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
        std::string program = HEADMON_VICTIM;
        std::string argument = mode;
        std::array<char*, 3> argv{program.data(), argument.data(), nullptr};
        const int spawned =
            posix_spawn(&pid_, program.c_str(), &actions, nullptr, argv.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        close(out[1]);
        close(err[1]);
        out_ = out[0];
        err_ = err[0];
        REQUIRE(spawned == 0);
        REQUIRE(read_until_end_or(out_, "ready\n") == "ready\n");
    }
    Victim(const Victim&) = delete;
    Victim& operator=(const Victim&) = delete;
    ~Victim() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            waitpid(pid_, nullptr, 0);
        }
        close(out_);
        close(err_);
    }

    void send(int signal) const { REQUIRE(::kill(pid_, signal) == 0); }

    /// The last words and the exit code, -1 when a signal killed it. Waits for the process's end,
    /// which closes its pipe.
    int end(std::string& last_words) {
        last_words = read_until_end_or(err_, {});
        int status = 0;
        REQUIRE(waitpid(pid_, &status, 0) == pid_);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

  private:
    static std::string read_until_end_or(int pipe, const std::string& wanted) {
        std::string text;
        const auto deadline = SteadyClock::now() + 20s;
        while (wanted.empty() || text != wanted) {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                deadline - SteadyClock::now());
            pollfd waiting{pipe, POLLIN, 0};
            if (left <= 0ms || poll(&waiting, 1, static_cast<int>(left.count())) <= 0) {
                throw std::runtime_error{"the process did not end, and said: " + text};
            }
            std::array<char, 512> buffer{};
            const ssize_t length = read(pipe, buffer.data(), buffer.size());
            if (length <= 0) {
                break;
            }
            text.append(buffer.data(), static_cast<std::size_t>(length));
        }
        return text;
    }

    pid_t pid_ = -1;
    int out_ = -1;
    int err_ = -1;
};

struct Ended {
    int code;
    std::string last_words;
    SteadyClock::duration took;
};

Ended stopped(Victim& victim, std::initializer_list<int> signals) {
    Ended ended{};
    const auto begin = SteadyClock::now();
    for (const int signal : signals) {
        victim.send(signal);
    }
    ended.code = victim.end(ended.last_words);
    ended.took = SteadyClock::now() - begin;
    return ended;
}

}  // namespace

TEST_CASE("a process ends cleanly on SIGTERM and on SIGINT and says so", "[supervisor]") {
    Victim first{"quiet"};
    const auto terminated = stopped(first, {SIGTERM});
    CHECK(terminated.code == 0);
    CHECK(terminated.last_words == "stopped by SIGTERM\n");
    Victim second{"quiet"};
    const auto interrupted = stopped(second, {SIGINT});
    CHECK(interrupted.code == 0);
    CHECK(interrupted.last_words == "stopped by SIGINT\n");
}

TEST_CASE("a process started with all signals blocked still hears SIGTERM", "[supervisor]") {
    Victim victim{"masked"};
    const auto ended = stopped(victim, {SIGTERM});
    CHECK(ended.code == 0);
    CHECK(ended.last_words == "stopped by SIGTERM\n");
}

TEST_CASE("a process with a deaf service ends when the drain is over", "[supervisor]") {
    Victim victim{"deaf"};
    const auto ended = stopped(victim, {SIGTERM});
    CHECK(ended.code == 1);
    CHECK(ended.last_words == "stopped by SIGTERM; abandoned after 2s: deaf\n");
    CHECK((ended.took >= 2s));
}

TEST_CASE("a process with a deaf service ends at once on a second signal", "[supervisor]") {
    Victim victim{"deaf"};
    const auto ended = stopped(victim, {SIGTERM, SIGINT});
    CHECK(ended.code == 1);
    // Two signals that are pending together arrive in any order.
    CHECK(ended.last_words.find(", at once by a second signal, ") != std::string::npos);
    CHECK(ended.last_words.find("; abandoned: ") != std::string::npos);
    CHECK((ended.took < 2s));
}

TEST_CASE("a loop that is blocked when SIGTERM comes is ended by the alarm", "[supervisor]") {
    Victim victim{"blocked"};
    const auto ended = stopped(victim, {SIGTERM});
    CHECK(ended.code == 1);
    CHECK(ended.last_words ==
          "headmon: stopped by SIGTERM; the event loop did not turn: ended by the alarm\n");
    CHECK((ended.took >= 3s));
}

TEST_CASE("a second signal to a blocked loop brings the alarm close", "[supervisor]") {
    Victim victim{"blocked"};
    const auto ended = stopped(victim, {SIGINT, SIGTERM});
    CHECK(ended.code == 1);
    CHECK(ended.last_words.ends_with("; the event loop did not turn: ended by the alarm\n"));
    CHECK((ended.took >= 1s));
    CHECK((ended.took < 3s));
}

TEST_CASE("a fatal end is told by name and reason with code 1", "[supervisor]") {
    Victim victim{"fatal"};
    const auto ended = stopped(victim, {});
    CHECK(ended.code == 1);
    CHECK(ended.last_words == "ended by heart: failed: broken\n");
}

TEST_CASE("a loop that is blocked after a fatal end is ended by the alarm with the cause",
          "[supervisor]") {
    Victim victim{"fatal-blocked"};
    const auto ended = stopped(victim, {});
    CHECK(ended.code == 1);
    CHECK(ended.last_words ==
          "headmon: ended by heart: failed: broken; the event loop did not turn: ended by the "
          "alarm\n");
}

TEST_CASE("a process that hangs after its last line is ended by the alarm too", "[supervisor]") {
    Victim victim{"stuck-at-exit"};
    const auto ended = stopped(victim, {SIGTERM});
    CHECK(ended.code == 1);
    CHECK(ended.last_words.starts_with("stopped by SIGTERM\n"));
    CHECK((ended.took >= 3s));
}

TEST_CASE("SIGTERM at random moments always ends in time and with code 0", "[supervisor]") {
    const char* given = std::getenv("HEADMON_SEED");
    const auto seed = given != nullptr ? std::stoul(given) : std::random_device{}();
    INFO("HEADMON_SEED=" << seed);
    std::mt19937 random{static_cast<std::mt19937::result_type>(seed)};
    std::uniform_int_distribution<int> microseconds{0, 30000};
    for (int i = 0; i < 20; ++i) {
        Victim victim{"busy"};
        // Where in the restarts the signal falls is the point of this wait; nothing relies on it.
        std::this_thread::sleep_for(std::chrono::microseconds{microseconds(random)});
        const auto ended = stopped(victim, {SIGTERM});
        CHECK(ended.code == 0);
        CHECK(ended.last_words == "stopped by SIGTERM\n");
        CHECK((ended.took < 3s));
    }
}
