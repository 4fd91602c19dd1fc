#include "http/chunked_body.hpp"

#include <random>
#include <sstream>
#include <vector>

#include <catch2/catch.hpp>

namespace chunked_body_test {

namespace {

using http::ChunkedBody;
using State = ChunkedBody::State;

constexpr std::size_t kHeaderBytesMax = 1024;

/// What comes of a body that is read in these pieces.
struct Taken {
    std::string body;
    State state = State::kOpen;
};

template <class NextSize>
Taken take(std::string_view bytes, const NextSize& next_size) {
    ChunkedBody body{kHeaderBytesMax};
    Taken taken;
    std::string joined;
    while (!bytes.empty() && body.state() == State::kOpen) {
        // A read of its own, so that nothing is found behind it.
        const std::string read{bytes.substr(0, next_size())};
        bytes.remove_prefix(read.size());
        taken.body += body.take(read, joined);
    }
    taken.state = body.state();
    return taken;
}

Taken take_at_once(std::string_view bytes) {
    return take(bytes, [&] { return bytes.size(); });
}

void check(std::string_view bytes, std::string_view body, State state) {
    INFO(bytes.substr(0, 60));
    for (const std::size_t size : {std::size_t{1}, std::size_t{2}, std::size_t{7}, bytes.size()}) {
        const Taken taken = take(bytes, [size] { return size; });
        CHECK(taken.body == body);
        CHECK(taken.state == state);
    }
}

}  // namespace

TEST_CASE("the bytes of chunks come out whole wherever reads cut them", "[http][chunks]") {
    std::mt19937 random{7};
    const auto number = [&random](std::size_t most) {
        return std::uniform_int_distribution<std::size_t>{1, most}(random);
    };
    for (int round = 0; round < 200; ++round) {
        std::string body;
        std::string bytes;
        const std::size_t chunks = number(12);
        for (std::size_t i = 0; i < chunks; ++i) {
            std::string chunk(number(round % 10 == 0 ? 20'000 : 500), '\0');
            for (char& c : chunk) {
                c = "ab\r\n0;"[number(6) - 1];
            }
            body += chunk;
            std::ostringstream line;
            line << std::hex << chunk.size() << (i % 3 == 0 ? ";a=b" : "") << "\r\n";
            bytes += line.str() + chunk + "\r\n";
        }
        const Taken open = take(bytes, [&] { return number(700); });
        REQUIRE(open.body == body);
        REQUIRE(open.state == State::kOpen);
        bytes += round % 2 == 0 ? "0\r\n\r\n" : "000;last\r\nX: y\r\nZ: w\r\n\r\n";
        const Taken complete = take(bytes, [&] { return number(700); });
        REQUIRE(complete.body == body);
        REQUIRE(complete.state == State::kComplete);
        REQUIRE(take_at_once(bytes).body == body);
    }
}

TEST_CASE("a chunk that goes on for ever is handed on as it comes", "[http][chunks]") {
    ChunkedBody body{kHeaderBytesMax};
    std::string joined;
    CHECK(body.take("ffffffffffffffff\r\nab", joined) == "ab");
    for (int i = 0; i < 1000; ++i) {
        CHECK(body.take("cdef", joined) == "cdef");
    }
    CHECK(body.state() == State::kOpen);
}

TEST_CASE("a size may have blanks, an extension, and letters of either case", "[http][chunks]") {
    check("2 \r\nab\r\n00a;x=\"y\"\r\n0123456789\r\nB\r\n0123456789a\r\n",
          "ab01234567890123456789a", State::kOpen);
}

TEST_CASE("what follows the last chunk is no body", "[http][chunks]") {
    check("2\r\nab\r\n0\r\n\r\n3\r\ncde\r\n", "ab", State::kComplete);
    check("0\r\n\r\n", "", State::kComplete);
    check("00\r\nX: y\r\n\r\n", "", State::kComplete);
}

TEST_CASE("broken chunks are malformed, and what came before them is body", "[http][chunks]") {
    check("2\r\nab\r\nzz\r\n", "ab", State::kMalformed);
    check("2\r\nabcd\r\n", "ab", State::kMalformed);
    check("fffffffffffffffff\r\n", "", State::kMalformed);
    check("-1\r\nab", "", State::kMalformed);
    check(" 2\r\nab", "", State::kMalformed);
    check("2\nab\n", "", State::kMalformed);
    check("2\r\nab\r\n\r\n", "ab", State::kMalformed);
    check("2;a\r2\r\nab", "", State::kMalformed);
    check("0\r\n\rX", "", State::kMalformed);
}

TEST_CASE("a line before a chunk, and trailers, have a limit", "[http][chunks]") {
    const std::string longest(kHeaderBytesMax - 8, 'x');
    check("2;" + longest + "\r\nab", "ab", State::kOpen);
    check("2;" + longest + longest, "", State::kTooLarge);
    std::string trailers = "2\r\nab\r\n0\r\n";
    while (trailers.size() < 2 * kHeaderBytesMax) {
        trailers += "X-Trailer: xxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n";
    }
    check(trailers, "ab", State::kTooLarge);
}

}  // namespace chunked_body_test
