#include "http/fetch_places.hpp"

#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace http {

FetchPlaces::FetchPlaces(boost::asio::any_io_executor executor, const Limits& limits)
    : executor_{std::move(executor)},
      is_young_for_{limits.is_young_for},
      young_{executor_, limits.young_max},
      all_{executor_, limits.places_max} {}

FetchPlaces::Place::~Place() {
    if (is_young_) {
        give_back(places_.young_);
    }
    if (has_begun_) {
        give_back(places_.all_);
    }
}

void FetchPlaces::Place::begin() {
    has_begun_ = true;
    age_.expires_after(places_.is_young_for_);
    age_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
        const auto place = weak.lock();
        if (place && !cancelled) {
            place->is_young_ = false;
            give_back(place->places_.young_);
        }
    });
}

base::Task<std::shared_ptr<FetchPlaces::Place>> FetchPlaces::take() {
    co_await take_one(young_);
    auto place = std::make_shared<Place>(*this);
    if (!all_.try_send(boost::system::error_code{})) {
        ++waits_;
        co_await take_one(all_);
    }
    place->begin();
    co_return place;
}

void FetchPlaces::close() {
    for (Taken* const taken : {&young_, &all_}) {
        taken->cancel();
        taken->close();
    }
}

base::Task<void> FetchPlaces::take_one(Taken& taken) {
    if (taken.try_send(boost::system::error_code{})) {
        co_return;
    }
    boost::system::error_code error;
    co_await taken.async_send(boost::system::error_code{},
                              boost::asio::redirect_error(boost::asio::use_awaitable, error));
    if (error) {
        throw boost::system::system_error{boost::asio::error::operation_aborted};
    }
}

void FetchPlaces::give_back(Taken& taken) {
    taken.try_receive([](const boost::system::error_code& /*error*/) {});
}

}  // namespace http
