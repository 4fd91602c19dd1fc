#include "cli/doctor.hpp"

#include "cli/exit_code.hpp"

namespace cli {

int run_doctor(const DoctorArguments& /*arguments*/) {
    return kExitCouldNotCheck;
}

}  // namespace cli
