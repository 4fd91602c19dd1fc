// The floor: what reading head events costs at the least, to hold others against.
//
//   floor PORT STREAMS
//   floor PORT STREAMS DEAF SECONDS
//
// Opens the streams of a head_sender and reads them to their ends; or opens as many streams of one
// endpoint of the Beacon API, prints `open`, leaves the first DEAF of them unread, and ends after
// SECONDS. Reads with one epoll set and one
// buffer: takes off the chunks, cuts out the data of each event, finds slot, block root and state
// root by their names, and keeps the latest head of each stream and of all. No JSON, no errors, no
// time limits. Prints the events, and where the sender stamps them the latency from its send to
// here. A bound to come near to, not a program to use.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "bench/latencies.hpp"

namespace {

struct Head {
    std::uint64_t slot = 0;
    std::array<char, 64> block{};
};

struct Stream {
    int socket = -1;
    bool has_begun = false;
    /// Of the chunk at hand.
    std::size_t left = 0;
    /// What follows a chunk's end, its size line included, as far as it came.
    std::string between;
    /// An event as far as it came.
    std::string event;
    Head latest;
};

struct Totals {
    std::uint64_t events = 0;
    std::uint64_t latest = 0;
    std::uint64_t slot = 0;
    /// Of the bytes at hand.
    std::chrono::steady_clock::time_point arrived;
    Latencies latencies;
};

std::string_view member(std::string_view data, std::string_view name) {
    const auto at = data.find(name);
    return at == std::string_view::npos ? std::string_view{} : data.substr(at + name.size());
}

std::uint64_t number(std::string_view text, int base) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, base);
    return value;
}

void use_event(Stream& stream, std::string_view event, Totals& totals) {
    const std::string_view block = member(event, R"("block":"0x)");
    if (block.size() < stream.latest.block.size()) {
        return;
    }
    stream.latest.slot = number(member(event, R"("slot":")"), 10);
    std::copy_n(block.begin(), stream.latest.block.size(), stream.latest.block.begin());
    ++totals.events;
    totals.latest += stream.latest.slot >= totals.slot;
    totals.slot = std::max(totals.slot, stream.latest.slot);
    totals.latencies.add(event, totals.arrived);
}

void use_body(Stream& stream, std::string_view body, Totals& totals) {
    while (!body.empty()) {
        if (stream.event.empty() && body.front() == '\n') {
            body.remove_prefix(1);
            continue;
        }
        const auto end = body.find("\n\n");
        if (end == std::string_view::npos) {
            stream.event.append(body);
            return;
        }
        if (stream.event.empty()) {
            use_event(stream, body.substr(0, end), totals);
        } else {
            stream.event.append(body.substr(0, end));
            use_event(stream, stream.event, totals);
            stream.event.clear();
        }
        body.remove_prefix(end + 2);
    }
}

/// False at the last chunk.
bool use_bytes(Stream& stream, std::string_view bytes, Totals& totals) {
    while (!bytes.empty()) {
        if (stream.left > 0) {
            const std::size_t taken = std::min(stream.left, bytes.size());
            use_body(stream, bytes.substr(0, taken), totals);
            stream.left -= taken;
            bytes.remove_prefix(taken);
            continue;
        }
        // "\r\n" of the chunk before, then a size line; the first time the answer's head instead.
        stream.between.push_back(bytes.front());
        bytes.remove_prefix(1);
        if (!stream.has_begun) {
            if (stream.between.ends_with("\r\n\r\n")) {
                stream.has_begun = true;
                stream.between.clear();
            }
        } else if (stream.between.size() > 2 && stream.between.ends_with('\n')) {
            const auto digits = stream.between.find_first_not_of("\r\n");
            stream.left = number(std::string_view{stream.between}.substr(digits), 16);
            stream.between.clear();
            if (stream.left == 0) {
                return false;
            }
        }
    }
    return true;
}

int open_stream(std::uint16_t port, const std::string& node) {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const std::string request =
        "GET " + node + "/eth/v1/events?topics=head HTTP/1.1\r\nHost: localhost\r\n\r\n";
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::send(socket, request.data(), request.size(), 0) < 0) {
        std::perror("floor: cannot open a stream");
        std::exit(1);
    }
    return socket;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3 && argc != 5) {
        std::fputs("usage: floor PORT STREAMS [DEAF SECONDS]\n", stderr);
        return 2;
    }
    const bool is_one_endpoint = argc == 5;
    const std::size_t deaf = is_one_endpoint ? static_cast<std::size_t>(std::atoi(argv[3])) : 0;
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)::setrlimit(RLIMIT_NOFILE, &files);
    }
    const auto port = static_cast<std::uint16_t>(std::atoi(argv[1]));
    std::vector<Stream> streams(static_cast<std::size_t>(std::atoi(argv[2])));
    const int set = ::epoll_create1(0);
    for (std::size_t i = 0; i < streams.size(); ++i) {
        streams[i].socket = open_stream(port, is_one_endpoint ? "" : "/node" + std::to_string(i));
        if (i < deaf) {
            continue;
        }
        epoll_event wanted{};
        wanted.events = EPOLLIN;
        wanted.data.ptr = &streams[i];
        ::epoll_ctl(set, EPOLL_CTL_ADD, streams[i].socket, &wanted);
    }
    if (is_one_endpoint) {
        std::puts("open");
        std::fflush(stdout);
    }
    const auto end = std::chrono::steady_clock::now() +
                     std::chrono::seconds{is_one_endpoint ? std::atoi(argv[4]) : 86'400};
    Totals totals;
    std::array<epoll_event, 256> ready{};
    std::vector<char> buffer(std::size_t{256} * 1024);
    for (std::size_t open = streams.size() - deaf; open > 0;) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (left.count() <= 0) {
            break;
        }
        const int count = ::epoll_wait(set, ready.data(), static_cast<int>(ready.size()),
                                       static_cast<int>(left.count()));
        for (int i = 0; i < count; ++i) {
            Stream& stream = *static_cast<Stream*>(ready.at(static_cast<std::size_t>(i)).data.ptr);
            const ssize_t got = ::recv(stream.socket, buffer.data(), buffer.size(), 0);
            totals.arrived = std::chrono::steady_clock::now();
            const std::string_view bytes{buffer.data(),
                                         got > 0 ? static_cast<std::size_t>(got) : 0};
            if (bytes.empty() || !use_bytes(stream, bytes, totals)) {
                ::close(stream.socket);
                --open;
            }
        }
    }
    std::printf("events %llu latest %llu ", static_cast<unsigned long long>(totals.events),
                static_cast<unsigned long long>(totals.latest));
    totals.latencies.print();
}
