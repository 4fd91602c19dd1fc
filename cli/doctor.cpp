#include "cli/doctor.hpp"

#include "app/exit_code.hpp"
#include "check/doctor.hpp"
#include "cli/check.hpp"

namespace cli {

int run_doctor(const DoctorArguments& arguments) {
    const auto config = config::make_config(arguments.settings, config::process_environment);
    if (!config) {
        return could_not_check(config.error().detail);
    }
    check::ProbeOptions options;
    options.timeout = arguments.timeout;
    options.wait = arguments.wait;
    const auto checked = probe_once(*config, options);
    if (!checked) {
        return check::kExitCouldNotCheck;
    }
    return report(check::doctor_text(*checked), checked->assessment.severity);
}

}  // namespace cli
