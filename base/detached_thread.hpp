#pragma once

#include <functional>

namespace base {

/// Runs `run` on a thread of its own, which nobody waits for and which gets no signals: those
/// belong to the thread of the event loop. What `run` uses is to be its own. Throws
/// std::system_error.
void start_detached_thread(std::function<void()> run);

}  // namespace base
