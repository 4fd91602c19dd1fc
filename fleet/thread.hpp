#pragma once

#include <functional>

namespace fleet {

/// Runs `run`, which uses libnats, on a detached thread (base/detached_thread.hpp). The end of the
/// process waits for it, for three seconds at most: libnats and OpenSSL must not be taken down
/// under a thread that connects. Throws std::system_error.
void start_thread(std::function<void()> run);

}  // namespace fleet
