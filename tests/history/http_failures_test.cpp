// What clients of the history hear when it cannot be read.
#include <memory>
#include <optional>
#include <string>

#include "history/session.hpp"
#include "tests/history/gated_database.hpp"
#include "tests/history/served_history.hpp"
#include "tests/http/server_fixture.hpp"

using namespace tests;

namespace http_failures_test {

/// Over a database that hangs, on virtual time.
class Hanging {
  public:
    Hanging()
        : server{[this](http::ServerExchange& exchange) { return served->router(exchange); }},
          clock{server.loop},
          database{server.loop} {
        served.emplace(database, server.loop.get_executor(), clock);
        reading.emplace(server.loop, served->reader.run());
        clock.advance(0s);
    }
    ~Hanging() {
        server.stop_and_wait();
        reading->cancel();
        clock.advance(0s);
    }
    Hanging(const Hanging&) = delete;
    Hanging& operator=(const Hanging&) = delete;

    std::unique_ptr<RawClient> ask(const std::string& target) {
        auto client = std::make_unique<RawClient>(server.client());
        run(server.loop, client->connect(server.port()));
        run(server.loop, client->send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        return client;
    }
    void wait_busy(Lane lane, std::size_t count) {
        run_until(server.loop, [&] { return database.busy(lane) == count; });
    }

    ServerFixture server;
    ManualClock clock;
    GatedDatabase database;
    std::optional<Served> served;
    std::optional<Spawned<void>> reading;
};

TEST_CASE("a read that takes too long is a 503 with when to come again", "[history]") {
    Hanging hanging;
    const auto client = hanging.ask("/v1/history/slots");
    hanging.wait_busy(Lane::kRead, 1);
    hanging.clock.advance(5s);
    run(hanging.server.loop, client->read_until("or later"));
    CHECK_THAT(client->received(), Catch::StartsWith("HTTP/1.1 503 ") &&
                                       Catch::Contains("Retry-After: 5") &&
                                       Catch::Contains("timeout: "));
    // Its thread is not back, and other reads go on.
    CHECK(hanging.served->permits.free() == 3);
}

TEST_CASE("an export whose set-up hangs is a 503, and holds up no read", "[history]") {
    Hanging hanging;
    const auto client = hanging.ask("/v1/history/export");
    hanging.wait_busy(Lane::kStream, 1);
    CHECK(hanging.served->permits.free() == 4);
    hanging.clock.advance(5s);
    run(hanging.server.loop, client->read_until("or later"));
    CHECK_THAT(client->received(),
               Catch::StartsWith("HTTP/1.1 503 ") && Catch::Contains("Retry-After: 5"));
}

/// The first piece of a stream is good, and then the disk is not.
class FailsLater final : public history::Database {
  public:
    explicit FailsLater(std::string path) : path_{std::move(path)} {}

    base::Task<history::Result<void>> run(Lane /*lane*/,
                                          std::shared_ptr<history::Job> job) override {
        if (++runs > 1) {
            co_return history::Error{ErrorCode::kDamaged, "the file is damaged"};
        }
        history::Session session{path_, nullptr, nullptr};
        job->run(session);
        co_return history::Result<void>{};
    }
    void release(Lane /*lane*/, std::shared_ptr<history::Job> job) override { job->release(); }

    int runs = 0;

  private:
    std::string path_;
};

TEST_CASE("an export that fails on its way is cut off, so that nobody takes it for whole",
          "[history]") {
    const TemporaryFolder folder;
    write_slots(folder.file());
    FailsLater database{folder.file()};
    std::optional<Served> served;
    ServerFixture server{[&](http::ServerExchange& exchange) { return served->router(exchange); }};
    ManualClock clock{server.loop};
    clock.skip(2h);
    served.emplace(database, server.loop.get_executor(), clock);
    Spawned<void> reading{server.loop, served->reader.run()};
    const std::string answer = server.answer_to(get("/v1/history/export?kind=heads"));
    CHECK(answer.starts_with("HTTP/1.1 200 "));
    CHECK(answer.size() > history::Export::kPieceBytes);
    CHECK_FALSE(answer.ends_with("0\r\n\r\n"));
    server.stop_and_wait();
    reading.cancel();
    run_until(server.loop, [&] { return reading.is_over(); });
    served.reset();
}

}  // namespace http_failures_test
