#include "app/history_output.hpp"

#include <chrono>
#include <cstdint>
#include <utility>

#include "base/printable.hpp"
#include "config/supervision.hpp"

namespace app {
namespace {

/// Reads under way at a time.
constexpr std::size_t kReads = 4;

/// A batch is written every ten seconds, be it an empty one.
constexpr std::chrono::seconds kStuckAfter{30};

/// What is published at once is to be there at once.
constexpr std::chrono::milliseconds kPublishedBatchAge{100};

history::BatchLimits batch_limits(bool has_outbox) {
    history::BatchLimits limits;
    if (has_outbox) {
        limits.age = kPublishedBatchAge;
    }
    return limits;
}

history::SqliteOptions database_options(const std::string& path, bool has_outbox) {
    history::SqliteOptions options;
    options.has_outbox = has_outbox;
    options.path = path;
    options.readers = kReads;
    options.streams = history::ReaderLimits{}.streams;
    return options;
}

}  // namespace

HistoryOutput::HistoryOutput(Core& core, logging::Log& log, config::HistoryOptions options,
                             bool has_outbox)
    : clock_{core.clock},
      log_{log},
      begin_{clock_.now()},
      options_{std::move(options)},
      database_{core.loop.executor(), database_options(options_.path, has_outbox)},
      permits_{core.loop.executor(), kReads},
      reader_{core.loop.executor(),
              clock_,
              database_,
              permits_,
              {},
              [&log](std::string_view kind) {
                  log.write(logging::LogLine{logging::LogLevel::kWarning,
                                             "history read took too long",
                                             {{"read", std::string{kind}}}});
              }},
      routes_{reader_, clock_},
      queue_{core.broadcast.subscribe(kQueueMax, kQueueBytesMax)},
      backlog_{batch_limits(has_outbox), begin_},
      outbox_{core.loop.executor(), reader_, backlog_} {
    core.history = [this] { return reading(); };
    core.outbox = has_outbox ? &outbox_ : nullptr;
    core.history_routes = [this](http::Router& router) { routes_.mount(router); };
}

std::vector<supervisor::Child> HistoryOutput::services() {
    std::vector<supervisor::Child> children;
    children.push_back(
        supervisor::make_child(std::string{config::kHistoryWriter}, [this] { return write(); }));
    supervisor::HealthCheck health;
    health.probe = [this]() -> base::Task<std::string> { co_return find_problem(); };
    // A thread that hangs in the kernel does so in the next run too: it is reported, and no more.
    health.threshold = supervisor::HealthCheck::kNeverUnhealthy;
    children.back().health = std::move(health);
    children.push_back(supervisor::make_child(std::string{config::kHistoryReader}, [this] {
        // It goes on while the writer waits for the disk.
        return base::run_all(reader_.run(), look_for_suspensions());
    }));
    return children;
}

std::vector<logging::LogLine> HistoryOutput::start_lines() const {
    return {logging::LogLine{
        logging::LogLevel::kInfo, "history kept", {{"path", base::printable(options_.path, 400)}}}};
}

std::string HistoryOutput::find_problem() const {
    const auto since = std::chrono::duration_cast<std::chrono::seconds>(
        clock_.now() - (written_.last_written ? written_.last_written->mono : begin_));
    return since < kStuckAfter
               ? ""
               : "nothing written for " + std::to_string(since.count()) + " s: the disk hangs";
}

metrics::HistoryReading HistoryOutput::reading() const {
    metrics::HistoryReading reading;
    reading.batches = written_.batches;
    reading.updates = written_.messages;
    reading.write_failures = written_.failures;
    if (written_.last_written) {
        reading.last_written = written_.last_written->wall;
        reading.file_bytes = written_.file_bytes;
    }
    reading.rows_deleted = retained_.rows_deleted;
    reading.retention_failures = retained_.failures;
    reading.read_timeouts = reader_.timeouts();
    return reading;
}

base::Task<void> HistoryOutput::look_for_suspensions() {
    while (true) {
        backlog_.look(clock_.instant(), clock_.asleep());
        co_await clock_.sleep_until(clock_.now() + history::SuspensionDetector::kInterval);
    }
}

base::Task<void> HistoryOutput::write() {
    history::Writer writer{
        clock_,
        database_,
        *queue_,
        backlog_,
        written_,
        [this] {
            log_.write(logging::LogLine{logging::LogLevel::kInfo, "history written again", {}});
        },
        [this] { outbox_.written(); }};
    history::Retention retention{clock_,
                                 database_,
                                 permits_,
                                 options_.limits,
                                 retained_,
                                 [this](const history::Error& error) {
                                     log_.write(logging::LogLine{logging::LogLevel::kWarning,
                                                                 "history retention failed",
                                                                 {{"detail", to_string(error)}}});
                                 }};
    co_await base::run_all(writer.run(), retention.run());
}

}  // namespace app
