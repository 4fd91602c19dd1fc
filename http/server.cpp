#include "http/server.hpp"

#include <exception>
#include <list>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/redirect_error.hpp>

#include "base/notify.hpp"
#include "http/server_connection.hpp"

namespace http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// The pause after an accept that failed for lack of descriptors or memory.
constexpr std::chrono::milliseconds kAcceptPause{100};

bool may_retry_accept(const boost::system::error_code& error) {
    return error == asio::error::connection_aborted || error == asio::error::no_descriptors ||
           error == asio::error::no_memory || error == asio::error::no_buffer_space ||
           error == boost::system::errc::too_many_files_open_in_system ||
           error == boost::system::errc::protocol_error || error == asio::error::connection_reset ||
           error == asio::error::interrupted;
}

}  // namespace

ErrorBody plain_error(int /*status*/, std::string_view message) {
    return ErrorBody{"text/plain", std::string{message} + "\n"};
}

class Server::Impl : public std::enable_shared_from_this<Server::Impl> {
  public:
    Impl(asio::any_io_executor executor, const tcp::endpoint& endpoint, Handler handler,
         ServerOptions options)
        : executor_{std::move(executor)},
          handler_{std::move(handler)},
          options_{std::move(options)},
          acceptor_{executor_, endpoint},
          endpoint_{acceptor_.local_endpoint()},
          listener_changed_{executor_},
          connection_ended_{executor_} {}

    [[nodiscard]] base::Task<void> accept();
    [[nodiscard]] base::Task<void> all_ended();
    void close_all();

    void close_listener() {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        listener_changed_.notify();
    }
    void open_listener() {
        if (!acceptor_.is_open()) {
            acceptor_ = tcp::acceptor{executor_, endpoint_};
            listener_changed_.notify();
        }
    }

    [[nodiscard]] const tcp::endpoint& endpoint() const { return endpoint_; }
    [[nodiscard]] const std::string& name() const { return options_.name; }
    [[nodiscard]] std::size_t connections() const { return connections_.size() - closing_; }
    [[nodiscard]] const LimitsMet& limits_met() const { return limits_met_; }

  private:
    void serve(tcp::socket socket);
    /// Closes the connection that has waited longest. False when each one is being answered.
    [[nodiscard]] bool make_room();

    asio::any_io_executor executor_;
    Handler handler_;
    ServerOptions options_;
    tcp::acceptor acceptor_;
    tcp::endpoint endpoint_;
    base::Notify listener_changed_;
    base::Notify connection_ended_;
    LimitsMet limits_met_;
    WaitingConnections waiting_;
    std::list<std::shared_ptr<Connection>> connections_;
    /// Those among them that made room and have not ended yet.
    std::size_t closing_ = 0;
};

base::Task<void> Server::Impl::accept() {
    while (true) {
        while (!acceptor_.is_open()) {
            co_await listener_changed_.wait();
            static_cast<void>(listener_changed_.take());
        }
        boost::system::error_code error;
        tcp::socket socket{executor_};
        co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
        co_await base::throw_if_cancelled();
        if (!error) {
            serve(std::move(socket));
            continue;
        }
        if (may_retry_accept(error)) {
            asio::steady_timer pause{executor_, kAcceptPause};
            co_await pause.async_wait(asio::use_awaitable);
        } else if (acceptor_.is_open() && error != asio::error::operation_aborted) {
            throw boost::system::system_error{error, "accept"};
        }
    }
}

void Server::Impl::serve(tcp::socket socket) {
    if (connections() >= options_.limits.connections_max && !make_room()) {
        ++limits_met_.connections;
        return;
    }
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    if (options_.limits.send_buffer_bytes > 0) {
        socket.set_option(asio::socket_base::send_buffer_size{static_cast<int>(
                              options_.limits.send_buffer_bytes)},
                          ignored);
    }
    const Connection::Shared shared{handler_, options_, limits_met_, waiting_};
    const auto connection = std::make_shared<Connection>(std::move(socket), shared);
    const auto place = connections_.insert(connections_.end(), connection);
    auto ended = [self = shared_from_this(), place](const std::exception_ptr& failure) {
        self->closing_ -= (*place)->has_made_room() ? 1 : 0;
        self->connections_.erase(place);
        self->connection_ended_.notify();
        if (failure) {
            std::rethrow_exception(failure);
        }
    };
    asio::co_spawn(executor_, connection->serve(),
                   asio::bind_cancellation_slot(connection->slot(), std::move(ended)));
}

bool Server::Impl::make_room() {
    if (waiting_.empty()) {
        return false;
    }
    ++limits_met_.made_room;
    ++closing_;
    waiting_.front()->make_room();
    return true;
}

void Server::Impl::close_all() {
    // A copy: connections leave the list as they end.
    const std::vector<std::shared_ptr<Connection>> all{connections_.begin(), connections_.end()};
    for (const auto& connection : all) {
        connection->cancel();
    }
}

base::Task<void> Server::Impl::all_ended() {
    while (!connections_.empty()) {
        co_await connection_ended_.wait();
        static_cast<void>(connection_ended_.take());
    }
}

Server::Server(asio::any_io_executor executor, const tcp::endpoint& endpoint, Handler handler,
               ServerOptions options)
    : impl_{std::make_shared<Impl>(std::move(executor), endpoint, std::move(handler),
                                   std::move(options))} {}

Server::~Server() {
    impl_->close_listener();
    impl_->close_all();
}

tcp::endpoint Server::endpoint() const {
    return impl_->endpoint();
}

base::Task<void> Server::run() {
    const std::shared_ptr<Impl> impl = impl_;
    std::exception_ptr failure;
    try {
        co_await impl->accept();
    } catch (...) {
        failure = std::current_exception();
    }
    impl->close_listener();
    impl->close_all();
    // The cancellation that brought us here must not cut this wait short, nor may a second one: a
    // handler uses things that may be gone when we return. So it runs apart, without a slot.
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::co_spawn(
        executor, impl->all_ended(),
        asio::bind_cancellation_slot(asio::cancellation_slot{}, asio::use_awaitable));
    co_await asio::this_coro::throw_if_cancelled(true);
    std::rethrow_exception(failure);
}

const std::string& Server::name() const {
    return impl_->name();
}

std::size_t Server::connections() const {
    return impl_->connections();
}

const LimitsMet& Server::limits_met() const {
    return impl_->limits_met();
}

void Server::close_listener() {
    impl_->close_listener();
}

void Server::open_listener() {
    impl_->open_listener();
}

}  // namespace http
