#include "cli/run.hpp"

#include "app/candidates_access.hpp"
#include "app/daemon.hpp"
#include "app/error_line.hpp"
#include "cli/config_command.hpp"

namespace cli {

int run_daemon(const RunArguments& arguments) {
    if (arguments.is_check) {
        return check_settings(arguments.settings);
    }
    app::EventLoop loop;
    const auto stamp = arguments.settings.config_file.empty()
                           ? std::nullopt
                           : app::read_stamp(arguments.settings.config_file);
    auto config = config::make_config(arguments.settings, config::process_environment);
    if (!config) {
        return app::usage_error(config.error().detail);
    }
    try {
        app::Daemon daemon{loop, arguments.settings, std::move(*config), stamp};
        return daemon.run();
    } catch (const app::ListenError& error) {
        return app::usage_error(error.what());
    } catch (const app::TokenFileError& error) {
        return app::usage_error(error.what());
    } catch (const recording::DirectoryError& error) {
        return app::usage_error(error.what());
    }
}

}  // namespace cli
