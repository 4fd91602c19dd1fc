#include "http/ready_sockets.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

namespace ready_sockets_test {

using http::ReadySockets;
using Read = ReadySockets::Read;

/// One end is read with a buffer of eight bytes, the other one is the test's.
struct Pair final : ReadySockets::Listener {
    explicit Pair(ReadySockets& to) : sockets{to} {
        std::array<int, 2> both{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, both.data()) == 0);
        ours = both[0];
        theirs = both[1];
        REQUIRE(sockets.add(ours, *this));
    }
    ~Pair() override {
        leave();
        ::close(ours);
        hang_up();
    }
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;

    void send(const std::string& bytes) const {
        REQUIRE(::write(theirs, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    }
    void hang_up() {
        if (theirs >= 0) {
            ::close(std::exchange(theirs, -1));
        }
    }
    void leave() { sockets.remove(*this); }

    Read socket_ready() override {
        ++calls;
        std::array<char, 8> buffer{};
        const auto count = ::recv(ours, buffer.data(), buffer.size(), 0);
        if (count > 0) {
            got.append(buffer.data(), static_cast<std::size_t>(count));
        } else if (count == 0) {
            has_ended = true;
            leave();
        }
        if (on_read) {
            on_read();
        }
        if (count <= 0) {
            return Read::kNothing;
        }
        return static_cast<std::size_t>(count) == buffer.size() ? Read::kPart : Read::kAll;
    }

    ReadySockets& sockets;
    int ours = -1;
    int theirs = -1;
    std::string got;
    bool has_ended = false;
    int calls = 0;
    std::function<void()> on_read;
};

struct Loop {
    /// All that can be done without waiting.
    void turn() {
        loop.restart();
        loop.poll();
    }
    boost::asio::io_context loop;
    std::shared_ptr<ReadySockets> sockets = std::make_shared<ReadySockets>(loop.get_executor());
};

TEST_CASE("a socket is read as often as bytes come, and not otherwise", "[http]") {
    Loop at;
    Pair pair{*at.sockets};
    at.turn();
    CHECK(pair.calls == 0);
    for (const char* const bytes : {"a", "b", "c", "d"}) {
        pair.send(bytes);
        at.turn();
    }
    CHECK(pair.got == "abcd");
    CHECK(pair.calls == 4);
}

TEST_CASE("what one read leaves is read in the next turns", "[http]") {
    Loop at;
    Pair pair{*at.sockets};
    pair.send("twenty bytes of text");
    at.turn();
    CHECK(pair.got == "twenty bytes of text");
    CHECK(pair.calls == 3);
}

TEST_CASE("an end that comes with the last bytes is read, too", "[http]") {
    Loop at;
    Pair pair{*at.sockets};
    SECTION("at once") {
        pair.send("bye");
        pair.hang_up();
    }
    SECTION("as many bytes as are read at a time") {
        pair.send("goodbye!");
        pair.hang_up();
    }
    SECTION("later") {
        pair.send("bye");
        at.turn();
        pair.hang_up();
    }
    at.turn();
    CHECK(pair.has_ended);
    CHECK(pair.got.find("bye") != std::string::npos);
}

TEST_CASE("more sockets than fit into a turn are all read", "[http]") {
    Loop at;
    std::deque<Pair> pairs;
    for (std::size_t i = 0; i < 3 * ReadySockets::kSocketsPerTurn; ++i) {
        pairs.emplace_back(*at.sockets).send("x");
    }
    at.turn();
    for (const Pair& pair : pairs) {
        CHECK(pair.got == "x");
    }
}

TEST_CASE("a socket that is never empty keeps one turn waiting, whatever else comes", "[http]") {
    Loop at;
    Pair busy{*at.sockets};
    Pair other{*at.sockets};
    bool is_flowing = true;
    busy.on_read = [&] {
        if (is_flowing) {
            busy.send("eight by");
        }
    };
    busy.send("eight by");
    for (int i = 0; i < 50; ++i) {
        other.send("x");
        at.loop.restart();
        for (int handler = 0; handler < 4; ++handler) {
            at.loop.poll_one();
        }
    }
    is_flowing = false;
    at.loop.restart();
    CHECK(at.loop.poll() < 10);
    CHECK(other.got.size() == 50);
}

TEST_CASE("a listener that is removed in a turn has no call any more", "[http]") {
    Loop at;
    Pair first{*at.sockets};
    Pair second{*at.sockets};
    const auto remove_other = [&](Pair& own, Pair& other) {
        own.on_read = [&other] { other.leave(); };
    };
    remove_other(first, second);
    remove_other(second, first);
    SECTION("of those that are ready") {
        first.send("x");
        second.send("x");
        at.turn();
        CHECK(first.calls + second.calls == 1);
    }
    SECTION("of those that left bytes unread") {
        first.on_read = nullptr;
        first.send("twenty bytes of text");
        second.send("x");
        at.turn();
        CHECK(second.calls == 1);
        CHECK(first.calls <= 1);
    }
    SECTION("itself") {
        first.on_read = [&] { first.leave(); };
        first.send("twenty bytes of text");
        at.turn();
        CHECK(first.calls == 1);
    }
}

TEST_CASE("nothing is called once all is closed, from inside of a call too", "[http]") {
    Loop at;
    Pair first{*at.sockets};
    Pair second{*at.sockets};
    first.on_read = [&] { at.sockets->close(); };
    second.on_read = first.on_read;
    first.send("x");
    second.send("x");
    at.turn();
    CHECK(first.calls + second.calls == 1);
}

}  // namespace ready_sockets_test
