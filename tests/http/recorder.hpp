#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/system_clock.hpp"
#include "http/client.hpp"
#include "tests/support/loop.hpp"

namespace tests {

/// Writes down what one transfer does. The hooks run last in their call.
class Recorder final : public http::TransferListener {
  public:
    void on_connected() override {
        ++connects;
        run(at_connected);
    }
    [[nodiscard]] std::optional<http::TransferError> on_head(
        const http::ResponseHead& answer) override {
        head = answer;
        const auto refusal = refuse;
        run(at_head);
        return refusal;
    }
    void on_bytes(std::string_view bytes, base::Instant arrived) override {
        body += bytes;
        arrivals.push_back(arrived);
        run(at_bytes);
    }
    void on_end(const http::TransferError& why) override {
        ends.push_back(why);
        run(at_end);
    }

    [[nodiscard]] bool ended() const { return !ends.empty(); }
    /// The name of the reason; empty before the end.
    [[nodiscard]] std::string reason() const {
        return ended() ? std::string{to_string(ends.front().reason)} : std::string{};
    }

    int connects = 0;
    std::optional<http::ResponseHead> head;
    std::string body;
    std::vector<base::Instant> arrivals;
    std::vector<http::TransferError> ends;

    std::optional<http::TransferError> refuse;
    std::function<void()> at_connected;
    std::function<void()> at_head;
    std::function<void()> at_bytes;
    std::function<void()> at_end;

  private:
    /// A hook may destroy this listener and with it the function that holds the hook.
    static void run(const std::function<void()>& hook) {
        if (const auto copy = hook) {
            copy();
        }
    }
};

/// A client over real sockets and the machine's clock.
struct ClientLoop {
    explicit ClientLoop(http::ClientLimits limits = {})
        : clock{loop.get_executor()}, client{loop.get_executor(), clock, limits} {}

    void until(const std::function<bool()>& done) { tests::run_until(loop, done); }
    /// Runs the loop for a while, to see that nothing happens.
    void watch_for(std::chrono::milliseconds window) {
        const auto end = std::chrono::steady_clock::now() + window;
        until([end] { return std::chrono::steady_clock::now() >= end; });
    }
    template <class Value>
    Value get(base::Task<Value> task) {
        std::optional<Value> answer;
        tests::run(loop, keep(std::move(task), answer));
        return std::move(*answer);
    }

    boost::asio::io_context loop;
    base::SystemClock clock;
    http::Client client;

  private:
    template <class Value>
    static base::Task<void> keep(base::Task<Value> task, std::optional<Value>& answer) {
        answer.emplace(co_await std::move(task));
    }
};

inline http::Request request_to(const std::string& url) {
    http::Request request;
    request.endpoint.url = http::Url::parse(url).value();
    return request;
}

}  // namespace tests
