#include "history/connection.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <system_error>

#include "base/printable.hpp"
#include "history/schema.hpp"

namespace history {
namespace {

constexpr int kBusyMs = 2000;
/// Steps of SQLite's machine between two looks at the flag: some microseconds.
constexpr int kProgressSteps = 2000;

/// With less room than that SQLite cannot even open a file: its index of the log takes half of it.
constexpr std::uint64_t kBytesNeeded = 65'536;

bool is_disk_full(const std::string& path) {
    struct statvfs space {};
    const auto directory = std::filesystem::path{path}.parent_path();
    const std::string place = directory.empty() ? "." : directory.string();
    return ::statvfs(place.c_str(), &space) == 0 && space.f_bavail * space.f_frsize < kBytesNeeded;
}

DatabaseFailure failure(ErrorCode code, const std::string& path, const std::string& text) {
    return DatabaseFailure{Error{code, base::printable(path, 400) + ": " + text}};
}

/// Why a file that is there may not be used; 0: it may. Never opens it: to close any descriptor of
/// a database drops all locks that this process holds on it (https://sqlite.org/howtocorrupt.html,
/// 2.2), and a reader may have it open.
int find_obstacle(const std::string& path) {
    struct stat entry {};
    if (::lstat(path.c_str(), &entry) != 0) {
        return errno;
    }
    if (S_ISLNK(entry.st_mode)) {
        return ELOOP;
    }
    return ::faccessat(AT_FDCWD, path.c_str(), R_OK | W_OK, AT_EACCESS) == 0 ? 0 : errno;
}

/// Makes a file that is not there, so that nobody else can read it, whatever the umask is.
void make_file(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file >= 0) {
        ::close(file);
        return;
    }
    const int why = errno == EEXIST ? find_obstacle(path) : errno;
    if (why != 0) {
        if (why == ENOSPC || is_disk_full(path)) {
            throw DatabaseFailure{describe_failure(path, SQLITE_FULL, "")};
        }
        if (why == EROFS || why == EACCES || why == EPERM) {
            throw DatabaseFailure{describe_failure(path, SQLITE_READONLY, "")};
        }
        throw failure(ErrorCode::kCannotOpen, path,
                      "cannot be opened (" + std::generic_category().message(why) +
                          "); give a path whose directory is there");
    }
}

}  // namespace

Error describe_failure(const std::string& path, int code, const std::string& text) {
    const int primary = code & 0xff;
    const auto of = [&](ErrorCode ours, const std::string& what) {
        return Error{ours, base::printable(path, 400) + ": " + what};
    };
    if (primary == SQLITE_FULL ||
        ((primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN) && is_disk_full(path))) {
        return of(ErrorCode::kDiskFull, "the disk is full; make room");
    }
    switch (primary) {
        case SQLITE_READONLY:
        case SQLITE_PERM:
            return of(ErrorCode::kReadOnly,
                      "cannot be written; see to the permissions of the file and its directory");
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return of(ErrorCode::kDamaged,
                      "the file is damaged (" + base::printable(text, 200) +
                          "); headmon history check says where; move it away for a new one");
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return of(ErrorCode::kInUse, "another program has locked it; end that one");
        case SQLITE_CANTOPEN:
            return of(ErrorCode::kCannotOpen,
                      "cannot be opened; check the path and its permissions");
        case SQLITE_INTERRUPT:
            return of(ErrorCode::kTimeout, "the query was stopped");
        default:
            return of(ErrorCode::kFailed, base::printable(text, 200));
    }
}

Connection::Connection(const std::string& path, int flags)
    : path_{path}, database_{path, flags, kBusyMs} {
    sqlite3_extended_result_codes(database_.getHandle(), 1);
    sqlite3_progress_handler(database_.getHandle(), kProgressSteps, &Connection::on_progress, this);
}

Connection::~Connection() = default;

int Connection::on_progress(void* self) {
    const auto* const stop = static_cast<const Connection*>(self)->stop_;
    return stop != nullptr && stop->load(std::memory_order_relaxed) ? 1 : 0;
}

SQLite::Statement& Connection::prepare(const char* sql) {
    auto& statement = statements_[sql];
    if (!statement) {
        statement = std::make_unique<SQLite::Statement>(database_, sql);
    } else {
        // What it failed with last time was reported then.
        (void)statement->tryReset();
        statement->clearBindings();
    }
    return *statement;
}

SQLite::Statement Connection::cursor(const std::string& sql) {
    return SQLite::Statement{database_, sql};
}

std::unique_ptr<Connection> Connection::open_reader(const std::string& path) {
    std::error_code unknown;
    if (!std::filesystem::exists(path, unknown)) {
        throw failure(ErrorCode::kCannotOpen, path, "there is no such file");
    }
    try {
        // One thread at a time reads by it: SQLite need not lock it for each column.
        auto connection =
            std::make_unique<Connection>(path, SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX);
        require_our_schema(*connection);
        return connection;
    } catch (const SQLite::Exception& error) {
        throw DatabaseFailure{describe_failure(path, error.getExtendedErrorCode(), error.what())};
    }
}

std::unique_ptr<Connection> Connection::open_writer(const std::string& path) {
    make_file(path);
    try {
        auto connection = std::make_unique<Connection>(path, SQLite::OPEN_READWRITE);
        migrate(*connection, migrations());
        // A batch that was reported as written outlives the end of the process; after a power cut
        // the last ones may be missing, and the file is good.
        connection->database().exec("PRAGMA synchronous = NORMAL");
        // What a long export has made the log grow to goes back to the file system.
        connection->database().exec("PRAGMA journal_size_limit = 16777216");
        return connection;
    } catch (const SQLite::Exception& error) {
        throw DatabaseFailure{describe_failure(path, error.getExtendedErrorCode(), error.what())};
    }
}

WriteLock::WriteLock(const std::string& path) {
    const std::string name = path + ".lock";
    make_file(name);
    file_ = ::open(name.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (file_ < 0 || ::flock(file_, LOCK_EX | LOCK_NB) != 0) {
        const bool is_locked = file_ >= 0 && errno == EWOULDBLOCK;
        const std::string why = std::generic_category().message(errno);
        if (file_ >= 0) {
            ::close(file_);
        }
        throw failure(ErrorCode::kInUse, path,
                      is_locked ? "another headmon writes it; give each one a file of its own"
                                : "cannot be locked (" + why + ")");
    }
}

WriteLock::~WriteLock() {
    ::close(file_);
}

}  // namespace history
