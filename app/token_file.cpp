#include "app/token_file.hpp"

#include <openssl/rand.h>
#include <sys/stat.h>

#include <array>
#include <filesystem>

#include "base/printable.hpp"
#include "files/bounded_file.hpp"
#include "files/whole_file.hpp"

namespace app {
namespace {

base::Error bad_token_file(const std::string& path, const std::string& problem) {
    return base::bad_value(base::printable(path, 400) + ": " + problem);
}

/// Empty when this machine has no randomness to give.
std::string make_token() {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::array<unsigned char, 32> bytes{};
    if (::RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        return "";
    }
    std::string token;
    for (const unsigned char byte : bytes) {
        token += kHex[byte >> 4U];
        token += kHex[byte & 15U];
    }
    return token;
}

}  // namespace

base::Result<api::BearerToken> read_token_file(const std::string& path) {
    const auto text = files::read_bounded_file(path, files::FileKinds::kRegular);
    if (!text) {
        return bad_token_file(path, text.error().detail);
    }
    auto token = api::BearerToken::parse(*text);
    if (!token) {
        return bad_token_file(path, token.error().detail);
    }
    return token;
}

base::Result<api::BearerToken> open_token_file(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        const std::string token = make_token();
        if (token.empty()) {
            return bad_token_file(path, "no random bytes can be had for a token");
        }
        // When it cannot be made, the next call says why.
        (void)::mkdir(std::filesystem::path{path}.parent_path().c_str(), S_IRWXU);
        const auto made = files::create_whole_file(path, token + "\n");
        if (!made) {
            return bad_token_file(path, made.error().detail);
        }
    }
    return read_token_file(path);
}

std::string token_path_in(const std::string& state_directory) {
    return (std::filesystem::path{state_directory} / "api_token").string();
}

bool is_readable_for_all(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

}  // namespace app
