#pragma once

#include <cstddef>
#include <cstdint>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/system/error_code.hpp>

#include "base/task.hpp"

namespace http {

/// The places of the fetches that are on their way; internal to http/. Lives on the event loop.
class FetchPlaces {
  public:
    /// `places_max` is at least 1.
    FetchPlaces(const boost::asio::any_io_executor& executor, std::size_t places_max);

    /// Returns when there is a place, in the order of the calls, and takes it. Ends with
    /// operation_aborted when cancelled, and when the places are closed.
    [[nodiscard]] base::Task<void> take();
    /// Gives a place back when it goes.
    class Taken {
      public:
        explicit Taken(FetchPlaces& places) : places_{places} {}
        Taken(const Taken&) = delete;
        Taken& operator=(const Taken&) = delete;
        ~Taken() { places_.give_back(); }

      private:
        FetchPlaces& places_;
    };
    /// Whoever waits for a place gets none.
    void close() {
        taken_.cancel();
        taken_.close();
    }

    /// How many calls had to wait so far.
    [[nodiscard]] std::uint64_t waits() const { return waits_; }

  private:
    void give_back();

    /// Holds one message for each place that is taken: who comes to a full one waits.
    boost::asio::experimental::channel<void(boost::system::error_code)> taken_;
    std::uint64_t waits_ = 0;
};

}  // namespace http
