#include "cli/api_place.hpp"

#include <utility>

#include "app/candidates_access.hpp"
#include "app/exit_code.hpp"
#include "app/token_file.hpp"
#include "cli/config_reading.hpp"

namespace cli {
CommandFailure usage_failure(std::string text) {
    return CommandFailure{app::kExitUsage, std::move(text)};
}

ApiPlace find_api_place(const CandidatesArguments& arguments) {
    const config::Config config = read_config_file(arguments.config_file, false).config;
    ApiPlace place{http::Endpoint{find_api_url(config, arguments.api_url), {}, {}},
                   arguments.token_file};
    if (place.token_path.empty()) {
        place.token_path = app::token_path_of(config);
    }
    if (place.token_path.empty()) {
        throw usage_failure(
            "no token: give headmon's config with --config FILE, or its token file with "
            "--api-token-file FILE; a headmon with neither state_dir nor token_file has none, and "
            "takes no changes");
    }
    const auto token = app::read_token_file(place.token_path);
    if (!token) {
        throw usage_failure("token file " + token.error().detail);
    }
    place.endpoint.headers.push_back({"Authorization", "Bearer " + token->secret_text()});
    return place;
}

}  // namespace cli
