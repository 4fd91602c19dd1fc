#include "app/state_file.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>

#include "tests/support/loop.hpp"
#include "updates/update.hpp"

namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using app::StateFile;
using chain::SlotClock;

const SlotClock kMainnet{base::WallTime{std::chrono::seconds{1'606'824'023}}, 12s};
const SlotClock kOther{base::WallTime{std::chrono::seconds{1'700'000'000}}, 250ms};

/// A directory of the test's own, gone with it.
class Folder {
  public:
    Folder() {
        std::string name = (fs::temp_directory_path() / "headmon-state-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { fs::remove_all(path_); }

    [[nodiscard]] fs::path operator/(const char* name) const { return path_ / name; }
    [[nodiscard]] std::string text() const { return path_.string(); }

  private:
    fs::path path_;
};

std::string text_of(const fs::path& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

/// A disk without room, as far as this process can have one: no file may grow.
class NoRoom {
  public:
    NoRoom() {
        handler_ = std::signal(SIGXFSZ, SIG_IGN);
        REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit_) == 0);
        rlimit none = limit_;
        none.rlim_cur = 0;
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &none) == 0);
    }
    NoRoom(const NoRoom&) = delete;
    NoRoom& operator=(const NoRoom&) = delete;
    ~NoRoom() {
        (void)::setrlimit(RLIMIT_FSIZE, &limit_);
        (void)std::signal(SIGXFSZ, handler_);
    }

  private:
    rlimit limit_{};
    void (*handler_)(int) = nullptr;
};

updates::SlotTime told(const SlotClock& clock,
                       updates::SlotTimeSource source = updates::SlotTimeSource::kNode) {
    return {clock, source, std::nullopt};
}

/// A keeper over a directory, on a loop of its own.
struct Kept {
    explicit Kept(const std::string& directory, std::optional<SlotClock> known = std::nullopt)
        : keeper{loop.get_executor(), StateFile{directory}, known,
                 [this](const std::string& problem) { problems.push_back(problem); }} {}

    void wait_for(const std::function<bool()>& done) { tests::run_until(loop, done); }

    boost::asio::io_context loop;
    std::vector<std::string> problems;
    app::StateKeeper keeper;
};

}  // namespace

TEST_CASE("slot time is read as it was written, and is nothing before", "[cli]") {
    const Folder folder;
    const StateFile file{folder.text()};
    const auto before = file.read();
    REQUIRE(before.has_value());
    CHECK_FALSE(before->has_value());
    for (const SlotClock& clock : {kMainnet, kOther}) {
        REQUIRE(file.write(clock).has_value());
        const auto read = file.read();
        REQUIRE(read.has_value());
        CHECK((*read == clock));
    }
    CHECK(text_of(folder / "slot_time.toml") ==
          "# Slot time as a beacon node reported it. Written by headmon; it may be deleted.\n"
          "genesis_time = 1700000000\nslot_duration_ms = 250\n");
}

TEST_CASE("the file is for its user alone, and nothing else is left in the directory", "[cli]") {
    const Folder folder;
    const ::mode_t before = ::umask(0);
    const auto result = StateFile{(folder / "new").string()}.write(kMainnet);
    (void)::umask(before);
    REQUIRE(result.has_value());
    struct stat status {};
    REQUIRE(::stat((folder / "new").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0700U);
    REQUIRE(::stat((folder / "new" / "slot_time.toml").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
    CHECK(std::distance(fs::directory_iterator{folder / "new"}, fs::directory_iterator{}) == 1);
}

TEST_CASE("a write takes the place of what a start that was killed left, and follows no link",
          "[cli]") {
    const Folder folder;
    std::ofstream{folder / "other"} << "precious";
    fs::create_symlink(folder / "other", folder / "slot_time.toml.new");
    REQUIRE(StateFile{folder.text()}.write(kMainnet).has_value());
    CHECK(text_of(folder / "other") == "precious");
    CHECK_FALSE(fs::exists(folder / "slot_time.toml.new"));
    CHECK((StateFile{folder.text()}.read().value() == kMainnet));
}

TEST_CASE("a damaged file is told with its path and what comes of it", "[cli]") {
    const Folder folder;
    const auto* const text =
        GENERATE("", "genesis_time = 1606824023\n", "slot_duration_ms = 12000\n", "\x00\xff{[",
                 "genesis_time = -1\nslot_duration_ms = 12000\n",
                 "genesis_time = 4102444801\nslot_duration_ms = 12000\n",
                 "genesis_time = -5\nslot_duration_ms = 12000\n",
                 "genesis_time = 1606824023\nslot_duration_ms = 49\n",
                 "genesis_time = 1606824023\nslot_duration_ms = 900001\n",
                 "genesis_time = 1606824023.5\nslot_duration_ms = 12000\n",
                 "genesis_time = \"1606824023\"\nslot_duration_ms = 12000\n");
    INFO(text);
    std::ofstream{folder / "slot_time.toml"} << text;
    const auto read = StateFile{folder.text()}.read();
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().detail.starts_with((folder / "slot_time.toml").string() + ":"));
    CHECK(read.error().detail.ends_with("; it is not used, and written anew when a node answers"));
    // And so it is.
    REQUIRE(StateFile{folder.text()}.write(kMainnet).has_value());
    CHECK((StateFile{folder.text()}.read().value() == kMainnet));
}

TEST_CASE("a damaged file is told with the line that is wrong", "[cli]") {
    const Folder folder;
    std::ofstream{folder / "slot_time.toml"}
        << "genesis_time = 1606824023\nslot_duration_ms = 49\n";
    CHECK(
        StateFile{folder.text()}.read().error().detail ==
        (folder / "slot_time.toml").string() +
            ":2: the file has no usable slot_duration_ms; it is not used, and written anew when a "
            "node answers");
}

TEST_CASE("what is no file is not waited for", "[cli]") {
    const Folder folder;
    REQUIRE(::mkfifo((folder / "slot_time.toml").c_str(), 0600) == 0);
    const auto read = StateFile{folder.text()}.read();
    REQUIRE_FALSE(read.has_value());
    CHECK_THAT(read.error().detail, Catch::EndsWith(": is no regular file; give one"));
}

TEST_CASE("a disk without room is told, and leaves the old file whole", "[cli]") {
    const Folder folder;
    const StateFile file{folder.text()};
    REQUIRE(file.write(kMainnet).has_value());
    {
        const NoRoom no_room;
        const auto written = file.write(kOther);
        REQUIRE_FALSE(written.has_value());
        CHECK(written.error().detail ==
              (folder / "slot_time.toml").string() +
                  ": cannot be written (File too large); make room, or see to the permissions");
    }
    CHECK((file.read().value() == kMainnet));
    CHECK_FALSE(fs::exists(folder / "slot_time.toml.new"));
}

TEST_CASE("what a node tells is kept, and nothing that came from elsewhere", "[cli]") {
    const Folder folder;
    Kept kept{folder.text()};
    for (const auto source : {updates::SlotTimeSource::kStateFile, updates::SlotTimeSource::kPreset,
                              updates::SlotTimeSource::kConfiguration}) {
        kept.keeper.record(told(kOther, source));
    }
    kept.keeper.record(told(kMainnet));
    kept.wait_for([&] { return fs::exists(folder / "slot_time.toml"); });
    CHECK((StateFile{folder.text()}.read().value() == kMainnet));
    CHECK(kept.problems.empty());
}

TEST_CASE("what is kept already is not written again, and of several the last is kept", "[cli]") {
    const Folder folder;
    {
        // Its end waits for a write, if there is one.
        Kept nothing_new{folder.text(), kMainnet};
        nothing_new.keeper.record(told(kMainnet));
    }
    CHECK_FALSE(fs::exists(folder / "slot_time.toml"));
    Kept kept{folder.text(), kMainnet};
    for (const SlotClock& clock : {kOther, kMainnet, kOther, kMainnet}) {
        kept.keeper.record(told(clock));
    }
    const StateFile file{folder.text()};
    kept.wait_for([&] {
        const auto read = file.read();
        return read && *read == kMainnet;
    });
    CHECK(kept.problems.empty());
}

TEST_CASE("a file that cannot be written is told once, until it can be again", "[cli]") {
    const Folder folder;
    std::ofstream{folder / "taken"} << "no directory";
    Kept kept{(folder / "taken").string()};
    kept.keeper.record(told(kMainnet));
    kept.wait_for([&] { return !kept.problems.empty(); });
    CHECK_THAT(kept.problems.front(), Catch::Contains("(Not a directory)"));
    // Two writes in a row, so that the first is over when the second is done.
    kept.keeper.record(told(kOther));
    kept.keeper.record(told(kMainnet));
    fs::remove(folder / "taken");
    kept.keeper.record(told(kOther));
    const StateFile file{(folder / "taken").string()};
    kept.wait_for([&] {
        kept.keeper.record(told(kMainnet));
        const auto read = file.read();
        return read && *read == kMainnet;
    });
    CHECK(kept.problems.size() == 1);
}

TEST_CASE("a keeper that ends waits for its write and calls nobody", "[cli]") {
    const Folder folder;
    std::vector<std::string> problems;
    boost::asio::io_context loop;
    {
        app::StateKeeper keeper{loop.get_executor(), StateFile{folder.text()}, std::nullopt,
                                [&](const std::string& problem) { problems.push_back(problem); }};
        keeper.record(told(kMainnet));
    }
    CHECK(fs::exists(folder / "slot_time.toml"));
    loop.run();
    CHECK(problems.empty());
}
