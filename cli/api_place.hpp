#pragma once

#include <string>

#include "cli/arguments.hpp"
#include "http/request.hpp"

namespace cli {

/// Thrown: why a command ends without success; `text` is for standard error.
struct CommandFailure {
    int exit_code = 1;
    std::string text;
};

/// Wrong usage or configuration.
[[nodiscard]] CommandFailure usage_failure(std::string text);

/// Where the API of a headmon that runs is, and what opens it.
struct ApiPlace {
    /// With the header that has the token.
    http::Endpoint endpoint;
    std::string token_path;
};

/// By the options, else by the config file that they name, else the default address and the token
/// in $STATE_DIRECTORY. Reads the token. Throws CommandFailure.
[[nodiscard]] ApiPlace find_api_place(const CandidatesArguments& arguments);

}  // namespace cli
