#include "cli/error_line.hpp"

#include <cstdio>
#include <string>

#include "cli/exit_code.hpp"

namespace cli {

void write_error(std::string_view text) {
    std::string line = "headmon: ";
    // Some messages that are passed on have line ends of their own.
    for (const char c : text) {
        line += c == '\n' || c == '\r' ? ' ' : c;
    }
    line += '\n';
    (void)std::fwrite(line.data(), 1, line.size(), stderr);
}

int usage_error(std::string_view text) {
    write_error(text);
    return kExitUsage;
}

}  // namespace cli
