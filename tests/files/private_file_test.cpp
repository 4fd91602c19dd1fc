#include "files/private_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>

namespace private_file_test {
namespace {

namespace fs = std::filesystem;

struct TemporaryFolder {
    TemporaryFolder() {
        std::string name = (fs::temp_directory_path() / "headmon-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() { fs::remove_all(path); }
    fs::path path;
};

std::string read(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

TEST_CASE("a private file replaces what is there and is its owner's alone", "[files]") {
    const TemporaryFolder folder;
    const fs::path path = folder.path / "secrets";
    std::ofstream{path} << "old";
    fs::permissions(path, fs::perms{0644});
    const mode_t mask = ::umask(0);
    REQUIRE(files::write_private_file(path.string(), "new\n").has_value());
    ::umask(mask);
    CHECK(read(path) == "new\n");
    CHECK(fs::status(path).permissions() == fs::perms{0600});
    CHECK(std::distance(fs::directory_iterator{folder.path}, {}) == 1);
}

TEST_CASE("a private file never goes through a link to another file", "[files]") {
    const TemporaryFolder folder;
    std::ofstream{folder.path / "other"} << "other";
    fs::create_symlink(folder.path / "other", folder.path / "secrets");
    fs::create_symlink(folder.path / "other", folder.path / "secrets.new");
    REQUIRE(files::write_private_file((folder.path / "secrets").string(), "new").has_value());
    CHECK(read(folder.path / "other") == "other");
    CHECK(read(folder.path / "secrets") == "new");
}

TEST_CASE("a private file that cannot be written leaves nothing and says why", "[files]") {
    const TemporaryFolder folder;
    fs::create_directory(folder.path / "secrets");
    const auto written = files::write_private_file((folder.path / "secrets").string(), "text");
    REQUIRE(written.has_error());
    CHECK_THAT(written.error().detail, Catch::Contains("cannot be written (Is a directory)"));
    CHECK(std::distance(fs::directory_iterator{folder.path}, {}) == 1);
    CHECK(
        files::write_private_file((folder.path / "none" / "secrets").string(), "text").has_error());
}

}  // namespace
}  // namespace private_file_test
