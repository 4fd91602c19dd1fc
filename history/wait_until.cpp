#include "history/wait_until.hpp"

namespace history {

base::Task<bool> wait_until(base::Notify& news, base::Clock& clock, base::MonoTime deadline) {
    co_await base::run_first(news.wait(), clock.sleep_until(deadline));
    const bool is_due = news.take();
    if (is_due) {
        news.notify();
    }
    co_return is_due;
}

}  // namespace history
