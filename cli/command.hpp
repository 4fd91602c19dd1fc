#pragma once

namespace cli {

/// The program: reads the arguments, prepares the process, runs the command. Returns the exit code;
/// what is wrong is one line on standard error.
[[nodiscard]] int run_command(int argc, const char* const* argv);

}  // namespace cli
