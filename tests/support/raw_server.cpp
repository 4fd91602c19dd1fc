#include "tests/support/raw_server.hpp"

#include <set>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace tests {

namespace asio = boost::asio;
using asio::ip::tcp;

struct RawServer::State {
    State(asio::io_context& loop, Script to_run, Read to_read)
        : acceptor{loop, tcp::endpoint{asio::ip::address_v4::loopback(), 0}},
          script{std::move(to_run)},
          read{to_read},
          port{acceptor.local_endpoint().port()} {}

    tcp::acceptor acceptor;
    Script script;
    Read read;
    std::uint16_t port;
    std::vector<std::string> heads;
    std::size_t accepted = 0;
    std::set<std::shared_ptr<Peer>> peers;
};

base::Task<void> RawServer::Peer::send(std::string bytes) {
    co_await asio::async_write(socket, asio::buffer(bytes), asio::use_awaitable);
}

base::Task<void> RawServer::Peer::closed() {
    std::string rest;
    boost::system::error_code end;
    while (!end) {
        rest.resize(1024);
        co_await socket.async_read_some(asio::buffer(rest),
                                        asio::redirect_error(asio::use_awaitable, end));
    }
}

void RawServer::Peer::reset() {
    socket.set_option(asio::socket_base::linger{true, 0});
}

namespace {

base::Task<void> serve(std::shared_ptr<RawServer::Peer> peer, RawServer::Script& script,
                       RawServer::Read read, std::vector<std::string>& heads) {
    try {
        if (read == RawServer::Read::kHead) {
            co_await asio::async_read_until(peer->socket, asio::dynamic_buffer(peer->head),
                                            "\r\n\r\n", asio::use_awaitable);
            heads.push_back(peer->head);
        }
        co_await script(*peer);
    } catch (const boost::system::system_error&) {
        // The client left first.
    }
}

}  // namespace

RawServer::RawServer(asio::io_context& loop, Script script, Read read)
    : state_{std::make_shared<State>(loop, std::move(script), read)} {
    // Their own names: a capturing lambda inside a co_await expression is freed twice by g++ 12.
    auto accept = [](std::shared_ptr<State> state) -> base::Task<void> {
        boost::system::error_code closed;
        while (!closed) {
            tcp::socket socket = co_await state->acceptor.async_accept(
                asio::redirect_error(asio::use_awaitable, closed));
            if (closed) {
                break;
            }
            ++state->accepted;
            auto peer = std::make_shared<Peer>(std::move(socket), std::string{});
            state->peers.insert(peer);
            auto done = [state, peer](const std::exception_ptr& /*error*/) {
                state->peers.erase(peer);
                boost::system::error_code ignored;
                peer->socket.close(ignored);
            };
            asio::co_spawn(state->acceptor.get_executor(),
                           serve(peer, state->script, state->read, state->heads), done);
        }
    };
    asio::co_spawn(loop, accept(state_), asio::detached);
}

RawServer::~RawServer() {
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
    for (const auto& peer : state_->peers) {
        peer->socket.close(ignored);
    }
}

std::uint16_t RawServer::port() const {
    return state_->port;
}

std::string RawServer::url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port()) + path;
}

const std::vector<std::string>& RawServer::heads() const {
    return state_->heads;
}

std::size_t RawServer::accepted() const {
    return state_->accepted;
}

std::size_t RawServer::open_now() const {
    return state_->peers.size();
}

}  // namespace tests
