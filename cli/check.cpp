#include "cli/check.hpp"

#include "cli/exit_code.hpp"

namespace cli {

int run_check(const CheckArguments& /*arguments*/) {
    return kExitCouldNotCheck;
}

}  // namespace cli
