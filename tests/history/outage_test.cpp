// The file and its disk, as they may be: each cause is one clear error, and is over when the cause
// is.
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <fstream>
#include <limits>
#include <optional>
#include <random>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "history/file.hpp"
#include "history/session.hpp"
#include "tests/history/history_fixture.hpp"
#include "tests/history/writing.hpp"
#include "tests/support/loop.hpp"

using namespace tests;
using history::ErrorCode;
using history::Lane;

namespace outage_test {

std::int64_t count(const std::string& path, const std::string& table) {
    return history::Connection::open_reader(path)
        ->database()
        .execAndGet("SELECT count(*) FROM " + table)
        .getInt64();
}

/// Some megabytes of their own, or nothing where that may not be mounted.
class SmallDisk {
  public:
    SmallDisk() {
        is_mounted_ = ::mount("headmon-test", folder_.path().c_str(), "tmpfs", MS_NOSUID,
                              "size=1m,mode=0700") == 0;
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk() {
        if (is_mounted_) {
            (void)::umount2(folder_.path().c_str(), MNT_DETACH);
        }
    }
    [[nodiscard]] bool is_mounted() const { return is_mounted_; }
    [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }

  private:
    TemporaryFolder folder_;
    bool is_mounted_ = false;
};

}  // namespace outage_test

using namespace outage_test;

TEST_CASE("a full disk is an error until there is room, and no batch is lost", "[history]") {
    const SmallDisk disk;
    if (!disk.is_mounted()) {
        WARN("skipped: a small disk may not be mounted here");
        return;
    }
    Writing writing{disk.file("history.db")};
    REQUIRE_FALSE(writing.write());
    {
        std::ofstream filler{disk.file("filler")};
        const std::string block(4096, 'x');
        while (filler.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
        }
    }
    std::optional<ErrorCode> failure;
    for (int i = 0; i < 200 && !failure; ++i) {
        failure = writing.write(500);
    }
    REQUIRE(failure == ErrorCode::kDiskFull);
    CHECK_THAT(writing.detail, Catch::Contains("the disk is full; make room"));
    CHECK(writing.write() == ErrorCode::kDiskFull);
    const auto number = writing.number();
    std::filesystem::remove(disk.file("filler"));
    REQUIRE_FALSE(writing.write());
    CHECK(writing.number() == number);
    CHECK(count(disk.file("history.db"), "heads") ==
          static_cast<std::int64_t>(1 + 500 * (number - 1)));
    CHECK(history::check_file(disk.file("history.db"), [](auto...) {}).value().empty());
}

TEST_CASE("a directory that may not be written is an error until it may", "[history]") {
    if (::geteuid() == 0) {
        // Root may write everywhere but on a disk that is read-only.
        const SmallDisk disk;
        if (!disk.is_mounted()) {
            WARN("skipped: a disk may not be mounted here");
            return;
        }
        const std::string folder = std::filesystem::path{disk.file("x")}.parent_path().string();
        REQUIRE(::mount("", folder.c_str(), "", MS_REMOUNT | MS_RDONLY, "size=1m") == 0);
        Writing writing{disk.file("history.db")};
        CHECK(writing.write() == ErrorCode::kReadOnly);
        REQUIRE(::mount("", folder.c_str(), "", MS_REMOUNT, "size=1m") == 0);
        CHECK_FALSE(writing.write());
        return;
    }
    const TemporaryFolder folder;
    std::filesystem::permissions(
        folder.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
    Writing writing{folder.file()};
    CHECK(writing.write() == ErrorCode::kReadOnly);
    std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_all);
    CHECK_FALSE(writing.write());
}

TEST_CASE("a second headmon on the same file is refused until the first one ends", "[history]") {
    const TemporaryFolder folder;
    auto first = std::make_unique<Writing>(folder.file());
    REQUIRE_FALSE(first->write());
    Writing second{folder.file()};
    CHECK(second.write() == ErrorCode::kInUse);
    CHECK_THAT(second.detail, Catch::Contains("another headmon writes it"));
    CHECK(history::vacuum_file(folder.file()).error().code == ErrorCode::kInUse);
    REQUIRE_FALSE(first->write());
    first.reset();
    CHECK_FALSE(second.write());
}

TEST_CASE("a damaged page is an error, and a new file in its place is used at once", "[history]") {
    const TemporaryFolder folder;
    {
        Writing writing{folder.file()};
        for (int i = 0; i < 5; ++i) {
            REQUIRE_FALSE(writing.write(500));
        }
    }
    CHECK(history::check_file(folder.file(), [](auto...) {}).value().empty());
    {
        std::fstream file{folder.file(), std::ios::in | std::ios::out | std::ios::binary};
        const auto size = std::filesystem::file_size(folder.file());
        const std::string garbage(2048, '\xa5');
        // Every page but the first: whatever is read next is damaged.
        for (std::uintmax_t page = 4096; page < size; page += 4096) {
            file.seekp(static_cast<std::streamoff>(page));
            file.write(garbage.data(), static_cast<std::streamsize>(garbage.size()));
        }
    }
    Writing writing{folder.file()};
    CHECK(writing.write() == ErrorCode::kDamaged);
    CHECK_THAT(writing.detail, Catch::Contains("move it away for a new one"));
    CHECK(writing.write() == ErrorCode::kDamaged);
    CHECK(history::summarize_file(folder.file(), {}).error().code == ErrorCode::kDamaged);
    std::filesystem::rename(folder.file(), folder.file("old.db"));
    std::filesystem::remove(folder.file() + "-wal");
    std::filesystem::remove(folder.file() + "-shm");
    CHECK_FALSE(writing.write());
    CHECK(count(folder.file(), "heads") == 1);
}

TEST_CASE("a damaged page of any table is found, and named", "[history]") {
    const TemporaryFolder folder;
    {
        const auto connection = history::Connection::open_writer(folder.file());
        (void)connection->database().execAndGet("PRAGMA wal_checkpoint(TRUNCATE)");
    }
    std::vector<std::pair<std::string, std::int64_t>> tables;
    {
        const auto connection = history::Connection::open_reader(folder.file());
        SQLite::Statement rows = connection->cursor(
            "SELECT name, rootpage FROM sqlite_schema WHERE type = 'table' AND rootpage > 0");
        while (rows.executeStep()) {
            tables.emplace_back(rows.getColumn(0).getString(), rows.getColumn(1).getInt64());
        }
    }
    REQUIRE(tables.size() > 20);
    for (const auto& [name, page] : tables) {
        INFO(name);
        const std::string copy = folder.file("copy.db");
        std::filesystem::copy_file(folder.file(), copy,
                                   std::filesystem::copy_options::overwrite_existing);
        {
            std::fstream file{copy, std::ios::in | std::ios::out | std::ios::binary};
            file.seekp((page - 1) * 4096);
            const std::string garbage(64, '\xa5');
            file.write(garbage.data(), static_cast<std::streamsize>(garbage.size()));
        }
        const auto problems = history::check_file(copy, [](auto...) {});
        const bool is_found =
            problems ? !problems->empty() : problems.error().code == ErrorCode::kDamaged;
        CHECK(is_found);
        std::filesystem::remove(copy + "-wal");
        std::filesystem::remove(copy + "-shm");
    }
}

TEST_CASE("a query that nobody waits for is stopped, and its thread is free", "[history]") {
    class Endless final : public history::Job {
      public:
        Endless() : Job{"endless"} {}
        void run(history::Session& session) override {
            auto& database = session.connection().database();
            begun = true;
            (void)database.execAndGet(
                "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
                "SELECT count(*) FROM n");
        }
        std::atomic<bool> begun{false};
    };
    const TemporaryFolder folder;
    Writing writing{folder.file()};
    REQUIRE_FALSE(writing.write());
    const auto job = std::make_shared<Endless>();
    std::optional<history::Result<void>> answer;
    const auto work = [&]() -> base::Task<void> {
        auto its = co_await writing.database.run(Lane::kRead, job);
        answer.emplace(std::move(its));
    };
    boost::asio::co_spawn(writing.loop, work(), boost::asio::detached);
    tests::run_until(writing.loop, [&] { return job->begun.load(); });
    job->interrupt();
    tests::run_until(writing.loop, [&] { return answer.has_value(); });
    CHECK(answer->error().code == ErrorCode::kTimeout);
}

TEST_CASE("an export is read piece by piece over a connection of its own", "[history]") {
    const TemporaryFolder folder;
    Writing writing{folder.file()};
    for (int i = 0; i < 3; ++i) {
        REQUIRE_FALSE(writing.write(500));
    }
    const auto job = std::make_shared<history::ExportJob>(
        history::RowsRequest{.kind = "heads", .from = base::WallTime{}, .to = wall(24h)},
        history::ExportFormat::kNdjson);
    std::size_t lines = 0;
    std::size_t pieces = 0;
    while (true) {
        REQUIRE(writing.run(Lane::kStream, job).has_value());
        const auto piece = job->take();
        if (!piece) {
            break;
        }
        ++pieces;
        lines += static_cast<std::size_t>(std::count(piece->begin(), piece->end(), '\n'));
        // Writes go on meanwhile, and are not seen by it.
        REQUIRE_FALSE(writing.write(10));
    }
    CHECK(lines == 1500);
    CHECK(pieces > 2);
    writing.database.release(Lane::kStream, job);
}

namespace outage_test {

/// Writes batches until it is killed, and says so of each that is written.
[[noreturn]] void write_until_killed(const std::string& path, int report) {
    try {
        Recording recording{path};
        for (std::uint64_t number = 1;; ++number) {
            std::vector<updates::Message> messages;
            for (std::uint64_t i = 0; i < 20; ++i) {
                messages.push_back(
                    update(head("alpha", number * 100 + i, 0), std::chrono::milliseconds{number}));
            }
            recording.write(std::move(messages), std::chrono::milliseconds{number});
            (void)!::write(report, &number, sizeof number);
        }
    } catch (...) {
        ::_exit(3);
    }
}

/// Kills a writer after some batches; how many it has reported.
std::uint64_t kill_writer(const std::string& path, std::uint64_t batches) {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::close(pipe[0]);
        write_until_killed(path, pipe[1]);
    }
    ::close(pipe[1]);
    std::uint64_t reported = 0;
    std::uint64_t number = 0;
    bool is_killed = false;
    while (::read(pipe[0], &number, sizeof number) == sizeof number) {
        reported = number;
        if (reported >= batches && !is_killed) {
            is_killed = true;
            ::kill(child, SIGKILL);
        }
    }
    ::close(pipe[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    return reported;
}

}  // namespace outage_test

TEST_CASE("kill -9 during writes: all that was reported as written is there, and the gap",
          "[history]") {
    std::mt19937 random{20260101};
    for (int i = 0; i < 100; ++i) {
        const TemporaryFolder folder;
        const auto reported = kill_writer(folder.file(), 1 + random() % 8);
        Recording next{folder.file()};
        // The last one may have been written and not reported.
        const auto heads = static_cast<std::uint64_t>(next.count("heads"));
        CHECK(heads % 20 == 0);
        CHECK(heads / 20 >= reported);
        CHECK(heads / 20 <= reported + 1);
        next.write({updates::Snapshot{}}, 1h);
        CHECK(next.rows("SELECT reason, at FROM gaps") ==
              std::vector<std::string>{"killed|" +
                                       std::to_string(1767225600000000 + heads / 20 * 1000)});
        if (i % 20 == 0) {
            CHECK(history::check_file(folder.file(), [](auto...) {}).value().empty());
        }
    }
}
