#include "app/file_watch.hpp"

#include <filesystem>
#include <fstream>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>

#include "tests/support/manual_clock.hpp"

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// A folder of its own, and a watch over one path in it.
class WatchFixture {
  public:
    WatchFixture() {
        std::string name = (fs::temp_directory_path() / "headmon-watch-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        folder = name;
    }
    WatchFixture(const WatchFixture&) = delete;
    WatchFixture& operator=(const WatchFixture&) = delete;
    ~WatchFixture() { fs::remove_all(folder); }

    void write(const fs::path& path, const std::string& text) const {
        std::ofstream{folder / path} << text;
    }
    void link(const fs::path& target, const fs::path& path) const {
        fs::create_symlink(target, folder / "next");
        fs::rename(folder / "next", folder / path);
    }
    void watch(const fs::path& path) {
        const std::string whole = (folder / path).string();
        file.emplace(clock, whole, app::read_stamp(whole));
        boost::asio::co_spawn(loop, count(*file, changes), boost::asio::detached);
    }
    /// How often a change was reported within two seconds.
    int changes_seen() {
        clock.advance(2s);
        return std::exchange(changes, 0);
    }

    fs::path folder;
    boost::asio::io_context loop;
    tests::ManualClock clock{loop};

  private:
    static base::Task<void> count(app::FileWatch& file, int& changes) {
        while (true) {
            co_await file.changed();
            ++changes;
        }
    }

    std::optional<app::FileWatch> file;
    int changes = 0;
};

}  // namespace

TEST_CASE("a file that is rewritten, replaced or made anew has changed once", "[app]") {
    WatchFixture f;
    f.write("a.toml", "1");
    f.watch("a.toml");
    CHECK(f.changes_seen() == 0);
    f.write("a.toml", "22");
    CHECK(f.changes_seen() == 1);
    CHECK(f.changes_seen() == 0);
    f.write("b.toml", "22");
    fs::rename(f.folder / "b.toml", f.folder / "a.toml");
    CHECK(f.changes_seen() == 1);
    fs::remove(f.folder / "a.toml");
    CHECK(f.changes_seen() == 0);
    f.write("a.toml", "333");
    CHECK(f.changes_seen() == 1);
}

TEST_CASE("a file behind a directory that is swapped or made anew has changed", "[app]") {
    WatchFixture f;
    fs::create_directory(f.folder / "1");
    fs::create_directory(f.folder / "2");
    f.write("1/a.toml", "x");
    f.write("2/a.toml", "x");
    SECTION("a link to the directory is replaced") {
        f.link("1", "current");
        f.watch("current/a.toml");
        f.link("2", "current");
        CHECK(f.changes_seen() == 1);
        f.link("1", "current");
        CHECK(f.changes_seen() == 1);
    }
    SECTION("the directory is removed and made anew") {
        f.watch("1/a.toml");
        fs::remove_all(f.folder / "1");
        CHECK(f.changes_seen() == 0);
        fs::create_directory(f.folder / "1");
        CHECK(f.changes_seen() == 0);
        f.write("1/a.toml", "yy");
        CHECK(f.changes_seen() == 1);
    }
    SECTION("the target of a link to the file is replaced") {
        f.link("1/a.toml", "a.toml");
        f.watch("a.toml");
        f.write("1/b.toml", "z");
        fs::rename(f.folder / "1/b.toml", f.folder / "1/a.toml");
        CHECK(f.changes_seen() == 1);
    }
    SECTION("a link to a link is replaced, as for a ConfigMap") {
        f.link("1", "..data");
        f.link("..data/a.toml", "a.toml");
        f.watch("a.toml");
        f.link("2", "..data");
        fs::remove_all(f.folder / "1");
        CHECK(f.changes_seen() == 1);
    }
}

TEST_CASE("a file that is still being written is left until it rests", "[app]") {
    WatchFixture f;
    f.write("a.toml", "1");
    f.watch("a.toml");
    std::string text = "1";
    int changes = 0;
    for (int i = 0; i < 15; ++i) {
        f.write("a.toml", text += "2");
        f.clock.advance(90ms);
    }
    changes = f.changes_seen();
    CHECK(changes == 1);
}
