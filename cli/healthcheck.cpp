#include "cli/healthcheck.hpp"

#include <string>
#include <utility>

#include "app/error_line.hpp"
#include "app/event_loop.hpp"
#include "app/exit_code.hpp"
#include "base/system_clock.hpp"
#include "cli/api_place.hpp"
#include "cli/config_reading.hpp"
#include "http/client.hpp"

namespace cli {
namespace {

/// What is wrong with headmon's answer; empty: nothing.
std::string problem_of(const http::FetchResult& fetched) {
    if (!fetched) {
        const http::FetchError& error = fetched.error();
        return (error.reason ? std::string{to_string(*error.reason)} + ": " : "") + error.detail;
    }
    return fetched->head.status == 200 ? "" : "status " + std::to_string(fetched->head.status);
}

std::string ask(const http::Url& url, const HealthcheckArguments& arguments) {
    app::EventLoop loop;
    base::SystemClock clock{loop.executor()};
    http::Client client{loop.executor(), clock};
    std::string problem = "stopped before the answer came";
    (void)loop.run(clock, "healthcheck", [&]() -> base::Task<void> {
        http::Request request;
        request.endpoint = http::Endpoint{url, {}, {}};
        request.accept = "*/*";
        const http::FetchResult fetched =
            co_await client.fetch(std::move(request), arguments.timeout);
        problem = problem_of(fetched);
    });
    return problem;
}

}  // namespace

int run_healthcheck(const HealthcheckArguments& arguments) {
    try {
        const config::Config config = read_config_file(arguments.config_file, false).config;
        const http::Url api = find_api_url(config, arguments.api_url);
        const std::string path = arguments.is_ready ? "/readyz" : "/healthz";
        const std::string problem = ask(api.with_path(path, ""), arguments);
        if (problem.empty()) {
            return app::kExitOk;
        }
        app::write_error(api.origin() + path + ": " + problem);
        return app::kExitFatal;
    } catch (const CommandFailure& failure) {
        app::write_error(failure.text);
        return failure.exit_code;
    }
}

}  // namespace cli
