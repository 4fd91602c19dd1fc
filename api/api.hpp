#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "api/answer_bodies.hpp"
#include "api/answers.hpp"
#include "api/beacon_events.hpp"
#include "api/bearer_token.hpp"
#include "api/candidate_routes.hpp"
#include "api/event_streams.hpp"
#include "api/held_events.hpp"
#include "api/node_board.hpp"
#include "api/state_changes.hpp"
#include "api/state_stream.hpp"
#include "base/clock.hpp"
#include "base/notify.hpp"
#include "base/task.hpp"
#include "http/router.hpp"
#include "http/server_exchange.hpp"
#include "http/server_options.hpp"
#include "updates/broadcast.hpp"

namespace api {

struct ApiOptions {
    /// Of this start of the program, letters and digits: ids of events begin with it.
    std::string start_id;
    std::string version;
    /// The nodes that the operator prefers, the most preferred first.
    std::vector<std::string> preferred_nodes;
    /// Names of this machine beside `localhost` that a request's `Host` may have.
    std::vector<std::string> host_names;
    std::size_t streams_max = 512;
    /// Of answers that clients have not taken yet, all together.
    std::size_t answer_bytes_max = AnswerBodies::kBytesMax;
    /// Topics of `/eth/v1/events` beside kTopics.
    std::vector<std::string> extra_topics{};
    /// The list of candidates, and the token that changes it; without them nobody may.
    Candidates* candidates = nullptr;
    std::optional<BearerToken> token{};
    /// A URL with `{slot}` or `{root}` in it, for views.
    std::optional<std::string> block_explorer{};
    /// The web page is served, where the program was built with it.
    bool has_page = true;
};

/// How often clients have met a limit of the API beside those of its server.
struct ApiLimitsMet {
    StreamLimitsMet streams;
    /// Requests whose `Host` is none of ours.
    std::uint64_t host = 0;
    /// Requests turned away as too many bytes of answers wait for slow clients.
    std::uint64_t answer_bytes = 0;
    CandidateLimitsMet candidates;
};

/// The name and the limits of the API's server, for so many connections.
[[nodiscard]] http::ServerOptions server_options(std::size_t connections_max);

/// The HTTP API: docs/api.md, docs/openapi.yaml. Reads the updates and serves what follows from
/// them; knows nothing of the monitor, whose restarts close no stream, and hands requests for
/// another list of nodes to `options.candidates`. Lives on the event loop.
class Api {
  public:
    Api(const boost::asio::any_io_executor& executor, base::Clock& clock, ApiOptions options);
    Api(const Api&) = delete;
    Api& operator=(const Api&) = delete;

    /// Told each message of one subscription, in order.
    void hear(const updates::Message& message);
    /// The services of the tree, which are listed before anything is published of them.
    void set_services(std::vector<std::string> services) { services_ = std::move(services); }

    /// Paths below /v1/history are served.
    void set_has_history(bool has_history) { about_.has_history = has_history; }

    /// Gives out what waits: for the best node, until its time is over, and changes of the state.
    /// Ends only when cancelled; what waits outlives the task.
    [[nodiscard]] base::Task<void> give_out();

    /// Answers one request. This outlives the task.
    [[nodiscard]] base::Task<void> handle(http::ServerExchange& exchange);

    /// For routes of other rooms, which are put there before the server runs.
    [[nodiscard]] http::Router& router() { return router_; }

    /// What agent checks are answered from.
    [[nodiscard]] const NodeBoard& board() const { return board_; }
    [[nodiscard]] ApiLimitsMet limits_met() const {
        return {streams_.limits_met(), host_refused_, bodies_.refused(), candidates_.limits_met()};
    }
    [[nodiscard]] bool keeps_updates() { return streams_.keeps_updates(); }
    /// Clients of event streams that are being served.
    [[nodiscard]] std::size_t streams() const { return streams_.streams(); }

  private:
    [[nodiscard]] base::Task<void> give_out_held();
    void publish_held(base::MonoTime now);
    void add_routes();
    /// A route whose answer is made at once of what is known.
    void add(std::string_view pattern, std::function<Answer(const http::RouteArguments&)> make);
    /// The same for a short answer that nothing may keep away: an orchestrator ends who gives none.
    void add_probe(std::string_view pattern,
                   std::function<Answer(const http::RouteArguments&)> make);
    /// Sends the answer of that name, which may be large.
    [[nodiscard]] base::Task<void> respond(http::ServerExchange& exchange, std::string name,
                                           std::function<Answer()> make);
    [[nodiscard]] base::Task<void> respond_full(http::ServerExchange& exchange);
    [[nodiscard]] base::Task<void> serve_state(http::ServerExchange& exchange);
    [[nodiscard]] base::Task<void> respond_slots(http::ServerExchange& exchange,
                                                 const http::RouteArguments& arguments);

    base::Clock& clock_;
    ApiOptions options_;
    std::vector<std::string> services_;
    NodeBoard board_;
    BeaconEvents events_;
    HeldEvents held_;
    /// Something waits in `held_`.
    base::Notify has_held_;
    EventStreams streams_;
    AnswerBodies bodies_;
    About about_;
    StateStream state_;
    CandidateRoutes candidates_;
    http::Router router_;
    std::uint64_t host_refused_ = 0;
};

}  // namespace api
