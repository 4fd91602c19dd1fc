#include "supervisor/notify_socket.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <system_error>
#include <utility>

#include "base/printable.hpp"
#include "base/text.hpp"

namespace supervisor {

namespace {

constexpr std::size_t kStatusBytesMax = 400;

}  // namespace

base::Result<NotifySocket> NotifySocket::open(std::string_view address) {
    if (address.empty()) {
        return NotifySocket{-1, ""};
    }
    if ((address.front() != '@' && address.front() != '/') || address.size() == 1) {
        return base::Error{base::ErrorCode::kBadValue,
                           "NOTIFY_SOCKET: neither a path nor an abstract name"};
    }
    if (address.size() > sizeof(sockaddr_un::sun_path)) {
        return base::Error{base::ErrorCode::kTooLong, "NOTIFY_SOCKET"};
    }
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket < 0) {
        return base::Error{base::ErrorCode::kUnreachable,
                           "NOTIFY_SOCKET: " + std::generic_category().message(errno)};
    }
    std::string name{address};
    if (name.front() == '@') {
        name.front() = '\0';
    }
    return NotifySocket{socket, std::move(name)};
}

NotifySocket::NotifySocket(int socket, std::string address)
    : socket_{socket}, address_{std::move(address)} {}

NotifySocket::NotifySocket(NotifySocket&& other) noexcept
    : socket_{std::exchange(other.socket_, -1)}, address_{std::move(other.address_)} {}

NotifySocket& NotifySocket::operator=(NotifySocket&& other) noexcept {
    std::swap(socket_, other.socket_);
    std::swap(address_, other.address_);
    return *this;
}

NotifySocket::~NotifySocket() {
    if (socket_ >= 0) {
        close(socket_);
    }
}

base::Result<void> NotifySocket::reloading(base::MonoTime now) const {
    // steady_clock is CLOCK_MONOTONIC, which the protocol wants.
    const auto usec =
        std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
    return send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(usec));
}

base::Result<void> NotifySocket::status(std::string_view text) const {
    // A line break would begin the next assignment.
    return send("STATUS=" + base::printable(text, kStatusBytesMax));
}

base::Result<void> NotifySocket::send(std::string_view message) const {
    if (socket_ < 0) {
        return {};
    }
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::memcpy(to.sun_path, address_.data(), address_.size());
    // An abstract name ends at the length, not at a NUL.
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
    const auto sent = sendto(socket_, message.data(), message.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&to), length);
    if (sent != static_cast<ssize_t>(message.size())) {
        return base::Error{base::ErrorCode::kUnreachable,
                           "NOTIFY_SOCKET: " + std::generic_category().message(errno)};
    }
    return {};
}

std::optional<base::Duration> watchdog_interval(const char* usec, const char* pid) {
    const auto own_pid = static_cast<std::uint64_t>(getpid());
    if (usec == nullptr || (pid != nullptr && !base::parse_number(pid, own_pid, own_pid))) {
        return std::nullopt;
    }
    constexpr auto kMax = std::numeric_limits<base::Duration::rep>::max() / 1000;
    const auto interval = base::parse_number(usec, 1, kMax);
    if (!interval) {
        return std::nullopt;
    }
    return std::chrono::microseconds{*interval};
}

base::Task<void> feed_watchdog(base::Clock& clock, const NotifySocket& socket,
                               base::Duration interval) {
    while (true) {
        // One that was not delivered is made good by the next; if none is, the manager acts.
        static_cast<void>(socket.watchdog());
        co_await clock.sleep_until(clock.now() + interval / 2);
    }
}

}  // namespace supervisor
