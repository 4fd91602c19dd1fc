#include "terminal/json_lines.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <sstream>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "updates/json.hpp"

namespace asio = boost::asio;
using terminal::JsonLines;

namespace {

const updates::NodeId kNode{"alpha"};

updates::Update head(std::uint64_t slot) {
    updates::NodeHead head{kNode, {}};
    head.head.slot = chain::Slot{slot};
    return {head, base::Instant{}};
}

updates::Update best(std::uint64_t slot) {
    updates::BestHead best{kNode, {}};
    best.head.slot = chain::Slot{slot};
    return {best, base::Instant{}};
}

class Pipe {
  public:
    Pipe() { REQUIRE(::pipe2(ends_.data(), O_CLOEXEC) == 0); }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    ~Pipe() {
        close_reader();
        ::close(ends_[1]);
    }
    [[nodiscard]] int writer() const { return ends_[1]; }
    void close_reader() {
        if (ends_[0] >= 0) {
            ::close(ends_[0]);
        }
        ends_[0] = -1;
    }
    /// The lines in it now.
    std::vector<std::string> take() {
        ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
        std::array<char, 4096> bytes{};
        for (ssize_t count = 0; (count = ::read(ends_[0], bytes.data(), bytes.size())) > 0;) {
            text_.append(bytes.data(), static_cast<std::size_t>(count));
        }
        std::vector<std::string> lines;
        for (std::size_t end = 0; (end = text_.find('\n')) != std::string::npos;) {
            lines.push_back(text_.substr(0, end));
            text_.erase(0, end + 1);
        }
        return lines;
    }

  private:
    std::array<int, 2> ends_{-1, -1};
    std::string text_;
};

struct Fixture {
    asio::io_context loop;
    updates::Broadcast broadcast{loop.get_executor()};
    Pipe pipe;
    JsonLines lines{loop.get_executor(), broadcast, pipe.writer(),
                    [](const updates::Update& update) {
                        const auto* const one = std::get_if<updates::BestHead>(&update.fact);
                        return one != nullptr && one->head.slot == chain::Slot{999'999};
                    }};
    bool ended = false;

    Fixture() {
        asio::co_spawn(loop, lines.run(), [this](const std::exception_ptr&) { ended = true; });
        turn();
    }
    void turn() {
        loop.restart();
        loop.poll();
    }
    /// All lines, with turns of the loop as often as the reader has taken what there was.
    std::vector<std::string> read_all() {
        std::vector<std::string> all;
        for (int idle = 0; idle < 3;) {
            turn();
            const auto some = pipe.take();
            idle = some.empty() ? idle + 1 : 0;
            all.insert(all.end(), some.begin(), some.end());
        }
        return all;
    }
};

}  // namespace

TEST_CASE("a change of the best head is written before whoever published it goes on",
          "[terminal]") {
    Fixture f;
    f.broadcast.publish(head(7));
    f.broadcast.publish(head(8));
    CHECK(f.pipe.take().empty());
    f.broadcast.publish(best(8));
    // Without a turn of the loop, behind all that came before it.
    CHECK(f.pipe.take() == std::vector{updates::to_json(head(7)), updates::to_json(head(8)),
                                       updates::to_json(best(8))});
    f.broadcast.publish(head(8));
    CHECK(f.read_all() == std::vector{updates::to_json(head(8))});
}

TEST_CASE("lines come whole and in order, however many there are at once", "[terminal]") {
    Fixture f;
    std::vector<std::string> expected;
    for (std::uint64_t slot = 0; slot < 3000; ++slot) {
        const updates::Update update = slot % 50 == 0 ? best(slot) : head(slot);
        f.broadcast.publish(update);
        expected.push_back(updates::to_json(update));
    }
    CHECK(f.read_all() == expected);
}

TEST_CASE("a reader that stands still holds nobody up and is told how much it lost", "[terminal]") {
    Fixture f;
    constexpr std::uint64_t kPublished = 8000;
    for (std::uint64_t slot = 0; slot < kPublished; ++slot) {
        f.broadcast.publish(best(slot));
        if (slot % 100 == 0) {
            f.turn();
        }
    }
    CHECK(f.lines.output().pending() < JsonLines::kPendingBytesMax + 4096);
    std::size_t heads = 0;
    std::size_t lost = 0;
    const auto lines = f.read_all();
    for (const std::string& line : lines) {
        const auto count = line.find("\"count\":");
        if (line.find("\"update\":\"lagged\"") != std::string::npos) {
            lost += std::stoul(line.substr(count + 8));
        } else {
            ++heads;
        }
    }
    CHECK(lost > 0);
    CHECK(heads + lost == kPublished);
    CHECK(lines.back() == updates::to_json(best(kPublished - 1)));
}

TEST_CASE("the last update ends it, and nothing is written behind it", "[terminal]") {
    Fixture f;
    f.broadcast.publish(head(1));
    f.broadcast.publish(best(999'999));
    f.broadcast.publish(head(2));
    CHECK(f.read_all() == std::vector{updates::to_json(head(1)), updates::to_json(best(999'999))});
    CHECK(f.ended);
}

TEST_CASE("the end of the broadcast is waited for until all lines are out", "[terminal]") {
    Fixture f;
    f.broadcast.publish(head(1));
    f.broadcast.publish(head(2));
    f.broadcast.close();
    CHECK(f.read_all() == std::vector{updates::to_json(head(1)), updates::to_json(head(2))});
    CHECK(f.ended);
}

TEST_CASE("a reader that has gone ends it", "[terminal]") {
    (void)std::signal(SIGPIPE, SIG_IGN);
    Fixture f;
    f.pipe.close_reader();
    f.broadcast.publish(best(1));
    f.turn();
    f.turn();
    CHECK(f.ended);
    CHECK(f.lines.output().reader_gone());
}
