#include "files/whole_file.hpp"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>

namespace files_whole_file_test {

namespace fs = std::filesystem;

struct Folder {
    Folder() {
        std::string name = (fs::temp_directory_path() / "headmon-whole-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { fs::remove_all(path); }

    [[nodiscard]] std::string file(const char* name) const { return (path / name).string(); }
    [[nodiscard]] std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator{path}, fs::directory_iterator{}));
    }

    fs::path path;
};

std::string text_in(const std::string& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

mode_t mode_of(const std::string& path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 0777U;
}

TEST_CASE("a file is replaced for its owner alone, and leaves nothing beside it", "[files]") {
    const Folder folder;
    const std::string path = folder.file("a");
    std::ofstream{path} << "old";
    fs::permissions(path, fs::perms::all);
    // Of a start that ended in the middle, and with another one's rights.
    std::ofstream{path + ".new"} << "half";
    fs::permissions(path + ".new", fs::perms::all);
    REQUIRE(files::write_whole_file(path, "new").has_value());
    CHECK(text_in(path) == "new");
    CHECK(mode_of(path) == 0600);
    CHECK(folder.files() == 1);
}

TEST_CASE("a file that cannot be written leaves the old one", "[files]") {
    const Folder folder;
    const std::string path = folder.file("a");
    fs::create_directory(path);
    const auto written = files::write_whole_file(path, "new");
    REQUIRE_FALSE(written.has_value());
    CHECK(written.error().detail ==
          "cannot be written (Is a directory); make room, or see to the permissions");
    CHECK(fs::is_directory(path));
    CHECK(folder.files() == 1);
    CHECK_FALSE(files::write_whole_file(folder.file("none/a"), "new").has_value());
}

TEST_CASE("a link in place of the fresh file is not followed", "[files]") {
    const Folder folder;
    const std::string path = folder.file("a");
    std::ofstream{folder.file("other")} << "other";
    fs::create_symlink(folder.file("other"), path + ".new");
    REQUIRE(files::write_whole_file(path, "new").has_value());
    CHECK(text_in(folder.file("other")) == "other");
    CHECK(text_in(path) == "new");
}

TEST_CASE("a file that is there is not made again", "[files]") {
    const Folder folder;
    const std::string path = folder.file("a");
    CHECK(files::create_whole_file(path, "first").value());
    CHECK(mode_of(path) == 0600);
    CHECK_FALSE(files::create_whole_file(path, "second").value());
    CHECK(text_in(path) == "first");
    CHECK(folder.files() == 1);
    CHECK_FALSE(files::create_whole_file(folder.file("none/a"), "new").has_value());
}

TEST_CASE("a file that is not there is removed already", "[files]") {
    const Folder folder;
    const std::string path = folder.file("a");
    std::ofstream{path} << "old";
    CHECK(files::remove_file(path).has_value());
    CHECK(files::remove_file(path).has_value());
    CHECK(folder.files() == 0);
}

}  // namespace files_whole_file_test
