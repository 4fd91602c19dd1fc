// The threads of a history, and what they may not do to each other.
#include "history/sqlite_database.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "history/reader.hpp"
#include "history/session.hpp"
#include "tests/history/gated_database.hpp"
#include "tests/history/writing.hpp"

using namespace tests;

namespace sqlite_database_test {

/// Goes on for a moment behind its interruption, as a query does, and looks whether it is released
/// meanwhile.
class SlowStream final : public history::StreamJob {
  public:
    SlowStream() : StreamJob{"export"} {}
    void run(history::Session& /*session*/) override {
        is_running = true;
        (void)becomes_true(20s, [this] { return is_interrupted(); });
        is_released_early = becomes_true(100ms, [this] { return is_released.load(); });
    }
    void release() override { is_released = true; }
    std::optional<std::string> take() override { return std::nullopt; }

    std::atomic<bool> is_running{false};
    std::atomic<bool> is_released{false};
    std::atomic<bool> is_released_early{false};

  private:
    template <class Condition>
    static bool becomes_true(base::Duration limit, const Condition& condition) {
        const auto end = std::chrono::steady_clock::now() + limit;
        while (!condition() && std::chrono::steady_clock::now() < end) {
            std::this_thread::yield();
        }
        return condition();
    }
};

/// Whether this process holds a lock on the file, as another process sees it.
bool is_locked(const std::string& path) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const int file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
        struct flock lock {};
        lock.l_type = F_WRLCK;
        lock.l_whence = SEEK_SET;
        const bool is_known = file >= 0 && ::fcntl(file, F_GETLK, &lock) == 0;
        ::_exit(!is_known ? 2 : lock.l_type == F_UNLCK ? 1 : 0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    REQUIRE(WEXITSTATUS(status) < 2);
    return WEXITSTATUS(status) == 0;
}

}  // namespace sqlite_database_test

using namespace sqlite_database_test;

TEST_CASE("a stream that is cancelled during a run is released behind that run", "[history]") {
    const TemporaryFolder folder;
    Writing writing{folder.file()};
    ManualClock clock{writing.loop};
    history::Permits permits{writing.loop.get_executor(), 4};
    history::Reader reader{writing.loop.get_executor(), clock, writing.database, permits, {},
                           [](std::string_view) {}};
    Spawned<void> running{writing.loop, reader.run()};
    clock.advance(0s);
    const auto job = std::make_shared<SlowStream>();
    const Spawned<history::Result<history::Stream>> opening{writing.loop, reader.open_stream(job)};
    tests::run_until(writing.loop, [&] { return job->is_running.load(); });
    running.cancel();
    tests::run_until(writing.loop, [&] { return running.is_over() && opening.is_over(); });
    tests::run_until(writing.loop, [&] { return job->is_released.load(); });
    CHECK_FALSE(job->is_released_early);
}

TEST_CASE("a writer that is opened anew leaves the locks of the readers alone", "[history]") {
    const TemporaryFolder folder;
    (void)history::Connection::open_writer(folder.file());
    const auto reader = history::Connection::open_reader(folder.file());
    REQUIRE(is_locked(folder.file()));
    (void)history::Connection::open_writer(folder.file());
    CHECK(is_locked(folder.file()));
}

TEST_CASE("a history is no symbolic link, and nobody else can read a new one", "[history]") {
    const TemporaryFolder folder;
    (void)history::Connection::open_writer(folder.file());
    struct stat entry {};
    REQUIRE(::stat(folder.file().c_str(), &entry) == 0);
    CHECK((entry.st_mode & 0777U) == 0600U);
    for (const char* target : {"history.db", "nothing.db"}) {
        const std::string link = folder.file(std::string{"link to "} + target);
        std::filesystem::create_symlink(folder.file(target), link);
        CHECK_THROWS_AS(history::Connection::open_writer(link), history::DatabaseFailure);
    }
    CHECK_FALSE(std::filesystem::exists(folder.file("nothing.db")));
}

TEST_CASE("a batch that is being written is written to its end when headmon stops", "[history]") {
    const TemporaryFolder folder;
    boost::asio::io_context loop;
    {
        history::SqliteDatabase database{loop.get_executor(), {folder.file()}};
        history::Batch batch{1, {}, wall(1s)};
        for (std::uint64_t slot = 0; slot < 2000; ++slot) {
            batch.messages.push_back(update(head("alpha", slot, 1), 1s));
        }
        const auto job = std::make_shared<history::RecordJob>(
            std::make_shared<const history::Batch>(std::move(batch)));
        const auto write = [&]() -> base::Task<void> {
            (void)co_await database.run(Lane::kWrite, job);
        };
        boost::asio::co_spawn(loop, write(), boost::asio::detached);
        loop.poll();
    }
    const Recording recording{folder.file()};
    CHECK(recording.count("heads") == 2000);
}

namespace sqlite_database_test {

class CountHeads final : public history::Job {
  public:
    CountHeads() : Job{"heads"} {}
    void run(history::Session& session) override {
        auto& database = session.connection().database();
        count = database.execAndGet("SELECT count(*) FROM heads").getInt64();
    }
    std::int64_t count = 0;
};

/// Its failure makes the lane open the file anew.
class Failing final : public history::Job {
  public:
    Failing() : Job{"failing"} {}
    void run(history::Session& /*session*/) override { throw std::runtime_error{"no"}; }
};

}  // namespace sqlite_database_test

TEST_CASE("reads see the file that has taken the place of another", "[history]") {
    const TemporaryFolder folder;
    Writing writing{folder.file()};
    REQUIRE_FALSE(writing.write(5));
    const auto count = std::make_shared<CountHeads>();
    REQUIRE(writing.run(Lane::kRead, count).has_value());
    REQUIRE(count->count == 5);
    REQUIRE_FALSE(writing.run(Lane::kWrite, std::make_shared<Failing>()).has_value());
    for (const char* end : {"", "-wal", "-shm"}) {
        const std::string name = folder.file() + end;
        if (std::filesystem::exists(name)) {
            std::filesystem::rename(name, folder.file("old.db") + end);
        }
    }
    REQUIRE_FALSE(writing.write(2));
    REQUIRE(writing.run(Lane::kRead, count).has_value());
    CHECK(count->count == 2);
}
