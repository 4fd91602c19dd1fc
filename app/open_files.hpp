#pragma once

#include <cstddef>

namespace app {

/// Lets this process open as many files and sockets as the system allows it (RLIMIT_NOFILE), and
/// returns how many that are.
std::size_t raise_open_files();

}  // namespace app
