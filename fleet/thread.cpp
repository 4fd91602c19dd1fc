#include "fleet/thread.hpp"

#include <nats/nats.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "base/detached_thread.hpp"

namespace fleet {
namespace {

/// A connection that is being made gives up after two seconds.
constexpr std::chrono::seconds kExitWait{3};

/// Threads that are under way.
class Threads {
  public:
    void begin() {
        const std::lock_guard lock{mutex_};
        ++count_;
    }
    void end() {
        const std::lock_guard lock{mutex_};
        --count_;
        ended_.notify_all();
    }
    [[nodiscard]] bool wait_for_all() {
        std::unique_lock lock{mutex_};
        return ended_.wait_for(lock, kExitWait, [this] { return count_ == 0; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable ended_;
    int count_ = 0;
};

Threads& threads() {
    // Never destroyed: a thread may end after everything else has.
    static Threads& all = *new Threads;
    return all;
}

void wait_at_exit(int status, void* /*unused*/) {
    if (!threads().wait_for_all()) {
        // What it uses is not to be taken away; there is nothing left to do.
        ::_exit(status);
    }
}

}  // namespace

void start_thread(std::function<void()> run) {
    static const bool is_ready = [] {
        // What is registered last is called first at the end: both libraries before us.
        OPENSSL_init_ssl(0, nullptr);
        (void)nats_Open(-1);
        return ::on_exit(wait_at_exit, nullptr) == 0;
    }();
    (void)is_ready;
    threads().begin();
    try {
        base::start_detached_thread([run = std::move(run)]() mutable {
            // With what it holds, before anybody is told that it has ended.
            std::exchange(run, nullptr)();
            nats_ReleaseThreadMemory();
            threads().end();
        });
    } catch (...) {
        threads().end();
        throw;
    }
}

}  // namespace fleet
