// The threads of a history, and what they may not do to each other.
#include "history/sqlite_database.hpp"

#include <atomic>
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
