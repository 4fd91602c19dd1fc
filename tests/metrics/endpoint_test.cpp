// /metrics over real sockets.
#include "metrics/endpoint.hpp"

#include <atomic>
#include <functional>
#include <future>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>

#include "http/server.hpp"
#include "tests/support/loop.hpp"
#include "tests/support/manual_clock.hpp"
#include "tests/support/raw_client.hpp"

using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

const asio::ip::tcp::endpoint kAnyPort{asio::ip::address_v4::loopback(), 0};

struct EndpointFixture {
    explicit EndpointFixture(http::ServerOptions options = metrics::server_options(),
                             std::size_t page_bytes = 100)
        : endpoint{loop.get_executor(), clock, [this] { prepare(); },
                   [this, page_bytes] {
                       ++pages;
                       make();
                       return "page " + std::to_string(pages) + std::string(page_bytes, '.') + "\n";
                   }},
          server{loop.get_executor(), kAnyPort, router(), std::move(options)} {
        start();
    }
    ~EndpointFixture() { stop(); }
    EndpointFixture(const EndpointFixture&) = delete;
    EndpointFixture& operator=(const EndpointFixture&) = delete;

    [[nodiscard]] http::Router router() {
        http::Router routes;
        endpoint.mount(routes);
        return routes;
    }
    [[nodiscard]] base::Task<void> serve() {
        server.open_listener();
        co_await server.run();
    }
    void start() {
        ended = false;
        failure = nullptr;
        asio::co_spawn(
            loop, serve(),
            asio::bind_cancellation_slot(cancel.slot(), [this](std::exception_ptr error) {
                ended = true;
                failure = error;
            }));
    }
    void stop() {
        if (!ended) {
            cancel.emit(asio::cancellation_type::terminal);
            tests::run_until(loop, [this] { return ended; });
        }
    }
    [[nodiscard]] tests::RawClient connected() {
        tests::RawClient client{loop.get_executor()};
        tests::run(loop, client.connect(server.endpoint().port()));
        return client;
    }
    std::string answer_to(std::string bytes) {
        auto client = connected();
        tests::run(loop, client.send(std::move(bytes)));
        tests::run(loop, client.read_to_end());
        return client.received();
    }
    std::string ask(const std::string& method, const std::string& target) {
        return answer_to(method + " " + target +
                         " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    }

    asio::io_context loop;
    tests::ManualClock clock{loop};
    std::atomic<int> pages = 0;
    std::function<void()> prepare = [] {};
    std::function<void()> make = [] {};
    metrics::Endpoint endpoint;
    http::Server server;
    asio::cancellation_signal cancel;
    bool ended = false;
    std::exception_ptr failure;
};

}  // namespace

TEST_CASE("only the page is served, to GET and HEAD", "[metrics]") {
    EndpointFixture fixture;
    const std::string page = fixture.ask("GET", "/metrics");
    CHECK(page.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(page.find("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n") !=
          std::string::npos);
    CHECK(page.ends_with(".\n"));
    CHECK(fixture.ask("GET", "/metrics?name[]=up").starts_with("HTTP/1.1 200 OK\r\n"));
    const std::string head = fixture.ask("HEAD", "/metrics");
    CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(head.find("Content-Length: 107\r\n") != std::string::npos);
    CHECK(head.ends_with("\r\n\r\n"));
    const auto target = GENERATE("/", "/metrics/", "/metricsx", "/v1/head", "/../metrics", "*");
    CHECK(fixture.ask("GET", target).starts_with("HTTP/1.1 404 "));
    const auto method = GENERATE("POST", "PUT", "DELETE", "OPTIONS");
    const std::string refused = fixture.ask(method, "/metrics");
    CHECK(refused.starts_with("HTTP/1.1 405 "));
    CHECK(refused.find("Allow: GET, HEAD\r\n") != std::string::npos);
}

TEST_CASE("the page is made once a second, however many ask", "[metrics]") {
    EndpointFixture fixture;
    for (int i = 0; i < 20; ++i) {
        CHECK(fixture.ask("GET", "/metrics").find("page 1.") != std::string::npos);
    }
    fixture.clock.advance(999ms);
    CHECK(fixture.ask("GET", "/metrics").find("page 1.") != std::string::npos);
    fixture.clock.advance(1ms);
    CHECK(fixture.ask("GET", "/metrics").find("page 2.") != std::string::npos);
    CHECK(fixture.pages == 2);
}

TEST_CASE("the loop turns while a page is made, and all who ask meanwhile get that page",
          "[metrics]") {
    EndpointFixture fixture;
    std::thread::id prepared_on;
    std::thread::id made_on;
    std::promise<void> loop_turned;
    fixture.prepare = [&] {
        prepared_on = std::this_thread::get_id();
        asio::post(fixture.loop, [&] { loop_turned.set_value(); });
    };
    fixture.make = [&, turned = loop_turned.get_future().share()] {
        made_on = std::this_thread::get_id();
        if (turned.wait_for(10s) != std::future_status::ready) {
            throw std::runtime_error{"the loop stands still"};
        }
    };
    std::vector<tests::RawClient> clients;
    for (int i = 0; i < 3; ++i) {
        clients.push_back(fixture.connected());
        tests::run(fixture.loop, clients.back().send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"));
    }
    for (tests::RawClient& client : clients) {
        tests::run(fixture.loop, client.read_until("page 1."));
    }
    CHECK(prepared_on == std::this_thread::get_id());
    CHECK(made_on != std::this_thread::get_id());
    CHECK(fixture.pages == 1);
}

TEST_CASE("a page that cannot be made is a 500, and the next request tries again", "[metrics]") {
    EndpointFixture fixture;
    fixture.make = [] { throw std::bad_alloc{}; };
    CHECK(fixture.ask("GET", "/metrics").starts_with("HTTP/1.1 500 "));
    fixture.make = [] {};
    CHECK(fixture.ask("GET", "/metrics").find("page 2.") != std::string::npos);
}

TEST_CASE("a listener that ended serves again on its port, or fails and can be tried once more",
          "[metrics]") {
    EndpointFixture fixture;
    auto standing = fixture.connected();
    tests::run(fixture.loop, standing.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"));
    tests::run(fixture.loop, standing.read_until("page"));
    fixture.stop();
    tests::run(fixture.loop, standing.read_to_end());
    CHECK(standing.ended());
    fixture.start();
    CHECK(fixture.ask("GET", "/metrics").starts_with("HTTP/1.1 200 OK\r\n"));
    fixture.stop();
    {
        const asio::ip::tcp::acceptor other{fixture.loop, fixture.server.endpoint()};
        fixture.start();
        tests::run_until(fixture.loop, [&] { return fixture.ended; });
        CHECK_THROWS_AS(std::rethrow_exception(fixture.failure), boost::system::system_error);
    }
    fixture.start();
    CHECK(fixture.ask("GET", "/metrics").starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("garbage is refused and counted where it meets a limit", "[metrics]") {
    EndpointFixture fixture;
    CHECK(fixture.answer_to("\x16\x03\x01 hello\r\n\r\n").starts_with("HTTP/1.1 400 "));
    CHECK(fixture.answer_to("GET /metrics HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n")
              .starts_with("HTTP/1.1 431 "));
    CHECK(fixture.answer_to("GET /metrics HTTP/1.1\r\nContent-Length: 1025\r\n\r\n")
              .starts_with("HTTP/1.1 413 "));
    CHECK(fixture.server.limits_met().header_bytes == 1);
    CHECK(fixture.server.limits_met().body_bytes == 1);
    CHECK(fixture.ask("GET", "/metrics").starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("of two hundred connections that request nothing the last 64 stay", "[metrics]") {
    EndpointFixture fixture;
    std::vector<tests::RawClient> clients;
    for (int i = 0; i < 200; ++i) {
        clients.push_back(fixture.connected());
    }
    tests::run_until(fixture.loop, [&] { return fixture.server.limits_met().made_room == 136; });
    CHECK(fixture.server.connections() == 64);
    CHECK(fixture.server.limits_met().connections == 0);
    tests::run(fixture.loop, clients[135].read_to_end());
    CHECK(clients[135].received().empty());
    for (const std::size_t one : {std::size_t{136}, std::size_t{199}}) {
        tests::run(fixture.loop, clients[one].send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"));
        tests::run(fixture.loop, clients[one].read_until("page"));
    }
    // A scraper gets its page whoever else holds connections.
    CHECK(fixture.ask("GET", "/metrics").starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("a scraper that never reads is dropped and counted, another one is served", "[metrics]") {
    http::ServerOptions options = metrics::server_options();
    options.limits.write_timeout = 200ms;
    // More than the sockets of both sides take.
    EndpointFixture fixture{options, 30'000'000};
    auto deaf = fixture.connected();
    tests::run(fixture.loop, deaf.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"));
    const std::string head = fixture.ask("HEAD", "/metrics");
    CHECK(head.starts_with("HTTP/1.1 200 OK\r\n"));
    tests::run_until(fixture.loop, [&] { return fixture.server.limits_met().write_time == 1; });
}

TEST_CASE("the limits are such that no scraper can hold much", "[metrics]") {
    const auto limits = metrics::server_options().limits;
    CHECK(limits.connections_max <= 64);
    CHECK(limits.header_bytes_max <= 8192);
    CHECK(limits.body_bytes_max <= 1024);
    CHECK(limits.idle_timeout <= 5s);
    CHECK(limits.write_timeout <= 10s);
}
