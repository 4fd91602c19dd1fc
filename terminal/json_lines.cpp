#include "terminal/json_lines.hpp"

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "updates/json.hpp"

namespace terminal {
namespace {

using UpdatePtr = std::shared_ptr<const updates::Update>;

}  // namespace

JsonLines::JsonLines(const boost::asio::any_io_executor& executor, updates::Broadcast& broadcast,
                     int descriptor, IsLast is_last)
    : is_last_{std::move(is_last)},
      output_{executor, descriptor},
      over_{executor},
      queue_{broadcast.subscribe(kWaitingMax)},
      subscription_{
          broadcast.listen([this](const updates::Message& message) { received(message); })} {}

base::Task<void> JsonLines::run() {
    // Nothing is written after the end, whatever it comes by.
    const auto subscription = std::move(subscription_);
    co_await base::run_first(write(), output_.run(), over_.wait());
    co_await output_.flush();
}

base::Task<void> JsonLines::write() {
    while (true) {
        const auto message = co_await queue_->next();
        if (!message) {
            co_return;
        }
        append(*message);
        take_waiting();
        output_.write_now();
        co_await output_.wait_written();
    }
}

void JsonLines::received(const updates::Message& message) {
    const auto* const update = std::get_if<UpdatePtr>(&message);
    if (update == nullptr || !std::holds_alternative<updates::BestHead>((*update)->fact) ||
        output_.pending() > 0) {
        return;
    }
    take_waiting();
    output_.write_now();
}

void JsonLines::take_waiting() {
    while (!is_over_ && output_.pending() < kPendingBytesMax) {
        const auto message = queue_->take();
        if (!message) {
            return;
        }
        append(*message);
    }
}

void JsonLines::append(const updates::Message& message) {
    if (is_over_) {
        return;
    }
    line_.clear();
    if (const auto* const update = std::get_if<UpdatePtr>(&message)) {
        updates::append_json(**update, line_);
        is_over_ = is_last_ && is_last_(**update);
    } else if (const auto* const lagged = std::get_if<updates::Lagged>(&message)) {
        line_ = "{\"update\":\"lagged\",\"count\":" + std::to_string(lagged->count) + "}";
    } else {
        // A snapshot holds nothing that was not in a line before, or lost.
        return;
    }
    line_ += '\n';
    output_.append(line_);
    if (is_over_) {
        over_.notify();
    }
}

}  // namespace terminal
