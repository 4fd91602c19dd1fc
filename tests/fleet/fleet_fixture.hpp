#pragma once

// A loop in virtual time, a broadcast, a broker that can be made to fail, and links to it.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <catch2/catch.hpp>

#include "base/notify.hpp"
#include "fleet/link.hpp"
#include "fleet/source.hpp"
#include "tests/support/manual_clock.hpp"
#include "updates/broadcast.hpp"

namespace tests {

/// A task that runs on the loop, until it ends or this does.
class Started {
  public:
    Started(boost::asio::io_context& loop, base::Task<void> task) {
        boost::asio::co_spawn(
            loop, std::move(task),
            boost::asio::bind_cancellation_slot(
                cancel_->slot(), [end = end_, cancel = cancel_](const std::exception_ptr& error) {
                    end->error = error;
                    end->is_over = true;
                }));
    }
    Started(const Started&) = delete;
    Started& operator=(const Started&) = delete;
    ~Started() { cancel(); }

    void cancel() {
        if (!end_->is_over) {
            cancel_->emit(boost::asio::cancellation_type::terminal);
        }
    }
    [[nodiscard]] bool is_over() const { return end_->is_over; }
    /// What it threw; empty: nothing.
    [[nodiscard]] std::string error() const {
        if (!end_->error) {
            return "";
        }
        try {
            std::rethrow_exception(end_->error);
        } catch (const std::exception& error) {
            return error.what();
        }
    }

  private:
    struct End {
        std::exception_ptr error;
        bool is_over = false;
    };
    std::shared_ptr<End> end_ = std::make_shared<End>();
    std::shared_ptr<boost::asio::cancellation_signal> cancel_ =
        std::make_shared<boost::asio::cancellation_signal>();
};

class Fleet {
  public:
    Fleet() = default;
    Fleet(const Fleet&) = delete;
    Fleet& operator=(const Fleet&) = delete;
    ~Fleet() { loop.poll(); }

    void publish(updates::Fact fact) {
        broadcast.publish({std::move(fact), clock.instant()});
        clock.advance(std::chrono::seconds{0});
    }
    /// What the source has behind `after`; there must be something.
    [[nodiscard]] fleet::Entries take(fleet::Source& source, std::uint64_t after,
                                      fleet::Source::Limits limits = {}) {
        std::optional<fleet::Entries> found;
        const auto task = [&]() -> base::Task<void> {
            found = (co_await source.next(after, limits)).value();
        };
        const Started taking{loop, task()};
        clock.advance(std::chrono::seconds{0});
        REQUIRE(found);
        return *found;
    }
    [[nodiscard]] fleet::Start begin(fleet::Source& source) {
        std::optional<fleet::Start> found;
        const auto task = [&]() -> base::Task<void> { found = (co_await source.begin()).value(); };
        const Started taking{loop, task()};
        clock.advance(std::chrono::seconds{0});
        REQUIRE(found);
        return *found;
    }

    boost::asio::io_context loop;
    ManualClock clock{loop};
    updates::Broadcast broadcast{loop.get_executor()};
};

/// What a stream of JetStream keeps, with its deduplication.
struct Broker {
    /// Why no connection can be had; empty: one can.
    std::string away;
    /// Why a message is refused; empty: it is taken.
    std::function<std::string(const fleet::Outgoing&)> refuses = [](const auto&) { return ""; };
    /// Messages are taken and not answered.
    bool is_silent = false;

    std::vector<fleet::Outgoing> stored;
    std::set<std::string> ids;
    /// Without a sequence.
    std::vector<fleet::Outgoing> statuses;
};

/// A connection to it. `turn` does what the broker would: nothing happens by itself.
class TestLink final : public fleet::Link {
  public:
    TestLink(const boost::asio::any_io_executor& executor, Broker& broker)
        : broker_{broker}, news_{executor} {}

    [[nodiscard]] base::Task<base::Result<void>> open() override {
        if (!broker_.away.empty()) {
            co_return base::Error{base::ErrorCode::kUnreachable, broker_.away};
        }
        co_return base::Result<void>{};
    }
    void send(std::vector<fleet::Outgoing> messages) override {
        for (fleet::Outgoing& message : messages) {
            (message.sequence == 0 ? broker_.statuses : waiting_).push_back(std::move(message));
        }
        sent_at_once_ = std::max(sent_at_once_, waiting_.size());
    }
    [[nodiscard]] base::Task<base::Result<std::vector<fleet::Acknowledgement>>> answers() override {
        while (answers_.empty()) {
            if (lost_) {
                co_return *lost_;
            }
            (void)news_.take();
            co_await news_.wait();
        }
        co_return std::exchange(answers_, {});
    }

    /// The broker takes `count` of what it was sent and answers the first `answered` of them.
    void turn(std::size_t count, std::size_t answered) {
        for (std::size_t i = 0; i < count && !waiting_.empty(); ++i) {
            const fleet::Outgoing message = waiting_.front();
            waiting_.erase(waiting_.begin());
            fleet::Acknowledgement answer{message.sequence};
            if (const std::string why = broker_.refuses(message); !why.empty()) {
                answer.refused = base::Error{base::ErrorCode::kUnreachable, why};
            } else {
                answer.is_duplicate = !broker_.ids.insert(message.id).second;
                if (!answer.is_duplicate) {
                    broker_.stored.push_back(message);
                }
            }
            if (i < answered && !broker_.is_silent) {
                answers_.push_back(answer);
            }
        }
        news_.notify();
    }
    void turn() { turn(waiting_.size(), waiting_.size()); }
    void lose(std::string why) {
        lost_ = base::Error{base::ErrorCode::kUnreachable, std::move(why)};
        news_.notify();
    }
    [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
    [[nodiscard]] std::size_t sent_at_once() const { return sent_at_once_; }

  private:
    Broker& broker_;
    base::Notify news_;
    std::vector<fleet::Outgoing> waiting_;
    std::vector<fleet::Acknowledgement> answers_;
    std::optional<base::Error> lost_;
    std::size_t sent_at_once_ = 0;
};

}  // namespace tests
