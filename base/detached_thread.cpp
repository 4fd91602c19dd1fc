#include "base/detached_thread.hpp"

#include <pthread.h>

#include <csignal>
#include <thread>
#include <utility>

namespace base {

void start_detached_thread(std::function<void()> run) {
    // A thread begins with the mask of the one that makes it.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
        std::thread{std::move(run)}.detach();
    } catch (...) {
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        throw;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace base
