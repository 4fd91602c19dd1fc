// The other side of the measurements: one process that is as many beacon nodes as it has streams.
//
//   head_sender STREAMS EVENTS [PACE [DELAY]]
//
// Serves event streams on 127.0.0.1 and prints `listening PORT`. When STREAMS of them are open it
// prints `open` and pushes EVENTS head events, spread evenly, block after block of the clock's
// slot, each to every stream. PACE is
//   N          as fast as they are read, N events in one write (1)
//   even:R     R events a second, one stream after the other
//   bursts:R   R events a second, each block to all streams at once
// and with R they begin DELAY seconds (5) later: whoever opened the streams has asked all that it
// asks at its start by then.
// Then it ends each stream with the final chunk, prints `sent N` and, when all clients have closed,
// ends. With 0 events the streams stay open and quiet until the process is ended.
//
// Framing and heads are those of a real node (fixtures/lodestar-1.5.1): one chunk an event, 0.45
// kB. With R the last 16 digits of the state root are the moment of the send, in nanoseconds of the
// monotonic clock. The questions that a monitor asks beside the stream are answered too; topics
// other than `head` are answered with 400.

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "base/task.hpp"

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::uint64_t kSlotSeconds = 12;
constexpr std::uint64_t kFirstSlot = 1'000'000;

struct Plan {
    std::size_t streams = 0;
    std::uint64_t events_each = 0;
    /// Events in one write, where they are pushed as fast as they are read.
    std::uint64_t events_a_write = 1;
    /// Events a second of all streams together; 0: as fast as they are read.
    std::uint64_t rate = 0;
    /// Of those: a block goes to all streams at once.
    bool is_bursts = false;
    /// With a rate, from the moment that all streams are open.
    std::chrono::seconds delay{5};
};

/// One head event of a real node, with a root of its own for each `number`, as an HTTP chunk.
void append_head(std::string& out, std::uint64_t slot, std::uint64_t number, std::uint64_t stamp) {
    // Roots need not be hashes here, only different: digits, spread by a multiplication.
    const std::uint64_t mixed = number * 0x9e37'79b9'7f4a'7c15U;
    const std::string event = fmt::format(
        "event: head\n"
        R"(data: {{"slot":"{}","block":"0x{:016x}{:048x}","state":"0x{:048x}{:016x}",)"
        R"("epoch_transition":{},"previous_duty_dependent_root":"0x{:064x}",)"
        R"("current_duty_dependent_root":"0x{:064x}","execution_optimistic":false}})"
        "\n\n\n",
        slot, mixed, number, number, stamp, slot % 32 == 0, slot / 32 - 1, slot / 32);
    fmt::format_to(std::back_inserter(out), "{:x}\r\n{}\r\n", event.size(), event);
}

std::string json_answer(std::string_view target, std::time_t genesis_time) {
    const std::string root(64, '1');
    std::string_view status = "200 OK";
    std::string body;
    if (target.ends_with("/eth/v1/beacon/genesis")) {
        body = fmt::format(
            R"({{"data":{{"genesis_time":"{}","genesis_validators_root":"0x{}","genesis_fork_version":"0x00000001"}}}})",
            genesis_time, root);
    } else if (target.ends_with("/eth/v1/config/spec")) {
        body = fmt::format(R"({{"data":{{"SECONDS_PER_SLOT":"{}","SLOTS_PER_EPOCH":"32"}}}})",
                           kSlotSeconds);
    } else if (target.ends_with("/eth/v1/node/version")) {
        body = R"({"data":{"version":"HeadSender/1"}})";
    } else if (target.ends_with("/eth/v1/node/syncing")) {
        body = fmt::format(
            R"({{"data":{{"head_slot":"{}","sync_distance":"0","is_syncing":false,"is_optimistic":false,"el_offline":false}}}})",
            kFirstSlot - 1);
    } else if (target.find("/eth/v1/events") != std::string_view::npos) {
        status = "400 Bad Request";
        body = R"({"code":400,"message":"Invalid topic"})";
    } else {
        status = "404 Not Found";
        body = R"({"code":404,"message":"not found"})";
    }
    return fmt::format(
        "HTTP/1.1 {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}", status,
        body.size(), body);
}

class Sender {
  public:
    Sender(asio::io_context& loop, Plan plan)
        : plan_{plan},
          acceptor_{loop, tcp::endpoint{asio::ip::address_v4::loopback(), 0}},
          genesis_time_{std::time(nullptr) - static_cast<std::time_t>(kFirstSlot * kSlotSeconds)} {
        std::cout << "listening " << acceptor_.local_endpoint().port() << std::endl;
    }

    base::Task<void> accept() {
        while (true) {
            auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
            asio::co_spawn(acceptor_.get_executor(), serve(std::move(socket)), asio::detached);
        }
    }

  private:
    /// Answers questions until one of them is for the events: then the socket is a stream.
    base::Task<void> serve(tcp::socket socket) {
        std::string request;
        boost::system::error_code error;
        while (true) {
            const auto size = co_await asio::async_read_until(
                socket, asio::dynamic_buffer(request, 65536), "\r\n\r\n",
                redirect_error(asio::use_awaitable, error));
            if (error) {
                co_return;
            }
            const std::string_view line{request.data(), request.find('\r')};
            const auto begin = line.find(' ') + 1;
            const std::string_view target = line.substr(begin, line.find(' ', begin) - begin);
            if (target.ends_with("/eth/v1/events?topics=head")) {
                co_await open_stream(std::move(socket));
                co_return;
            }
            const std::string answer = json_answer(target, genesis_time_);
            request.erase(0, size);
            co_await asio::async_write(socket, asio::buffer(answer),
                                       redirect_error(asio::use_awaitable, error));
        }
    }

    base::Task<void> open_stream(tcp::socket socket) {
        static constexpr std::string_view kHead =
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            "Cache-Control: no-cache,no-transform\r\nConnection: keep-alive\r\n"
            "Transfer-Encoding: chunked\r\n\r\n";
        socket.set_option(tcp::no_delay{true});
        // A small buffer keeps the streams in step: without it a slow reader is seconds behind.
        socket.set_option(asio::socket_base::send_buffer_size{32 * 1024});
        co_await asio::async_write(socket, asio::buffer(kHead), asio::use_awaitable);
        streams_.push_back(std::move(socket));
        if (streams_.size() != plan_.streams) {
            co_return;
        }
        std::cout << "open" << std::endl;
        if (plan_.events_each > 0) {
            co_await push();
        }
    }

    [[nodiscard]] std::uint64_t current_slot() const {
        return static_cast<std::uint64_t>(std::time(nullptr) - genesis_time_) / kSlotSeconds;
    }

    base::Task<void> push_all() {
        std::string bytes;
        for (std::uint64_t sent = 0; sent < plan_.events_each;) {
            bytes.clear();
            const auto until = std::min(sent + plan_.events_a_write, plan_.events_each);
            for (; sent < until; ++sent) {
                append_head(bytes, current_slot(), kFirstSlot + sent, 0);
            }
            for (tcp::socket& stream : streams_) {
                co_await asio::async_write(stream, asio::buffer(bytes), asio::use_awaitable);
            }
        }
    }

    base::Task<void> push_at_rate() {
        asio::steady_timer timer{acceptor_.get_executor(), plan_.delay};
        co_await timer.async_wait(asio::use_awaitable);
        auto due = std::chrono::steady_clock::now();
        const std::chrono::nanoseconds gap{1'000'000'000 / plan_.rate};
        std::string bytes;
        for (std::uint64_t sent = 0; sent < plan_.events_each; ++sent) {
            for (tcp::socket& stream : streams_) {
                if (!plan_.is_bursts || &stream == &streams_.front()) {
                    timer.expires_at(due);
                    co_await timer.async_wait(asio::use_awaitable);
                }
                due += gap;
                bytes.clear();
                const auto now = std::chrono::steady_clock::now().time_since_epoch();
                append_head(bytes, current_slot(), kFirstSlot + sent,
                            static_cast<std::uint64_t>(std::chrono::nanoseconds{now}.count()));
                co_await asio::async_write(stream, asio::buffer(bytes), asio::use_awaitable);
            }
        }
    }

    base::Task<void> push() {
        if (plan_.rate > 0) {
            co_await push_at_rate();
        } else {
            co_await push_all();
        }
        static constexpr std::string_view kFinalChunk = "0\r\n\r\n";
        for (tcp::socket& stream : streams_) {
            co_await asio::async_write(stream, asio::buffer(kFinalChunk), asio::use_awaitable);
            stream.shutdown(tcp::socket::shutdown_send);
        }
        std::cout << "sent " << plan_.events_each * plan_.streams << std::endl;
        acceptor_.close();
        for (tcp::socket& stream : streams_) {
            boost::system::error_code closed;
            char byte = 0;
            co_await stream.async_read_some(asio::buffer(&byte, 1),
                                            redirect_error(asio::use_awaitable, closed));
        }
        std::exit(EXIT_SUCCESS);
    }

    Plan plan_;
    tcp::acceptor acceptor_;
    std::time_t genesis_time_;
    std::list<tcp::socket> streams_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3 || std::atoll(argv[1]) < 1 || std::atoll(argv[2]) < 0) {
        std::cerr << "usage: head_sender STREAMS EVENTS [N|even:R|bursts:R [DELAY]]\n";
        return 2;
    }
    Plan plan;
    plan.streams = static_cast<std::size_t>(std::atoll(argv[1]));
    plan.events_each = static_cast<std::uint64_t>(std::atoll(argv[2])) / plan.streams;
    const std::string_view pace = argc > 3 ? argv[3] : "1";
    const auto colon = pace.find(':');
    const std::uint64_t number =
        std::max<std::uint64_t>(1, std::strtoull(pace.data() + (colon + 1), nullptr, 10));
    if (colon == std::string_view::npos) {
        plan.events_a_write = number;
    } else {
        plan.rate = number;
        plan.is_bursts = pace.starts_with("bursts");
    }
    if (argc > 4) {
        plan.delay = std::chrono::seconds{std::atoi(argv[4])};
    }
    // Ten thousand streams are as many sockets.
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)::setrlimit(RLIMIT_NOFILE, &files);
    }
    asio::io_context loop{1};
    Sender sender{loop, plan};
    asio::co_spawn(loop, sender.accept(), [](const std::exception_ptr& failure) {
        if (failure && !base::is_cancellation(failure)) {
            std::rethrow_exception(failure);
        }
    });
    loop.run();
}
