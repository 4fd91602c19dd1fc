#include "config/header_values.hpp"

#include <filesystem>
#include <fstream>
#include <map>

#include <catch2/catch.hpp>

#include "config/config_file.hpp"

namespace header_values_test {
namespace {

constexpr const char* kNode =
    "[[node]]\nname = \"a\"\nurl = \"http://a\"\nheaders_from_credential = { \"Authorization\" = ";

/// A directory of credentials, as systemd makes one for a service.
class Credentials {
  public:
    Credentials() : path_{std::filesystem::temp_directory_path() / "headmon-credentials-XXXXXX"} {
        std::string name = path_.string();
        path_ = ::mkdtemp(name.data());
    }
    ~Credentials() { std::filesystem::remove_all(path_); }
    Credentials(const Credentials&) = delete;
    Credentials& operator=(const Credentials&) = delete;

    void write(const std::string& name, std::string_view text) const {
        std::ofstream{path_ / name} << text;
    }
    [[nodiscard]] config::Environment environment() const {
        return config::Environment{[path = path_.string()](const std::string& name) {
            return name == "CREDENTIALS_DIRECTORY" ? std::optional{path} : std::nullopt;
        }};
    }

  private:
    std::filesystem::path path_;
};

std::string problem_of(const std::string& name, const config::Environment& environment) {
    const auto settings =
        config::parse_settings(kNode + ("\"" + name + "\" }"), "headmon.toml", environment);
    return settings ? "" : settings.error().detail;
}

TEST_CASE("a header's value comes from a credential, without the line break at its end",
          "[config]") {
    const Credentials credentials;
    credentials.write("beta", "Bearer s3cret\n");
    const auto settings = config::parse_settings(kNode + std::string{"\"beta\" }"}, "headmon.toml",
                                                 credentials.environment());
    REQUIRE(settings.has_value());
    const std::vector<http::Header> headers{{"Authorization", "Bearer s3cret"}};
    CHECK((settings->nodes.at(0).endpoint.headers == headers));
}

TEST_CASE("a credential that cannot be used is told with its line and nothing of itself",
          "[config]") {
    const Credentials credentials;
    credentials.write("empty", " \n");
    credentials.write("two", "s3cret\nX-Other: s3cret\n");
    const config::Environment environment = credentials.environment();
    const std::string what = "headmon.toml:4: the credential for this header of node \"a\" ";
    CHECK(problem_of("none", environment) ==
          what +
              "cannot be read; check the path and its permissions; docs/install.md has "
              "LoadCredential=");
    CHECK(problem_of("empty", environment) ==
          what + "is empty; give it a value, or leave the header out");
    CHECK(problem_of("two", environment) ==
          "headmon.toml:4: this is no HTTP header; a name has no spaces or colons, a value no "
          "line breaks");
    const auto nothing = [](const std::string&) { return std::optional<std::string>{}; };
    CHECK(problem_of("beta", nothing) ==
          what +
              "is not there: headmon was given no CREDENTIALS_DIRECTORY; docs/install.md has "
              "LoadCredential=");
}

TEST_CASE("a credential's name leads out of no directory", "[config]") {
    const Credentials credentials;
    const std::string name =
        GENERATE("../passwd", "/etc/passwd", "..", ".", ".hidden", "a/b", "", "a b");
    CHECK_THAT(problem_of(name, credentials.environment()),
               Catch::StartsWith("headmon.toml:4: a credential's name has letters"));
}

}  // namespace
}  // namespace header_values_test
