#include "cli/events.hpp"

#include <unistd.h>

#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include "base/notify.hpp"
#include "base/printable.hpp"
#include "base/system_clock.hpp"
#include "cli/error_line.hpp"
#include "cli/exit_code.hpp"
#include "cli/loop.hpp"
#include "cli/output.hpp"
#include "http/client.hpp"
#include "sse/stream.hpp"
#include "sse/utf8.hpp"

namespace cli {
namespace {

/// Above this the stream is slowed down to what the reader of standard output takes.
constexpr std::size_t kPendingSoftMax = std::size_t{16} * 1024 * 1024;
/// Above this the reader is given up.
constexpr std::size_t kPendingMax = 4 * kPendingSoftMax;

constexpr std::chrono::seconds kFlushMax{1};

void append_json(std::string& out, std::string_view bytes) {
    std::string text;
    sse::append_well_formed(text, bytes);
    out += boost::json::serialize(boost::json::string{text});
}

/// One stream from its opening to the end of the command.
class EventPrinter final : public sse::StreamListener {
  public:
    EventPrinter(boost::asio::io_context& loop, base::Clock& clock, http::Client& client,
                 const EventsArguments& arguments)
        : arguments_{arguments},
          clock_{clock},
          client_{client},
          output_{loop.get_executor(), STDOUT_FILENO},
          done_{loop.get_executor()} {}

    base::Task<void> run() {
        sse::StreamOptions options;
        options.event_bytes_max = arguments_.event_bytes_max;
        stream_ = std::make_unique<sse::Stream>(client_, arguments_.endpoint, options, *this);
        co_await base::run_first(done_.wait(), output_.run(), time_out());
        stream_.reset();
        // A reader that stands still does not stretch the total time for long.
        std::optional<std::chrono::milliseconds> limit;
        if (arguments_.timeout) {
            limit = kFlushMax;
        }
        const auto end = deadline(clock_.now(), limit);
        co_await base::run_first(output_.flush(), clock_.sleep_until(end));
        if (output_.failed() && !output_.reader_gone()) {
            failure_ = "standard output cannot be written";
        }
    }

    /// Why the command failed; nothing after a clean end.
    [[nodiscard]] const std::optional<std::string>& failure() const { return failure_; }

    void on_connected() override {}
    void on_open() override {}
    void on_bytes(base::Instant /*arrived*/) override {}
    void on_comment(std::string_view /*comment*/, base::Instant /*arrived*/) override {}

    void on_event(const sse::Event& event, base::Instant /*arrived*/) override {
        if (is_done_) {
            return;
        }
        output_.append(event_line(event));
        ++events_;
        if (arguments_.max_events && events_ == *arguments_.max_events) {
            finish(std::nullopt);
            return;
        }
        if (output_.pending() > kPendingSoftMax) {
            output_.brake();
        }
        if (output_.pending() > kPendingMax + arguments_.event_bytes_max) {
            finish("the reader of standard output is slower than the stream");
        }
    }

    void on_end(const http::Failure& why) override {
        if (why.reason == base::EndReason::kEof) {
            finish(std::nullopt);
            return;
        }
        std::string text{base::to_string(why.reason)};
        if (!why.detail.empty()) {
            text += ": " + base::printable(why.detail, 400);
        }
        finish(std::move(text));
    }

  private:
    void finish(std::optional<std::string> failure) {
        if (!is_done_) {
            is_done_ = true;
            failure_ = std::move(failure);
            done_.notify();
        }
    }

    base::Task<void> time_out() {
        const auto end = deadline(clock_.now(), arguments_.timeout);
        co_await clock_.sleep_until(end);
        if (arguments_.max_events) {
            finish("timeout: " + std::to_string(events_) + " of " +
                   std::to_string(*arguments_.max_events) + " events came in time");
        } else {
            finish(std::nullopt);
        }
    }

    const EventsArguments& arguments_;
    base::Clock& clock_;
    http::Client& client_;
    Output output_;
    base::Notify done_;
    std::unique_ptr<sse::Stream> stream_;
    std::uint64_t events_ = 0;
    bool is_done_ = false;
    std::optional<std::string> failure_;
};

}  // namespace

std::string event_line(const sse::Event& event) {
    std::string line = "{\"event\":";
    append_json(line, event.type);
    line += ",\"data\":";
    append_json(line, event.data);
    line += ",\"id\":";
    append_json(line, event.last_event_id);
    return line + "}\n";
}

int run_events(const EventsArguments& arguments) {
    Loop loop;
    base::SystemClock clock{loop.executor()};
    http::Client client{loop.executor(), clock};
    EventPrinter printer{loop.context(), clock, client, arguments};
    const auto verdict = loop.run(clock, "events", [&] { return printer.run(); });
    if (!printer.failure()) {
        return finish(verdict);
    }
    write_error(*printer.failure());
    (void)finish_quietly(verdict);
    return kExitFatal;
}

}  // namespace cli
