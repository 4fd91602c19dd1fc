#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <unordered_set>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/clock.hpp"
#include "http/failure_reason.hpp"
#include "http/request.hpp"
#include "http/transfer_listener.hpp"

namespace http {

/// One whole answer as it comes in, for a fetch; internal to http/. `ended` is cancelled when there
/// is no more to wait for.
class BodyCollector final : public TransferListener {
  public:
    /// Is in `all` while it lives.
    BodyCollector(const boost::asio::any_io_executor& executor, std::size_t body_bytes_max,
                  std::unordered_set<BodyCollector*>& all)
        : ended{executor}, body_bytes_max_{body_bytes_max}, all_{all} {
        all_.insert(this);
    }
    BodyCollector(const BodyCollector&) = delete;
    BodyCollector& operator=(const BodyCollector&) = delete;
    ~BodyCollector() override { all_.erase(this); }

    void on_connected() override {}
    [[nodiscard]] std::optional<TransferError> on_head(const ResponseHead& head) override {
        if (head.content_length.value_or(0) > body_bytes_max_) {
            return TransferError{http::FailureReason::kTooLarge, "body"};
        }
        response.head = head;
        return std::nullopt;
    }
    void on_bytes(std::string_view bytes, base::Instant /*arrived*/) override {
        if (failure) {
            return;
        }
        if (bytes.size() > body_bytes_max_ - response.body.size()) {
            on_end(TransferError{http::FailureReason::kTooLarge, "body"});
            return;
        }
        response.body.append(bytes);
    }
    void on_end(const TransferError& why) override {
        if (!failure) {
            failure = why;
            ended.cancel();
        }
    }

    boost::asio::steady_timer ended;
    Response response;
    std::optional<TransferError> failure;

  private:
    std::size_t body_bytes_max_;
    std::unordered_set<BodyCollector*>& all_;
};

}  // namespace http
