#pragma once

namespace cli {

/// The program: reads the arguments, prepares the process, runs the command. Returns the exit code;
/// what is wrong is told on standard error as one line.
[[nodiscard]] int run_command(int argc, const char* const* argv);

}  // namespace cli
