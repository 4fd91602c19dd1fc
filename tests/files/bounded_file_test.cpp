#include "files/bounded_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>

#include <catch2/catch.hpp>

namespace {

using files::FileKinds;

/// A directory of the test's own, which goes with it.
class Folder {
  public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "headmon-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }

    [[nodiscard]] std::string path(const std::string& name) const { return path_ / name; }
    [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
        std::ofstream{path(name), std::ios::binary} << text;
        return path(name);
    }

  private:
    std::filesystem::path path_;
};

std::string problem(const std::string& path, FileKinds kinds) {
    const auto text = files::read_bounded_file(path, kinds);
    return text ? "none" : text.error().detail;
}

}  // namespace

TEST_CASE("a small file is read whole, whatever its bytes are", "[cli]") {
    const Folder folder;
    for (const std::string& text : {std::string{}, std::string{"a\0b\r\n\xff", 6},
                                    std::string(files::kBoundedFileBytesMax, 'x')}) {
        const std::string path = folder.write("file", text);
        for (const FileKinds kinds : {FileKinds::kRegular, FileKinds::kStreamsToo}) {
            const auto read = files::read_bounded_file(path, kinds);
            REQUIRE(read.has_value());
            CHECK((*read == text));
        }
    }
}

TEST_CASE("what is no small file is refused without being read", "[cli]") {
    const Folder folder;
    const std::string large =
        folder.write("large", std::string(files::kBoundedFileBytesMax + 1, 'x'));
    for (const FileKinds kinds : {FileKinds::kRegular, FileKinds::kStreamsToo}) {
        CHECK(problem(folder.path("none"), kinds) ==
              "cannot be read; check the path and its permissions");
        CHECK(problem(folder.path(""), kinds) == "is a directory; give a file");
        CHECK(problem(large, kinds) == "is over 1 MiB, the most that is read");
    }
    CHECK(problem("/dev/zero", FileKinds::kRegular) == "is no regular file; give one");
    CHECK(problem("/dev/zero", FileKinds::kStreamsToo) == "is over 1 MiB, the most that is read");
}

TEST_CASE("a pipe without a writer is refused at once where only regular files are read", "[cli]") {
    const Folder folder;
    const std::string pipe = folder.path("pipe");
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    auto asked = std::async(std::launch::async, [&] { return problem(pipe, FileKinds::kRegular); });
    const bool is_told = asked.wait_for(std::chrono::seconds{5}) == std::future_status::ready;
    CHECK(is_told);
    if (!is_told) {
        // Lets the reader go.
        std::ofstream{pipe} << "";
    }
    CHECK(asked.get() == "is no regular file; give one");
}

TEST_CASE("a pipe with a writer is read to its end where streams are", "[cli]") {
    const Folder folder;
    const std::string pipe = folder.path("pipe");
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    auto writer = std::async(std::launch::async, [&] { std::ofstream{pipe} << "text"; });
    const auto read = files::read_bounded_file(pipe, FileKinds::kStreamsToo);
    writer.get();
    REQUIRE(read.has_value());
    CHECK(*read == "text");
}
