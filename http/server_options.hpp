#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace http {

/// What one server grants its clients. Each limit that a client meets is counted in LimitsMet.
///
/// A connection waits while no complete request of it is there: before its first one, and after
/// each answer. When the server is full, the connection that has waited longest makes room for a
/// new one; one whose request is being answered is never closed for another.
struct ServerLimits {
    std::size_t connections_max = 1024;
    std::size_t header_bytes_max = std::size_t{16} * 1024;
    std::size_t body_bytes_max = std::size_t{1024} * 1024;
    /// From a connection's begin to the end of its first request's headers. A client asks at once;
    /// what does not is a port scan, a browser's spare connection, or an attack.
    std::chrono::milliseconds idle_timeout{5'000};
    /// From an answer to the first byte of the next request: long enough for a scraper that comes
    /// every 15 s to keep its connection.
    std::chrono::milliseconds keep_alive_timeout{30'000};
    /// From a request's first byte to its last.
    std::chrono::milliseconds request_timeout{30'000};
    /// A client that takes not one byte of an answer for this long is gone.
    std::chrono::milliseconds write_timeout{30'000};
    /// What the kernel may hold of an answer that its client has not taken; 0: as much as it likes.
    std::size_t send_buffer_bytes = 0;

    friend bool operator==(const ServerLimits&, const ServerLimits&) = default;
};

/// How often clients have met a limit since the server was made.
struct LimitsMet {
    /// Connections turned away at `connections_max`, as each of the others was being answered.
    std::uint64_t connections = 0;
    /// Waiting connections that were closed at `connections_max` to make room for a new one.
    std::uint64_t made_room = 0;
    /// Requests beyond `header_bytes_max` or `body_bytes_max`.
    std::uint64_t header_bytes = 0;
    std::uint64_t body_bytes = 0;
    /// Connections closed that had sent no byte within `idle_timeout`.
    std::uint64_t idle_time = 0;
    /// Connections closed in the middle of a request that did not come in time.
    std::uint64_t request_time = 0;
    /// Answers given up at `write_timeout`.
    std::uint64_t write_time = 0;
    // What the handler counts, where it has event streams or names.
    /// Event streams refused, as too many were open.
    std::uint64_t streams = 0;
    /// Events that readers of event streams were too slow for.
    std::uint64_t lost_events = 0;
    /// Requests to a host that is none of ours.
    std::uint64_t host = 0;
    /// Requests turned away as too many bytes of answers waited for slow clients.
    std::uint64_t answer_bytes = 0;
    /// Requests without the token that they need, or with another one.
    std::uint64_t token = 0;
    /// Changes of the list of nodes while another one was on, and such as bring too many names.
    std::uint64_t changes = 0;
    std::uint64_t names = 0;

    friend bool operator==(const LimitsMet&, const LimitsMet&) = default;
};

/// The body of an error answer.
struct ErrorBody {
    std::string content_type;
    std::string text;
};

/// Makes the body of an error answer of a status and one line about it.
using ErrorFormat = std::function<ErrorBody(int status, std::string_view message)>;

/// `message` and a line feed as text/plain.
[[nodiscard]] ErrorBody plain_error(int status, std::string_view message);

struct ServerOptions {
    /// Names the server in metrics, as the value of the label `server`.
    std::string name;
    ServerLimits limits{};
    /// The form of every error answer, those that the server makes itself included.
    ErrorFormat error_format = plain_error;
};

}  // namespace http
