#include "logging/line_writer.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include <catch2/catch.hpp>

#include "base/descriptor.hpp"
#include "logging/log.hpp"

namespace {

using namespace std::chrono_literals;
using logging::LineWriter;

/// Only a failing test waits so long.
constexpr std::chrono::seconds kLimit{30};

struct Pipe {
    /// Leaves no room in it: whoever writes waits for a reader.
    void fill() const {
        const int flags = ::fcntl(writer.number(), F_GETFL);
        REQUIRE(::fcntl(writer.number(), F_SETFL, flags | O_NONBLOCK) == 0);
        const std::string page(4096, '.');
        while (::write(writer.number(), page.data(), page.size()) > 0) {
        }
        REQUIRE(::fcntl(writer.number(), F_SETFL, flags) == 0);
    }
    /// Reads until `end` comes; without what `fill` put in.
    [[nodiscard]] std::string read_until(const std::string& end) const {
        return read_while_not(
            [&](const std::string& text) { return text.find(end) != std::string::npos; });
    }
    template <class IsWhole>
    [[nodiscard]] std::string read_while_not(const IsWhole& is_whole) const {
        std::string text;
        while (!is_whole(text)) {
            pollfd waited{reader.number(), POLLIN, 0};
            REQUIRE(::poll(&waited, 1, std::chrono::milliseconds{kLimit}.count()) == 1);
            std::array<char, 4096> bytes{};
            const ssize_t size = ::read(reader.number(), bytes.data(), bytes.size());
            REQUIRE(size > 0);
            text.append(bytes.data(), static_cast<std::size_t>(size));
        }
        text.erase(0, text.find_first_not_of('.'));
        return text;
    }

    std::array<int, 2> ends = make_ends();
    base::Descriptor reader{ends[0]};
    base::Descriptor writer{ends[1]};

  private:
    static std::array<int, 2> make_ends() {
        std::array<int, 2> made{};
        REQUIRE(::pipe2(made.data(), O_CLOEXEC) == 0);
        return made;
    }
};

std::string gap_line(std::uint64_t dropped) {
    return "dropped " + std::to_string(dropped) + "\n";
}

/// The numbers behind each `before`, added up.
std::uint64_t sum_behind(const std::string& text, const std::string& before) {
    std::uint64_t sum = 0;
    for (auto at = text.find(before); at != std::string::npos; at = text.find(before, at + 1)) {
        sum += std::stoull("0" + text.substr(at + before.size(), 9));
    }
    return sum;
}

std::string line(int number) {
    return "line " + std::to_string(number) + "\n";
}

}  // namespace

TEST_CASE("lines are written whole and in order", "[logging]") {
    const Pipe pipe;
    LineWriter writer{pipe.writer.number(), gap_line};
    std::string all;
    for (int i = 0; i < 100; ++i) {
        writer.write(line(i));
        all += line(i);
    }
    CHECK(writer.flush(kLimit));
    CHECK(pipe.read_until("line 99\n") == all);
    CHECK(writer.dropped() == 0);
}

TEST_CASE("nobody waits for a reader who stands still, and a line says how many lines are missing",
          "[logging]") {
    const Pipe pipe;
    pipe.fill();
    LineWriter writer{pipe.writer.number(), gap_line, 100};
    // The first is being written, or waits for it; of the others a hundred bytes wait.
    for (int i = 0; i < 1000; ++i) {
        writer.write(line(i));
    }
    CHECK_FALSE(writer.flush(0ms));
    const std::uint64_t dropped = writer.dropped();
    CHECK(dropped > 900);
    // In one gap, or in two where the writing thread came late to its first line.
    const std::string text = pipe.read_while_not([&](const std::string& read) {
        return read.ends_with("\n") && sum_behind(read, "dropped ") == dropped;
    });
    CHECK(writer.flush(kLimit));
    const auto lines = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
    const std::uint64_t gaps = lines - (1000 - dropped);
    CHECK((gaps == 1 || gaps == 2));
    CHECK(text.starts_with(line(0)));
    writer.write(line(7));
    CHECK(pipe.read_until("line 7\n") == line(7));
    CHECK(writer.dropped() == dropped);
}

TEST_CASE("lines that cannot be written are counted, and reported once they can", "[logging]") {
    const base::Descriptor full{::open("/dev/full", O_WRONLY | O_CLOEXEC)};
    const Pipe pipe;
    // A number that leads elsewhere later, as a full disk has room again.
    const base::Descriptor moving{::dup(full.number())};
    LineWriter writer{moving.number(), gap_line};
    for (int i = 0; i < 3; ++i) {
        writer.write(line(i));
        CHECK(writer.flush(kLimit));
    }
    CHECK(writer.dropped() == 3);
    REQUIRE(::dup2(pipe.writer.number(), moving.number()) == moving.number());
    writer.write(line(3));
    CHECK(pipe.read_until("line 3\n") == gap_line(3) + line(3));
    CHECK(writer.dropped() == 3);
}

TEST_CASE("a descriptor that others have made non-blocking loses no line", "[logging]") {
    const Pipe pipe;
    pipe.fill();
    REQUIRE(::fcntl(pipe.writer.number(), F_SETFL, O_NONBLOCK) == 0);
    LineWriter writer{pipe.writer.number(), gap_line};
    writer.write(line(1));
    writer.write(line(2));
    CHECK(pipe.read_until("line 2\n") == line(1) + line(2));
    CHECK(writer.dropped() == 0);
}

TEST_CASE("a writer goes though its reader stands still", "[logging]") {
    const Pipe pipe;
    pipe.fill();
    {
        LineWriter writer{pipe.writer.number(), gap_line};
        writer.write(line(1));
    }
    // What stood in the write has its own end, and it comes whenever there is room.
    CHECK(pipe.read_until("line 1\n") == line(1));
}

TEST_CASE("the log says how many of its lines nobody read", "[logging]") {
    for (const auto format : {logging::LogFormat::kText, logging::LogFormat::kJson}) {
        const Pipe pipe;
        pipe.fill();
        logging::Log log{{format, logging::LogLevel::kInfo}, pipe.writer.number()};
        const std::string long_text(1000, 'x');
        for (int i = 0; i < 1000; ++i) {
            log.write({logging::LogLevel::kInfo, long_text, {}});
        }
        CHECK(log.dropped() > 500);
        const std::string words =
            format == logging::LogFormat::kText
                ? "Z warning log lines dropped: nobody read them lines="
                : "\"level\":\"warning\",\"message\":\"log lines dropped: nobody read them\","
                  "\"lines\":";
        const std::string text = pipe.read_while_not([&](const std::string& read) {
            return read.ends_with("\n") && sum_behind(read, words) == log.dropped();
        });
        CHECK(text.find(words) != std::string::npos);
    }
}
