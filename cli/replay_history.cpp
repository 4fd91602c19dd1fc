#include "cli/replay_history.hpp"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "history/batch.hpp"
#include "history/file.hpp"
#include "history/record_job.hpp"
#include "history/report.hpp"
#include "history/sqlite_database.hpp"

namespace cli {
namespace {

namespace asio = boost::asio;

/// A directory of our own below that for temporary files, gone with this.
class Directory {
  public:
    Directory() : path_{(std::filesystem::temp_directory_path() / "headmon-XXXXXX").string()} {
        if (::mkdtemp(path_.data()) == nullptr) {
            throw std::runtime_error{
                "cannot make a directory for temporary files; TMPDIR names "
                "the one in which it is made"};
        }
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    ~Directory() {
        std::error_code left;
        std::filesystem::remove_all(path_, left);
    }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

history::SqliteOptions options_for(const std::string& path) {
    history::SqliteOptions options;
    options.path = path;
    return options;
}

}  // namespace

class ReplayHistory::Impl {
  public:
    Impl()
        : path_{directory_.path() + "/history.db"},
          database_{std::in_place, loop_.get_executor(), options_for(path_)} {}

    void add(const updates::Update& update) {
        last_ = update.at.wall;
        messages_.emplace_back(std::make_shared<const updates::Update>(update));
        if (messages_.size() >= history::BatchLimits{}.messages) {
            write(false);
        }
    }

    std::string report() {
        write(true);
        database_.reset();
        history::WindowChoice window;
        window.from = first_;
        window.to = last_ + std::chrono::seconds{1};
        const auto summary = history::summarize_file(
            path_, window, history::detail_of(history::ReportFormat::kText));
        if (!summary) {
            throw std::runtime_error{to_string(summary.error())};
        }
        return history::report(*summary, history::ReportFormat::kText);
    }

  private:
    void write(bool is_last) {
        if (!first_ && !messages_.empty()) {
            first_ = std::get<std::shared_ptr<const updates::Update>>(messages_.front())->at.wall;
        }
        const auto job =
            std::make_shared<history::RecordJob>(std::make_shared<const history::Batch>(
                history::Batch{++number_, std::exchange(messages_, {}), last_, is_last}));
        history::Result<void> result;
        bool is_done = false;
        const auto work = [&]() -> base::Task<void> {
            result = co_await database_->run(history::Lane::kWrite, job);
            is_done = true;
        };
        asio::co_spawn(loop_, work(), asio::detached);
        // The thread's answer is posted to the loop, which is empty until then.
        const auto guard = asio::make_work_guard(loop_);
        while (!is_done) {
            loop_.restart();
            (void)loop_.run_one();
        }
        if (!result) {
            throw std::runtime_error{to_string(result.error())};
        }
    }

    Directory directory_;
    std::string path_;
    asio::io_context loop_;
    std::optional<history::SqliteDatabase> database_;
    std::vector<updates::Message> messages_;
    std::uint64_t number_ = 0;
    std::optional<base::WallTime> first_;
    base::WallTime last_{};
};

ReplayHistory::ReplayHistory() : impl_{std::make_unique<Impl>()} {}

ReplayHistory::~ReplayHistory() = default;

void ReplayHistory::add(const updates::Update& update) {
    impl_->add(update);
}

std::string ReplayHistory::report() {
    return impl_->report();
}

}  // namespace cli
