#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "history/error.hpp"

namespace history {

/// A failure of the database on its way from a job to its waiter.
struct DatabaseFailure {
    Error error;
};

/// What a failure means for `path`: which of our own errors, and what to do.
[[nodiscard]] Error describe_failure(const std::string& path, int code, const std::string& text);

/// One connection to a history file, with its statements prepared once. One thread at a time. Its
/// calls throw SQLite::Exception.
class Connection {
  public:
    /// Opens an existing file to read it. Throws DatabaseFailure when that is none of ours.
    [[nodiscard]] static std::unique_ptr<Connection> open_reader(const std::string& path);
    /// Opens a file to write it, creates it, and brings it to our schema. Throws DatabaseFailure.
    /// Whoever writes holds a WriteLock.
    [[nodiscard]] static std::unique_ptr<Connection> open_writer(const std::string& path);

    Connection(const std::string& path, int flags);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    [[nodiscard]] SQLite::Database& database() { return database_; }
    [[nodiscard]] const std::string& path() const { return path_; }

    /// A statement, ready to be bound. `sql` is a literal; until the same one is asked for again.
    [[nodiscard]] SQLite::Statement& prepare(const char* sql);
    /// One that its caller keeps, as a cursor.
    [[nodiscard]] SQLite::Statement cursor(const std::string& sql);

    /// Queries stop soon after `flag` is set; null: no flag.
    void stop_with(const std::atomic<bool>* flag) { stop_ = flag; }

  private:
    static int on_progress(void* self);

    std::string path_;
    SQLite::Database database_;
    std::map<const char*, std::unique_ptr<SQLite::Statement>> statements_;
    const std::atomic<bool>* stop_ = nullptr;
};

/// Held by the one process that writes a history: a lock on a file of its own beside it, for a lock
/// on the file itself is lost when any of its descriptors is closed.
class WriteLock {
  public:
    /// Throws DatabaseFailure with kInUse when another process holds it, else with why not.
    explicit WriteLock(const std::string& path);
    WriteLock(const WriteLock&) = delete;
    WriteLock& operator=(const WriteLock&) = delete;
    ~WriteLock();

  private:
    int file_;
};

}  // namespace history
