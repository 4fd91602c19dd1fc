#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/api.hpp"
#include "tests/http/server_fixture.hpp"
#include "tests/monitor/heads.hpp"
#include "tests/support/manual_clock.hpp"
#include "updates/broadcast.hpp"

namespace tests {

/// The API on a real server; virtual time, and updates as the test publishes them.
class ApiFixture {
  public:
    explicit ApiFixture(std::size_t streams_max = 100, http::ServerLimits limits = quick_limits(),
                        std::size_t answer_bytes_max = api::AnswerBodies::kBytesMax)
        : server{[this](http::ServerExchange& exchange) { return api->handle(exchange); },
                 options(limits)},
          clock{server.loop} {
        api::ApiOptions made;
        made.start_id = "start1";
        made.version = "1.2.3";
        made.host_names = {"headmon"};
        made.preferred_nodes = {"beta"};
        made.streams_max = streams_max;
        made.answer_bytes_max = answer_bytes_max;
        made.extra_topics = {"attester_slashing"};
        api = std::make_unique<api::Api>(server.loop.get_executor(), clock, made);
        api->hear(updates::Snapshot{});
    }
    ~ApiFixture() { server.stop_and_wait(); }
    ApiFixture(const ApiFixture&) = delete;
    ApiFixture& operator=(const ApiFixture&) = delete;

    static http::ServerLimits quick_limits() { return api::server_options(256).limits; }
    static http::ServerOptions options(http::ServerLimits limits) {
        http::ServerOptions made = api::server_options(256);
        made.limits = limits;
        return made;
    }

    void publish(updates::Fact fact) {
        api->hear(std::make_shared<const updates::Update>(
            updates::Update{std::move(fact), clock.instant()}));
    }
    /// A run over two nodes in good standing, on a chain whose slot 100 begins now.
    void begin() {
        publish(
            updates::SlotTime{chain::SlotClock{clock.wall_now() - 100 * std::chrono::seconds{12},
                                               std::chrono::seconds{12}},
                              updates::SlotTimeSource::kNode, updates::NodeId{"alpha"}});
        publish(updates::RunStarted{{updates::NodeId{"alpha"}, updates::NodeId{"beta"}}, {}});
        for (const char* const name : {"alpha", "beta"}) {
            publish(updates::StreamOpened{updates::NodeId{name}, false});
            set_health(name, true);
        }
    }
    /// Our own side closes the streams, and the run is over.
    void end_run(updates::RunEndReason reason = updates::RunEndReason::kClosed) {
        for (const char* const name : {"alpha", "beta"}) {
            publish(updates::StreamEnded{updates::NodeId{name},
                                         updates::StreamEndReason::kCancelled, "", 1});
        }
        publish(updates::RunEnded{reason, ""});
    }
    void set_health(const std::string& name, bool is_good) {
        updates::NodeStatus status{updates::NodeId{name}};
        status.state = is_good ? updates::StreamState::kOpen : updates::StreamState::kEnded;
        status.network_check = updates::NetworkCheck::kMatch;
        publish(status);
    }
    /// A live head that becomes the best.
    void head(const std::string& node, std::uint64_t slot, std::uint8_t block) {
        updates::NodeHead report{updates::NodeId{node}, tests::head(slot, block)};
        report.timing.delay = std::chrono::seconds{1};
        report.is_first = true;
        publish(report);
        publish(updates::BestHead{updates::NodeId{node}, report.head});
    }

    /// The answer to `GET target`; with more header lines, each with its line end.
    std::string get(const std::string& target, const std::string& headers = "") {
        return server.answer_to("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers +
                                "Connection: close\r\n\r\n");
    }
    /// A client whose stream has begun.
    std::unique_ptr<RawClient> stream(const std::string& target, const std::string& headers = "") {
        auto client = std::make_unique<RawClient>(server.client());
        run(server.loop, client->connect(server.port()));
        run(server.loop,
            client->send("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n"));
        run(server.loop, client->read_until("retry: 1000\n\n"));
        return client;
    }
    /// Reads until `text` came so often.
    void read_until(RawClient& client, const std::string& text, std::size_t times = 1) {
        run(server.loop, client.read_until(text, times));
    }

    ServerFixture server;
    ManualClock clock;
    std::unique_ptr<api::Api> api;
};

}  // namespace tests
