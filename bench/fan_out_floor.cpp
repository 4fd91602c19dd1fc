// The floor of handing on an event stream: what one `send` for each reader costs at the least.
//
//   fan_out_floor PORT
//
// Reads node 0 of a head_sender, prints `listening PORT`, and sends each chunk as it comes to all
// who asked. No request is read, nothing is kept for who is slow. A bound to come near to, not a
// program to use.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace {

constexpr std::string_view kRequest =
    "GET /node0/eth/v1/events?topics=head HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr std::string_view kHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(1);
}

int open_node(int port) {
    const int node = ::socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in address = loopback(port);
    if (::connect(node, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::send(node, kRequest.data(), kRequest.size(), 0) < 0) {
        fail("fan_out_floor: cannot open the stream");
    }
    return node;
}

int open_listener() {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::listen(listener, 4096) != 0 ||
        ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        fail("fan_out_floor: cannot listen");
    }
    std::printf("listening %d\n", ntohs(address.sin_port));
    (void)std::fflush(stdout);
    return listener;
}

void watch(int set, int socket) {
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    wanted.data.fd = socket;
    ::epoll_ctl(set, EPOLL_CTL_ADD, socket, &wanted);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        (void)std::fputs("usage: fan_out_floor PORT\n", stderr);
        return 2;
    }
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)::setrlimit(RLIMIT_NOFILE, &files);
    }
    const int node = open_node(std::atoi(argv[1]));
    const int listener = open_listener();
    const int set = ::epoll_create1(0);
    watch(set, node);
    watch(set, listener);
    std::vector<int> readers;
    std::vector<char> buffer(std::size_t{256} * 1024);
    bool has_begun = false;
    std::array<epoll_event, 16> ready{};
    while (true) {
        const int count = ::epoll_wait(set, ready.data(), static_cast<int>(ready.size()), -1);
        for (int i = 0; i < count; ++i) {
            if (ready.at(static_cast<std::size_t>(i)).data.fd == listener) {
                const int reader = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
                if (reader >= 0) {
                    (void)::send(reader, kHead.data(), kHead.size(), MSG_NOSIGNAL);
                    readers.push_back(reader);
                }
                continue;
            }
            const ssize_t got = ::recv(node, buffer.data(), buffer.size(), 0);
            if (got <= 0) {
                // Until it is ended, as the others are.
                ::epoll_ctl(set, EPOLL_CTL_DEL, node, nullptr);
                continue;
            }
            std::string_view bytes{buffer.data(), static_cast<std::size_t>(got)};
            if (!has_begun) {
                const auto end = bytes.find("\r\n\r\n");
                has_begun = end != std::string_view::npos;
                bytes.remove_prefix(has_begun ? end + 4 : bytes.size());
            }
            if (bytes.empty()) {
                continue;
            }
            for (const int reader : readers) {
                (void)::send(reader, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            }
        }
    }
}
