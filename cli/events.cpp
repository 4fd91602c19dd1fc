#include "cli/events.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>

#include "app/error_line.hpp"
#include "app/event_loop.hpp"
#include "app/exit_code.hpp"
#include "base/notify.hpp"
#include "base/system_clock.hpp"
#include "beacon_api/event_stream.hpp"
#include "http/client.hpp"
#include "http/redactor.hpp"
#include "sse/stream.hpp"
#include "sse/utf8.hpp"
#include "terminal/output.hpp"
#include "updates/json_writer.hpp"

namespace cli {
namespace {

/// Above this the stream is slowed down to what the reader of standard output takes.
constexpr std::size_t kPendingSoftMax = std::size_t{16} * 1024 * 1024;
/// Above this the command fails.
constexpr std::size_t kPendingMax = 4 * kPendingSoftMax;

/// What was received is written out, even when time is up already, this long.
constexpr std::chrono::seconds kGrace{1};
/// The same when a signal ends the command.
constexpr std::chrono::milliseconds kGraceAtSignal{200};
/// How long at most the loop is blocked for a slow reader, once for each read from the stream.
constexpr std::chrono::milliseconds kBrakeMax{50};

/// The code point that `bytes`, which are well formed and not ASCII, begin with.
struct CodePoint {
    std::uint32_t value = 0;
    std::size_t size = 1;
};

CodePoint first_code_point(std::string_view bytes) {
    const auto lead = static_cast<std::uint8_t>(bytes[0]);
    CodePoint point;
    point.size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    point.value = lead & (0xFFU >> (point.size + 1));
    for (const char c : bytes.substr(1, point.size - 1)) {
        point.value = (point.value << 6U) | (static_cast<std::uint8_t>(c) & 0x3FU);
    }
    return point;
}

/// Whether a terminal may act on it, or show what follows in another place: C1 controls, and those
/// that turn the direction of text.
bool is_control(std::uint32_t point) {
    return (point >= 0x80 && point <= 0x9F) || point == 0x061C || point == 0x200E ||
           point == 0x200F || (point >= 0x2028 && point <= 0x202E) ||
           (point >= 0x2066 && point <= 0x2069);
}

void append_escaped(std::string& out, std::uint32_t point) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    out += "\\u";
    for (const std::uint32_t shift : {12U, 8U, 4U, 0U}) {
        out += kDigits[(point >> shift) & 0xFU];
    }
}

/// Well formed, and nothing that `fit_for_terminal` escapes.
bool is_plain(std::string_view bytes) {
    return std::all_of(bytes.begin(), bytes.end(),
                       [](char c) { return static_cast<std::uint8_t>(c) < 0x7F; });
}

/// JSON text with everything escaped that a terminal may act on. Outside of strings there is none.
std::string fit_for_terminal(std::string json) {
    if (is_plain(json)) {
        return json;
    }
    const std::string_view all = json;
    std::string out;
    out.reserve(json.size() + 1);
    std::size_t kept = 0;
    std::size_t i = 0;
    while (i < json.size()) {
        const auto byte = static_cast<std::uint8_t>(json[i]);
        const CodePoint point = byte < 0x80 ? CodePoint{byte, 1} : first_code_point(all.substr(i));
        if (point.value == 0x7F || is_control(point.value)) {
            out.append(json, kept, i - kept);
            append_escaped(out, point.value);
            kept = i + point.size;
        }
        i += point.size;
    }
    out.append(json, kept);
    return out;
}

void write_text(updates::JsonWriter& writer, std::string_view name, std::string_view bytes) {
    if (is_plain(bytes)) {
        writer.text(name, bytes);
        return;
    }
    std::string text;
    sse::append_well_formed(text, bytes);
    writer.text(name, text);
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
        end_ = app::deadline(clock_.now(), arguments_.timeout);
        stream_ = std::make_unique<sse::Stream>(client_, arguments_.endpoint, options, *this);
        co_await base::run_first(done_.wait(), output_.run(), time_out());
        stream_.reset();
        const auto end = std::max<base::MonoTime>(end_, clock_.now() + kGrace);
        co_await base::run_first(output_.flush(), clock_.sleep_until(end));
    }

    /// The loop turns no more. Writes what the reader takes at once; what it leaves is a failure.
    void write_rest() {
        output_.brake(kGraceAtSignal);
        if (output_.reader_gone()) {
            return;
        }
        if (output_.failed()) {
            failure_ = "standard output cannot be written";
        } else if (output_.pending() > 0) {
            const std::string before = failure_ ? *failure_ + "; " : "";
            failure_ = before + "lost: " + std::to_string(output_.pending()) +
                       " bytes that were received, as the reader of standard output did not take "
                       "them in time";
        }
    }

    /// Why the command failed; nothing after a clean end.
    [[nodiscard]] const std::optional<std::string>& failure() const { return failure_; }

    void on_connected() override {}
    void on_open() override { is_open_ = true; }
    void on_comment(std::string_view /*comment*/, base::Instant /*arrived*/) override {}
    void on_bytes(std::string_view /*bytes*/, base::Instant /*arrived*/) override {
        if (is_done_ || output_.pending() <= kPendingSoftMax) {
            return;
        }
        const auto left = std::chrono::floor<std::chrono::milliseconds>(end_ - clock_.now());
        output_.brake(std::min(kBrakeMax, left));
    }

    void on_event(const sse::Event& event, base::Instant /*arrived*/) override {
        if (is_done_) {
            return;
        }
        // Before this event is taken: one alone may be as large as it likes.
        if (output_.pending() > kPendingMax) {
            finish("the reader of standard output is slower than the stream");
            return;
        }
        output_.append(event_line(event));
        ++events_;
        if (arguments_.max_events && events_ == *arguments_.max_events) {
            finish(std::nullopt);
        }
    }

    void on_end(const http::TransferError& end) override {
        const http::Redactor redactor{arguments_.endpoint};
        const http::TransferError why = beacon_api::with_reason(end, redactor);
        if (why.reason == http::FailureReason::kEof) {
            finish(std::nullopt);
            return;
        }
        std::string text{to_string(why.reason)};
        if (!why.detail.empty()) {
            text += ": " + why.detail;
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
        co_await clock_.sleep_until(end_);
        if (!is_open_) {
            finish("timeout: the stream did not open in time");
        } else if (arguments_.max_events) {
            finish("timeout: " + std::to_string(events_) + " of " +
                   std::to_string(*arguments_.max_events) + " events came in time");
        } else {
            finish(std::nullopt);
        }
    }

    const EventsArguments& arguments_;
    base::Clock& clock_;
    http::Client& client_;
    terminal::Output output_;
    base::Notify done_;
    std::unique_ptr<sse::Stream> stream_;
    base::MonoTime end_ = base::MonoTime::max();
    std::uint64_t events_ = 0;
    bool is_open_ = false;
    bool is_done_ = false;
    std::optional<std::string> failure_;
};

}  // namespace

std::string event_line(const sse::Event& event) {
    std::string json;
    updates::JsonWriter writer{json};
    writer.begin_object();
    write_text(writer, "event", event.type);
    write_text(writer, "data", event.data);
    write_text(writer, "id", event.last_event_id);
    writer.end_object();
    return fit_for_terminal(std::move(json)) + "\n";
}

int run_events(const EventsArguments& arguments) {
    app::EventLoop loop;
    base::SystemClock clock{loop.executor()};
    http::Client client{loop.executor(), clock};
    EventPrinter printer{loop.context(), clock, client, arguments};
    const auto verdict = loop.run(clock, "events", [&] { return printer.run(); });
    printer.write_rest();
    if (!printer.failure()) {
        return app::finish(verdict);
    }
    app::write_error(*printer.failure());
    (void)app::finish_quietly(verdict);
    return app::kExitFatal;
}

}  // namespace cli
