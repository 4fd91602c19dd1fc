#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include "base/task.hpp"

namespace http {

/// The places of the fetches that are on their way; internal to http/. Lives on the event loop.
///
/// Few are young at a time: what many nodes are asked at one moment goes out as the first answers
/// come in, over the connections that those leave. A fetch that gets no answer is not young for
/// long, so that a dead node cannot hold up the others.
class FetchPlaces {
  public:
    struct Limits {
        /// At least 1.
        std::size_t places_max;
        /// At least 1.
        std::size_t young_max;
        std::chrono::milliseconds is_young_for;
    };

    FetchPlaces(boost::asio::any_io_executor executor, const Limits& limits);

    /// One fetch's place, which is given back when it goes.
    class Place : public std::enable_shared_from_this<Place> {
      public:
        explicit Place(FetchPlaces& places) : places_{places}, age_{places.executor_} {}
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place();

      private:
        friend FetchPlaces;
        void begin();

        FetchPlaces& places_;
        boost::asio::steady_timer age_;
        bool is_young_ = true;
        bool has_begun_ = false;
    };

    /// Takes a place when there is one, in the order of the calls. Ends with operation_aborted when
    /// cancelled, and when the places are closed.
    [[nodiscard]] base::Task<std::shared_ptr<Place>> take();
    /// Whoever waits for a place gets none.
    void close();

    /// How many calls had to wait for one of `places_max` so far.
    [[nodiscard]] std::uint64_t waits() const { return waits_; }

  private:
    /// Holds one message for each place that is taken: who comes to a full one waits.
    using Taken = boost::asio::experimental::channel<void(boost::system::error_code)>;

    [[nodiscard]] static base::Task<void> take_one(Taken& taken);
    static void give_back(Taken& taken);

    boost::asio::any_io_executor executor_;
    std::chrono::milliseconds is_young_for_;
    Taken young_;
    Taken all_;
    std::uint64_t waits_ = 0;
};

}  // namespace http
