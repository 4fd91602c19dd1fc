#include "config/header_values.hpp"

#include <string_view>

#include "base/printable.hpp"

namespace config {
namespace {

constexpr std::size_t kShownBytesMax = 64;
/// A file's name on Linux.
constexpr std::size_t kCredentialNameMax = 255;

bool is_blank(const std::string& text) {
    return text.find_first_not_of(" \t") == std::string::npos;
}

/// A file's name in the directory of credentials, and no way out of it.
bool is_credential_name(const std::string& name) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return !name.empty() && name.size() <= kCredentialNameMax && name.front() != '.' &&
           name.find_first_not_of(kPlain) == std::string::npos;
}

}  // namespace

base::Result<std::string> header_from_variable(const Environment& environment,
                                               const std::string& name, const std::string& node) {
    const auto text = environment(name);
    if (!text) {
        // Not the variable's name: it may be the secret itself, by mistake.
        return base::bad_value("the environment variable for this header of node \"" + node +
                               "\" is not set; set it, or leave the header out");
    }
    if (is_blank(*text)) {
        return base::bad_value("the environment variable " + base::printable(name, kShownBytesMax) +
                               ", for a header of node \"" + node +
                               "\", is empty; give it a value, or leave the header out");
    }
    return *text;
}

base::Result<std::string> header_from_credential(const Environment& environment,
                                                 const std::string& name, const std::string& node) {
    if (!is_credential_name(name)) {
        return base::bad_value(
            "a credential's name has letters, digits, '.', '_' and '-', does not begin with '.', "
            "and is no path");
    }
    // Not its name: it may be the secret itself, by mistake.
    const std::string what = "the credential for this header of node \"" + node + "\" ";
    auto text = environment.credential(name);
    if (!text) {
        return base::bad_value(what + text.error().detail +
                               "; docs/install.md has LoadCredential=");
    }
    if (is_blank(*text)) {
        return base::bad_value(what + "is empty; give it a value, or leave the header out");
    }
    return text;
}

}  // namespace config
