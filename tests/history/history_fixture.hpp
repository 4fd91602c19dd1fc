#pragma once

// A history file in a directory of its own, and updates to put into it.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "history/batch.hpp"
#include "history/connection.hpp"
#include "history/moment.hpp"
#include "history/recorder.hpp"
#include "updates/update.hpp"

namespace tests {

using namespace std::chrono_literals;

class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "headmon-history-XXXXXX");
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] std::string file(const std::string& name = "history.db") const {
        return (path_ / name).string();
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

/// 2026-01-01T00:00:00Z and so much.
inline base::WallTime wall(base::Duration after) {
    return base::WallTime{1767225600s +
                          std::chrono::duration_cast<std::chrono::microseconds>(after)};
}
inline base::Instant instant(base::Duration after) {
    return base::Instant{base::MonoTime{1h + after}, wall(after)};
}
inline updates::Message update(updates::Fact fact, base::Duration after) {
    return std::make_shared<const updates::Update>(
        updates::Update{std::move(fact), instant(after)});
}
inline chain::Root root(std::uint8_t number) {
    chain::Root root;
    root.bytes.fill(number);
    return root;
}

/// A live head of `node`, its first report of the root.
inline updates::NodeHead head(const std::string& node, std::uint64_t slot, std::uint8_t number,
                              base::Duration delay = 1s) {
    updates::NodeHead head{updates::NodeId{node}, {}};
    head.head.slot = chain::Slot{slot};
    head.head.block = root(number);
    head.timing.delay = delay;
    head.timing.deadline = chain::AttestationDeadline{4s, false};
    return head;
}

/// Writes batches as the write lane does, without a thread.
class Recording {
  public:
    explicit Recording(const std::string& path, bool has_outbox = false)
        : connection{history::Connection::open_writer(path)}, recorder{has_outbox} {}

    /// One batch, put together at `at`.
    void write(std::vector<updates::Message> messages, base::Duration at, bool is_last = false,
               std::optional<history::PassedOn> passed_on = {}) {
        history::Batch batch{++number_, std::move(messages), wall(at), is_last, {}, passed_on};
        recorder.record(batch, *connection);
    }
    /// The rows of a query, columns with `|` between.
    [[nodiscard]] std::vector<std::string> rows(const std::string& sql) const {
        std::vector<std::string> lines;
        SQLite::Statement rows = connection->cursor(sql);
        while (rows.executeStep()) {
            std::string line;
            for (int i = 0; i < rows.getColumnCount(); ++i) {
                line += (i > 0 ? "|" : "") + rows.getColumn(i).getString();
            }
            lines.push_back(line);
        }
        return lines;
    }
    [[nodiscard]] std::int64_t count(const std::string& table) const {
        return connection->database().execAndGet("SELECT count(*) FROM " + table).getInt64();
    }

    std::unique_ptr<history::Connection> connection;
    history::Recorder recorder;

  private:
    std::uint64_t number_ = 0;
};

/// Seconds since 2026-01-01 of a column with moments.
inline std::string since_begin(const std::string& column) {
    return "(" + column + " - 1767225600000000) / 1000000.0";
}

}  // namespace tests
