#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "app/error_line.hpp"
#include "app/event_loop.hpp"
#include "app/exit_code.hpp"
#include "base/printable.hpp"
#include "base/system_clock.hpp"
#include "cli/fleet.hpp"
#include "cli/fleet_reading.hpp"
#include "fleet/decoder.hpp"
#include "fleet/sequencer.hpp"
#include "fleet/table.hpp"
#include "terminal/live_view.hpp"
#include "terminal/output.hpp"
#include "updates/json_writer.hpp"

namespace cli {
namespace {

/// So many messages that wait at the broker are more than what is just on its way.
constexpr std::uint64_t kBehind = 10'000;
/// For so long a line waits for one that is missing before it.
constexpr std::chrono::seconds kPatience{30};

/// What both views have in common: the reader, what is wrong with it, the end.
class FleetWatch {
  public:
    FleetWatch(const FleetArguments& arguments, const fleet::Options& options)
        : arguments_{arguments}, options_{options} {}
    FleetWatch(const FleetWatch&) = delete;
    FleetWatch& operator=(const FleetWatch&) = delete;
    virtual ~FleetWatch() = default;

    int run() {
        const auto exit = loop_.run(clock_, "fleet", [this]() -> base::Task<void> {
            return base::run_first(show(), read(), time_out());
        });
        end_view();
        if (error_) {
            app::write_error(error_->detail);
            (void)app::finish_quietly(exit);
            return exit_code_of(*error_);
        }
        return app::finish(exit);
    }

  protected:
    virtual void use(fleet::Received message) = 0;
    virtual void connected(const fleet::ReaderConnected& connected) = 0;
    virtual void lost(const base::Error& error) = 0;
    /// All that came at once was used.
    virtual base::Task<void> used_all() = 0;
    virtual base::Task<void> show() = 0;
    virtual void end_view() {}

    /// What was in the stream before is read: from now on nothing is left out.
    bool has_caught_up_ = false;
    /// What is behind now is behind because we are slow.
    bool has_read_all_ = false;
    /// Messages that the broker has, and we have not.
    std::uint64_t left_ = 0;
    const FleetArguments& arguments_;
    const fleet::Options& options_;
    app::EventLoop loop_;
    base::SystemClock clock_{loop_.executor()};
    BrokerTime broker_time_{clock_};
    std::optional<base::Error> error_;

  private:
    base::Task<void> read() {
        fleet::ReadRequest request;
        request.subjects = subjects_of(arguments_.thresholds.filter);
        if (arguments_.since) {
            request.from = fleet::ReadRequest::From::kMoment;
            request.since = clock_.wall_now() - *arguments_.since;
        }
        has_caught_up_ = arguments_.since.has_value();
        fleet::Reader reader{loop_.executor(), options_, request};
        while (true) {
            auto events = co_await reader.take();
            for (fleet::ReaderEvent& event : events) {
                if (auto* const ended = std::get_if<fleet::ReaderEnded>(&event)) {
                    error_ = std::move(ended->error);
                    co_return;
                }
                receive(event);
            }
            co_await used_all();
        }
    }

    void receive(fleet::ReaderEvent& event) {
        if (auto* const message = std::get_if<fleet::Received>(&event)) {
            left_ = message->left;
            broker_time_.meet(message->stored_at);
            use(std::move(*message));
        } else if (const auto* is_connected = std::get_if<fleet::ReaderConnected>(&event)) {
            connected(*is_connected);
        } else if (const auto* is_lost = std::get_if<fleet::ReaderLost>(&event)) {
            lost(is_lost->error);
        } else if (std::holds_alternative<fleet::ReaderCaughtUp>(event)) {
            has_caught_up_ = true;
            has_read_all_ = true;
        }
    }

    base::Task<void> time_out() {
        const auto end = app::deadline(clock_.now(), arguments_.duration);
        co_await clock_.sleep_until(end);
    }
};

class FleetTable final : public FleetWatch {
  public:
    FleetTable(const FleetArguments& arguments, const fleet::Options& options)
        : FleetWatch{arguments, options} {
        live_ = std::make_unique<terminal::LiveView>(
            loop_.executor(), clock_,
            [this](std::size_t columns, std::size_t rows) { return lines(columns, rows); });
    }

  private:
    void use(fleet::Received message) override {
        ++messages_;
        if (const auto report = decoder_.decode(message)) {
            view_.apply(message, *report, has_caught_up_);
        } else if (has_caught_up_) {
            view_.count_malformed(message);
        }
        if (!message.id) {
            return;
        }
        // The table shows what comes as it comes; the order only tells what is missing.
        if (has_caught_up_) {
            message.body.clear();
            fleet::Sequencer::Output output;
            sequencer_.add(std::move(message), output);
            view_.count(output);
        } else {
            sequencer_.follow(*message.id);
        }
    }
    void connected(const fleet::ReaderConnected& /*connected*/) override {
        trouble_.clear();
        is_connected_ = true;
    }
    void lost(const base::Error& error) override {
        trouble_ = error.detail;
        live_->touch();
    }
    base::Task<void> used_all() override {
        live_->touch();
        co_return;
    }
    base::Task<void> show() override { return live_->run(); }
    // The cursor is back before an error is written.
    void end_view() override { live_.reset(); }

    std::vector<std::string> lines(std::size_t columns, std::size_t rows) {
        fleet::Sequencer::Output output;
        sequencer_.pass(broker_time_.now(), output);
        view_.count(output);
        const auto now = clock_.now();
        if (now - rate_at_ >= std::chrono::seconds{1}) {
            const auto passed = std::chrono::duration<double>(now - rate_at_).count();
            rate_ = static_cast<double>(messages_) / passed;
            messages_ = 0;
            rate_at_ = now;
        }
        fleet::TableOptions options;
        options.columns = columns;
        options.rows = rows;
        options.all_nodes = arguments_.all_nodes;
        options.site_label = arguments_.site_label;
        options.is_read = has_caught_up_;
        options.reading = !trouble_.empty() ? "BROKER, tried again: " + trouble_
                          : !is_connected_  ? "connecting to the broker"
                          : !has_caught_up_
                              ? "reading the present state"
                              : fmt::format("{:.0f} messages/s{}", rate_,
                                            has_read_all_ && left_ > kBehind
                                                ? fmt::format(", {} behind: this reads more "
                                                              "slowly than the fleet sends",
                                                              left_)
                                                : "");
        return render_table(view_, arguments_.thresholds, options, broker_time_.now());
    }

    fleet::View view_;
    fleet::Decoder decoder_;
    fleet::Sequencer sequencer_;
    std::string trouble_;
    bool is_connected_ = false;
    std::uint64_t messages_ = 0;
    double rate_ = 0;
    base::MonoTime rate_at_;
    std::unique_ptr<terminal::LiveView> live_;
};

class FleetLines final : public FleetWatch {
  public:
    FleetLines(const FleetArguments& arguments, const fleet::Options& options)
        : FleetWatch{arguments, options}, output_{loop_.executor(), STDOUT_FILENO} {}

  private:
    void use(fleet::Received message) override {
        if (has_caught_up_) {
            fleet::Sequencer::Output output;
            sequencer_.add(std::move(message), output);
            write(output);
            return;
        }
        if (message.id) {
            sequencer_.follow(*message.id);
        }
        write(message);
    }
    void connected(const fleet::ReaderConnected& connected) override {
        if (connected.is_other_stream) {
            app::write_error("the stream was made anew; it is read from its beginning");
        } else if (is_lost_) {
            app::write_error("the broker is back; reading goes on where it was");
        }
        is_lost_ = false;
    }
    void lost(const base::Error& error) override {
        app::write_error(error.detail + "; trying again");
        is_lost_ = true;
    }
    base::Task<void> used_all() override {
        if (has_read_all_ && left_ > kBehind &&
            clock_.now() - told_behind_ > std::chrono::seconds{30}) {
            told_behind_ = clock_.now();
            app::write_error(std::to_string(left_) +
                             " messages behind: this is read more slowly than the fleet sends");
        }
        // A reader that is slow makes us slow; the broker keeps what comes meanwhile.
        co_await output_.wait_written();
    }
    base::Task<void> show() override { return base::run_first(write_lines(), pass_time()); }

    base::Task<void> write_lines() {
        co_await output_.run();
        if (output_.failed() && !output_.reader_gone()) {
            error_ =
                base::Error{base::ErrorCode::kUnreachable, "standard output cannot be written"};
        }
    }
    base::Task<void> pass_time() {
        while (true) {
            co_await clock_.sleep_until(clock_.now() + std::chrono::seconds{1});
            fleet::Sequencer::Output output;
            sequencer_.pass(broker_time_.now(), output);
            write(output);
        }
    }

    void write(const fleet::Sequencer::Output& output) {
        for (const fleet::Sequencer::Loss& loss : output.losses) {
            if (!is_meant(loss.instance)) {
                continue;
            }
            std::string line;
            {
                updates::JsonWriter out{line};
                out.begin_object();
                out.text("instance", base::printable(loss.instance));
                out.text("origin", fleet::origin_text(loss.origin));
                out.text("update", "lost");
                out.count("first_sequence", loss.first);
                out.count("count", loss.count);
                out.end_object();
            }
            output_.append(line + '\n');
        }
        for (const fleet::Received& message : output.messages) {
            write(message);
        }
    }

    void write(const fleet::Received& message) {
        learn_labels(message);
        if (!is_meant(message.subject.instance)) {
            return;
        }
        auto line = decoder_.json_line(message);
        if (!line) {
            app::write_error("a message of " + base::printable(message.subject.instance, 64) +
                             " cannot be read and was left out: " + line.error().detail);
            return;
        }
        *line += '\n';
        output_.append(*line);
    }

    void learn_labels(const fleet::Received& message) {
        if (arguments_.thresholds.filter.labels.empty() ||
            message.subject.kind != fleet::kInstanceStatusKind) {
            return;
        }
        const auto report = decoder_.decode(message);
        const auto* const status =
            report ? std::get_if<fleet::InstanceStatus>(&report->fact) : nullptr;
        if (status != nullptr && (labels_.size() < fleet::View::kInstancesMax ||
                                  labels_.contains(message.subject.instance))) {
            labels_[message.subject.instance] = status->labels;
        }
    }

    [[nodiscard]] bool is_meant(const std::string& instance) const {
        static const std::map<std::string, std::string> kNone;
        const auto known = labels_.find(instance);
        return arguments_.thresholds.filter.admits(instance,
                                                   known == labels_.end() ? kNone : known->second);
    }

    static fleet::Sequencer::Limits limits() {
        fleet::Sequencer::Limits limits;
        limits.patience = kPatience;
        return limits;
    }

    terminal::Output output_;
    fleet::Decoder decoder_;
    fleet::Sequencer sequencer_{limits()};
    std::map<std::string, std::map<std::string, std::string>> labels_;
    bool is_lost_ = false;
    base::MonoTime told_behind_;
};

}  // namespace

int run_fleet_watch(const FleetArguments& arguments, const fleet::Options& options) {
    const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
    const WatchFormat format =
        arguments.format.value_or(is_terminal ? WatchFormat::kTable : WatchFormat::kJson);
    if (format == WatchFormat::kJson) {
        FleetLines lines{arguments, options};
        return lines.run();
    }
    if (!is_terminal) {
        return app::usage_error(
            "--format table needs a terminal on standard output; use --format json");
    }
    FleetTable table{arguments, options};
    return table.run();
}

}  // namespace cli
