#include "recording/node_player.hpp"

#include <algorithm>
#include <utility>

#include "base/printable.hpp"

namespace recording {
namespace {

/// Of final answers.
constexpr int kStatusMin = 200;
constexpr int kStatusMax = 599;

}  // namespace

void NodePlayer::stream_began() {
    is_open_ = true;
    is_between_events_ = true;
}

void NodePlayer::stream_ended() {
    is_open_ = false;
    for (Client* const client : clients_) {
        client->is_over = true;
        client->changed.notify();
    }
}

void NodePlayer::stream_bytes(std::string_view bytes) {
    const auto shared = std::make_shared<const std::string>(bytes);
    for (Client* const client : clients_) {
        // Half an event is nothing to begin with.
        client->has_begun = client->has_begun || is_between_events_;
        if (!client->has_begun) {
            continue;
        }
        client->waiting.push_back(shared);
        client->waiting_bytes += shared->size();
        client->is_over = client->is_over || client->waiting_bytes > kWaitingBytesMax;
        client->changed.notify();
    }
    is_between_events_ = bytes.ends_with("\n\n") || bytes.ends_with("\r\n\r\n");
}

void NodePlayer::answered(const std::string& path, const http::Response& answer) {
    answers_.insert_or_assign(path, answer);
}

base::Task<void> NodePlayer::handle(http::ServerExchange& exchange) {
    const std::string& target = exchange.request().target;
    const std::string path = target.substr(0, target.find('?'));
    if (path == "/eth/v1/events") {
        co_await serve_stream(exchange);
        co_return;
    }
    const auto found = answers_.find(path);
    if (found == answers_.end()) {
        co_await exchange.respond_error(404, "this path was not asked for when it was recorded");
        co_return;
    }
    const http::Response answer = found->second;
    // A recording may be anybody's: nothing of it is a header as it stands.
    const int status = std::clamp(answer.head.status, kStatusMin, kStatusMax);
    const std::string type = base::printable(answer.head.content_type);
    co_await exchange.respond(status, type, answer.body);
}

base::Task<void> NodePlayer::serve_stream(http::ServerExchange& exchange) {
    if (!is_open_) {
        co_await exchange.respond_error(503, "the node had no open stream at this time");
        co_return;
    }
    Client client{executor_};
    clients_.insert(&client);
    struct Leave {
        std::set<Client*>& clients;
        Client* client;
        ~Leave() { clients.erase(client); }
    };
    const Leave leave{clients_, &client};
    const bool has_body = co_await exchange.start_stream("text/event-stream");
    while (has_body) {
        while (!client.waiting.empty()) {
            const auto bytes = std::move(client.waiting.front());
            client.waiting.pop_front();
            client.waiting_bytes -= bytes->size();
            co_await exchange.write(*bytes);
        }
        if (client.is_over) {
            break;
        }
        co_await client.changed.wait();
        (void)client.changed.take();
    }
}

}  // namespace recording
