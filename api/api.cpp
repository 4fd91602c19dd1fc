#include "api/api.hpp"

#include <memory>
#include <utility>
#include <variant>

#include "api/page/page.hpp"
#include "api/request_rules.hpp"
#include "base/text.hpp"
#include "updates/json.hpp"
#include "updates/kind.hpp"

namespace api {
namespace {

constexpr const char* kJson = "application/json";

}  // namespace

http::ServerOptions server_options(std::size_t connections_max) {
    http::ServerOptions options;
    options.name = "api";
    options.limits.connections_max = connections_max;
    options.limits.header_bytes_max = std::size_t{8} * 1024;
    options.limits.body_bytes_max = std::size_t{64} * 1024;
    // A reader that takes nothing for so long is hopeless.
    options.limits.write_timeout = std::chrono::seconds{10};
    // What one reader can leave unread in this machine's memory.
    options.limits.send_buffer_bytes = std::size_t{128} * 1024;
    options.error_format = [](int status, std::string_view message) {
        return http::ErrorBody{kJson, error_answer(status, message).body};
    };
    return options;
}

Api::Api(const boost::asio::any_io_executor& executor, base::Clock& clock, ApiOptions options)
    : clock_{clock},
      options_{std::move(options)},
      board_{options_.preferred_nodes},
      has_held_{executor},
      streams_{executor, clock, {options_.start_id, options_.streams_max, options_.extra_topics}},
      bodies_{options_.answer_bytes_max},
      about_{options_.version, clock.wall_now(), false, options_.block_explorer},
      state_{
          executor, clock, options_.start_id, {board_, events_.head(), services_, about_}, bodies_},
      candidates_{options_.candidates, options_.token} {
    add_routes();
}

void Api::hear(const updates::Message& message) {
    board_.apply(message);
    const auto* const update = std::get_if<std::shared_ptr<const updates::Update>>(&message);
    if (update == nullptr) {
        return;
    }
    const updates::Fact& fact = (*update)->fact;
    const auto node = updates::node_of(fact);
    for (const BeaconEvent& event :
         events_.apply(**update, node.has_value() && board_.is_good(*node, (*update)->at.mono))) {
        streams_.beacon_events().publish(event.topic, event.data);
        held_.add(event, events_.head().moves(), (*update)->at.mono, events_.slot_duration());
    }
    publish_held((*update)->at.mono);
    state_.hear(**update);
    if (streams_.keeps_updates()) {
        streams_.updates().publish(to_string(updates::kind_of(fact)), updates::to_json(**update),
                                   node ? std::string_view{node->name()} : std::string_view{});
    }
}

void Api::publish_held(base::MonoTime now) {
    if (!held_.due()) {
        return;
    }
    const auto& best = board_.best_node();
    const auto followed = best ? std::optional{events_.head().followed(best->node)} : std::nullopt;
    for (const BeaconEvent& event : held_.take(followed, now)) {
        streams_.best_node_events().publish(event.topic, event.data);
    }
    if (held_.due()) {
        has_held_.notify();
    }
}

base::Task<void> Api::give_out() {
    return base::run_all(give_out_held(), state_.give_out());
}

base::Task<void> Api::give_out_held() {
    while (true) {
        static_cast<void>(has_held_.take());
        if (const auto due = held_.due()) {
            co_await clock_.sleep_until(*due);
            publish_held(clock_.now());
        } else {
            co_await has_held_.wait();
        }
    }
}

base::Task<void> Api::handle(http::ServerExchange& exchange) {
    if (!is_our_host(exchange.request().headers, options_.host_names)) {
        ++host_refused_;
        co_await exchange.respond_error(
            421, "Host names another machine; ask for an address or localhost, or set host_names");
        co_return;
    }
    co_await router_(exchange);
}

void Api::add(std::string_view pattern, std::function<Answer(const http::RouteArguments&)> make) {
    router_.add("GET", pattern,
                [this, name = std::string{pattern}, make = std::move(make)](
                    http::ServerExchange& exchange, const http::RouteArguments& arguments) {
                    std::string of_values = name;
                    for (const auto& one : arguments.path) {
                        of_values += ' ' + one.value;
                    }
                    return respond(exchange, std::move(of_values),
                                   [&make, &arguments] { return make(arguments); });
                });
}

void Api::add_probe(std::string_view pattern,
                    std::function<Answer(const http::RouteArguments&)> make) {
    router_.add("GET", pattern,
                [make = std::move(make)](http::ServerExchange& exchange,
                                         const http::RouteArguments& arguments) {
                    Answer answer = make(arguments);
                    return exchange.respond(answer.status, kJson, std::move(answer.body),
                                            {{"Cache-Control", "no-store"}});
                });
}

base::Task<void> Api::respond(http::ServerExchange& exchange, std::string name,
                              std::function<Answer()> make) {
    auto body = bodies_.get(name, clock_.now(), make);
    if (!body) {
        co_await respond_full(exchange);
        co_return;
    }
    std::vector<http::Header> headers{{"Cache-Control", "no-store"}};
    co_await exchange.respond(body->status, kJson, std::move(body->text), std::move(headers));
}

base::Task<void> Api::respond_full(http::ServerExchange& exchange) {
    std::vector<http::Header> retry{{"Retry-After", "1"}};
    co_await exchange.respond_error(503, "too many answers wait for clients to take them",
                                    std::move(retry));
}

base::Task<void> Api::serve_state(http::ServerExchange& exchange) {
    if (!bodies_.has_room()) {
        co_await respond_full(exchange);
        co_return;
    }
    sse::EventFeedOptions options;
    options.write_state = [this](const sse::RingGap&) { return state_.state(); };
    co_await streams_.serve_state(exchange, state_.ring(), std::move(options));
}

void Api::add_routes() {
    using http::RouteArguments;
    add_page(router_, options_.has_page);
    router_.add("GET", "/eth/v1/events",
                [this](http::ServerExchange& exchange, const RouteArguments& arguments) {
                    return streams_.serve_beacon_events(exchange, arguments.query);
                });
    router_.add("GET", "/v1/events",
                [this](http::ServerExchange& exchange, const RouteArguments& arguments) {
                    return streams_.serve_updates(exchange, arguments.query);
                });
    router_.add("GET", "/v1/state", [this](http::ServerExchange& exchange, const RouteArguments&) {
        return serve_state(exchange);
    });
    candidates_.add_to(router_);
    add("/v1/head", [this](const RouteArguments&) {
        return head_answer(events_.head(), board_, clock_.instant());
    });
    add("/v1/nodes",
        [this](const RouteArguments&) { return nodes_answer(board_, clock_.instant()); });
    add("/v1/nodes/{name}", [this](const RouteArguments& arguments) {
        return node_answer(board_, arguments.path_value("name"), clock_.instant());
    });
    add_probe("/v1/nodes/{name}/ready", [this](const RouteArguments& arguments) {
        return node_ready_answer(board_, arguments.path_value("name"), clock_.now());
    });
    router_.add("GET", "/v1/slots",
                [this](http::ServerExchange& exchange, const RouteArguments& arguments) {
                    return respond_slots(exchange, arguments);
                });
    add("/v1/services",
        [this](const RouteArguments&) { return services_answer(board_, services_); });
    add("/v1/best-node",
        [this](const RouteArguments&) { return best_node_answer(board_, clock_.now()); });
    add("/v1/version", [this](const RouteArguments&) { return version_answer(options_.version); });
    add_probe("/healthz", [](const RouteArguments&) { return health_answer(); });
    add_probe("/readyz",
              [this](const RouteArguments&) { return ready_answer(board_, clock_.instant()); });
}

base::Task<void> Api::respond_slots(http::ServerExchange& exchange,
                                    const http::RouteArguments& arguments) {
    const auto text = arguments.query.find("last");
    const auto last =
        text ? base::parse_number(*text, 1, SlotHistory::kSlotsMax) : SlotHistory::kSlotsMax;
    if (!last) {
        co_await exchange.respond_error(400, "last wants a whole number from 1 to 64");
        co_return;
    }
    co_await respond(exchange, "/v1/slots?last=" + std::to_string(*last),
                     [this, last = *last] { return slots_answer(board_, last); });
}

}  // namespace api
