#include "http/fetch_places.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace http {

FetchPlaces::FetchPlaces(const boost::asio::any_io_executor& executor, std::size_t places_max)
    : taken_{executor, places_max} {}

base::Task<void> FetchPlaces::take() {
    if (taken_.try_send(boost::system::error_code{})) {
        co_return;
    }
    ++waits_;
    boost::system::error_code error;
    co_await taken_.async_send(boost::system::error_code{},
                               boost::asio::redirect_error(boost::asio::use_awaitable, error));
    if (error) {
        throw boost::system::system_error{boost::asio::error::operation_aborted};
    }
}

void FetchPlaces::give_back() {
    taken_.try_receive([](const boost::system::error_code& /*error*/) {});
}

}  // namespace http
