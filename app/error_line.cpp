#include "app/error_line.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <string>

#include "app/exit_code.hpp"

namespace app {

void write_error(std::string_view text) {
    std::string line = "headmon: ";
    // Some messages that are passed on have line ends of their own.
    for (const char c : text) {
        line += c == '\n' || c == '\r' ? ' ' : c;
    }
    line += '\n';
    // Whoever does not read it keeps nobody from ending.
    pollfd standard_error{STDERR_FILENO, POLLOUT, 0};
    constexpr int kWaitMs = 500;
    if (::poll(&standard_error, 1, kWaitMs) == 1 && (standard_error.revents & POLLOUT) != 0) {
        (void)!::write(STDERR_FILENO, line.data(), std::min<std::size_t>(line.size(), PIPE_BUF));
    }
}

bool write_text(std::string_view text) {
    const bool is_out =
        std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    if (!is_out && errno != EPIPE) {
        write_error("standard output cannot be written");
        return false;
    }
    return true;
}

int usage_error(std::string_view text) {
    write_error(text);
    return kExitUsage;
}

}  // namespace app
