#pragma once

#include <string>

#include "api/bearer_token.hpp"
#include "base/result.hpp"

namespace app {

/// The token of the API, which is kept in a file: read where there is one, made where there is
/// none, with mode 0600 and 32 random bytes as hex digits. Fails with kBadValue; the detail is
/// `PATH: problem; what to do` and repeats nothing of the file.
[[nodiscard]] base::Result<api::BearerToken> open_token_file(const std::string& path);

/// The same of a file that is there.
[[nodiscard]] base::Result<api::BearerToken> read_token_file(const std::string& path);

/// Where it is in a state directory.
[[nodiscard]] std::string token_path_in(const std::string& state_directory);

/// Whether every user of this machine may read the file.
[[nodiscard]] bool is_readable_for_all(const std::string& path);

}  // namespace app
