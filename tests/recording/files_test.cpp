#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "recording/entry_json.hpp"
#include "recording/file_reader.hpp"
#include "recording/file_writer.hpp"
#include "recording/writer_thread.hpp"
#include "tests/recording/entries.hpp"

namespace recording_files_test {

namespace fs = std::filesystem;

/// A directory that is gone with the test.
class Directory {
  public:
    Directory() {
        std::string name = (fs::temp_directory_path() / "headmon-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    ~Directory() { fs::remove_all(path_); }

    [[nodiscard]] std::string file(std::uint64_t number) const {
        return path_ + "/" + recording::file_name(number);
    }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

struct Read {
    std::vector<recording::Entry> entries;
    std::size_t torn = 0;
    std::string error;
};

Read read_all(const std::string& directory) {
    Read read;
    auto reader = recording::FileReader::open(directory);
    REQUIRE(reader.has_value());
    while (true) {
        auto entry = reader->next();
        if (!entry) {
            read.error = entry.error().detail;
            break;
        }
        if (!*entry) {
            break;
        }
        read.entries.push_back(std::move(**entry));
    }
    read.torn = reader->torn().size();
    return read;
}

/// How many entries; none where there is no file yet.
std::size_t read_all_there(const std::string& directory) {
    return recording::list_files(directory)->empty() ? 0 : read_all(directory).entries.size();
}

std::string lines_of(const std::vector<recording::Entry>& entries) {
    std::string lines;
    for (const recording::Entry& entry : entries) {
        recording::append_line(lines, entry);
    }
    return lines;
}

recording::WriterThread::FirstLines first(std::string lines) {
    return [lines = std::move(lines)](std::uint64_t /*lost*/) { return lines; };
}

std::string content(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

void put(const std::string& path, std::string_view bytes) {
    std::ofstream{path, std::ios::binary}.write(bytes.data(),
                                                static_cast<std::streamsize>(bytes.size()));
}

TEST_CASE("a file that is cut at any byte has what was flushed before it", "[recording]") {
    const Directory directory;
    const auto entries = tests::every_entry();
    std::vector<std::size_t> flushed;
    {
        recording::FileWriter writer{directory.file(1)};
        for (const recording::Entry& entry : entries) {
            writer.write(lines_of({entry}));
            writer.flush();
            flushed.push_back(writer.bytes());
        }
        writer.end();
    }
    const std::string whole = content(directory.file(1));
    CHECK(read_all(directory.path()).entries == entries);
    CHECK(read_all(directory.path()).torn == 0);
    for (std::size_t length = 0; length < whole.size(); ++length) {
        put(directory.file(1), std::string_view{whole}.substr(0, length));
        const Read read = read_all(directory.path());
        std::size_t expected = 0;
        while (expected < flushed.size() && flushed[expected] <= length) {
            ++expected;
        }
        INFO(length);
        CHECK(read.error.empty());
        CHECK(read.torn == 1);
        REQUIRE(read.entries.size() >= expected);
        CHECK(std::equal(read.entries.begin(), read.entries.end(), entries.begin()));
    }
}

TEST_CASE("a file that is damaged is read up to there, and never as something else",
          "[recording]") {
    const Directory directory;
    const auto entries = tests::every_entry();
    {
        recording::FileWriter writer{directory.file(1)};
        writer.write(lines_of(entries));
        writer.end();
    }
    std::string bytes = content(directory.file(1));
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x55);
    put(directory.file(1), bytes);
    const Read read = read_all(directory.path());
    CHECK((read.torn == 1 || !read.error.empty()));
}

TEST_CASE("files are read in the order of their numbers, and others are passed over",
          "[recording]") {
    const Directory directory;
    const auto entries = tests::every_entry();
    for (const std::size_t number : {2U, 10U, 1U}) {
        recording::FileWriter writer{directory.file(number)};
        writer.write(lines_of({entries.at(number)}));
        writer.end();
    }
    put(directory.path() + "/notes.txt", "mine");
    put(directory.path() + "/x.jsonl.zst", "mine");
    CHECK(read_all(directory.path()).entries ==
          std::vector{entries.at(1), entries.at(2), entries.at(10)});
}

TEST_CASE("a directory without a recording, or none at all, says so", "[recording]") {
    const Directory directory;
    CHECK(recording::FileReader::open(directory.path()).error().detail.find("no recording in") ==
          0);
    CHECK(recording::FileReader::open(directory.path() + "/none").has_error());
}

TEST_CASE("the writer goes on in a file of its own behind those that are there", "[recording]") {
    const Directory directory;
    const auto entries = tests::every_entry();
    for (const std::size_t start : {0U, 1U}) {
        auto writer = recording::WriterThread::start(directory.path(), {}).value();
        CHECK(writer->needs_new_file());
        writer->begin_file(first(lines_of({entries.at(2 * start)})));
        CHECK(writer->write(lines_of({entries.at(2 * start + 1)})));
    }
    CHECK(recording::list_files(directory.path())->size() == 2);
    const Read read = read_all(directory.path());
    CHECK(read.torn == 0);
    CHECK(read.entries == std::vector(entries.begin(), entries.begin() + 4));
    struct stat status {};
    REQUIRE(::stat(directory.file(1).c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
}

TEST_CASE("the oldest files go when there are too many bytes, and never the newest",
          "[recording]") {
    const Directory directory;
    recording::WriterLimits limits;
    limits.bytes_max = 1;
    for (int start = 0; start < 3; ++start) {
        auto writer = recording::WriterThread::start(directory.path(), limits).value();
        writer->begin_file(first(lines_of(tests::every_entry())));
    }
    const auto files = recording::list_files(directory.path()).value();
    REQUIRE(files.size() == 1);
    CHECK(files.front().number == 3);
}

TEST_CASE("files that are too old go with the next one, whatever their bytes", "[recording]") {
    const Directory directory;
    recording::WriterLimits limits;
    limits.age_max = std::chrono::hours{24};
    for (int start = 0; start < 3; ++start) {
        auto writer = recording::WriterThread::start(directory.path(), limits).value();
        writer->begin_file(first(lines_of(tests::every_entry())));
        writer.reset();
        const auto age = std::chrono::hours{start == 0 ? 25 : 23};
        fs::last_write_time(directory.file(static_cast<std::uint64_t>(start) + 1),
                            fs::file_time_type::clock::now() - age);
    }
    const auto files = recording::list_files(directory.path()).value();
    REQUIRE(files.size() == 2);
    CHECK(files.front().number == 2);
}

TEST_CASE("what was flushed can be read while the writer goes on", "[recording]") {
    const Directory directory;
    recording::WriterLimits limits;
    limits.flush_after = std::chrono::milliseconds{1};
    auto writer = recording::WriterThread::start(directory.path(), limits).value();
    const auto entries = tests::every_entry();
    writer->begin_file(first(lines_of({entries.at(0)})));
    REQUIRE(writer->write(lines_of({entries.at(1)})));
    const auto begun = std::chrono::steady_clock::now();
    while (read_all_there(directory.path()) < 2 &&
           std::chrono::steady_clock::now() - begun < std::chrono::seconds{20}) {
        std::this_thread::yield();
    }
    CHECK(read_all(directory.path()).entries == std::vector(entries.begin(), entries.begin() + 2));
    CHECK(read_all(directory.path()).torn == 1);
}

TEST_CASE("a writer that cannot write says why, takes nothing and tries again later",
          "[recording]") {
    const Directory directory;
    recording::WriterLimits limits;
    limits.retry_after = std::chrono::hours{1};
    auto writer = recording::WriterThread::start(directory.path(), limits).value();
    // The file that it is to make is there already.
    put(directory.file(1), "");
    writer->begin_file(first(lines_of({tests::every_entry().front()})));
    while (writer->counts().failures == 0) {
        std::this_thread::yield();
    }
    CHECK(writer->counts().problem.find("File exists") != std::string::npos);
    CHECK(writer->needs_new_file());
    CHECK_FALSE(writer->may_begin_file());
    CHECK_FALSE(writer->write("x"));
}

TEST_CASE("lines that were taken and are not on the disk when a file fails are counted",
          "[recording]") {
    const Directory directory;
    recording::WriterLimits limits;
    limits.retry_after = std::chrono::hours{1};
    auto writer = recording::WriterThread::start(directory.path(), limits).value();
    put(directory.file(1), "");
    writer->begin_file(first(lines_of({tests::every_entry().front()})));
    std::uint64_t written = 0;
    for (bool is_taken = true; is_taken; ++written) {
        is_taken = writer->write(lines_of({tests::every_entry().back()}));
    }
    CHECK(written > 1);
    CHECK(writer->counts().lost == written);
}

/// Files of this process have so many bytes at most, until it is gone.
class FileLimit {
  public:
    explicit FileLimit(rlim_t bytes) {
        REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
        const rlimit limit{bytes, before_.rlim_max};
        handler_ = std::signal(SIGXFSZ, SIG_IGN);
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    }
    FileLimit(const FileLimit&) = delete;
    FileLimit& operator=(const FileLimit&) = delete;
    ~FileLimit() {
        (void)::setrlimit(RLIMIT_FSIZE, &before_);
        (void)std::signal(SIGXFSZ, handler_);
    }

  private:
    rlimit before_{};
    void (*handler_)(int) = nullptr;
};

TEST_CASE("what a full disk has taken can be read, and all else is counted", "[recording]") {
    const Directory directory;
    recording::WriterLimits limits;
    limits.retry_after = std::chrono::hours{1};
    limits.flush_after = std::chrono::milliseconds{1};
    auto writer = recording::WriterThread::start(directory.path(), limits).value();
    std::uint64_t taken = 0;
    {
        const FileLimit limit{20'000};
        writer->begin_file(first(""));
        std::mt19937_64 random{5};
        while (!writer->needs_new_file()) {
            // Nothing that could be compressed.
            const recording::Entry entry{
                tests::moment(1, 1),
                recording::StreamOpening{taken + 1, std::to_string(random()), "x"}};
            const auto before = writer->counts().bytes;
            taken += writer->write(lines_of({entry})) ? 1 : 0;
            // Until it is on the disk, or does not fit: else the first block may be too large.
            while (writer->counts().bytes == before && !writer->needs_new_file()) {
                std::this_thread::yield();
            }
        }
    }
    const recording::WriterCounts counts = writer->counts();
    CHECK(counts.problem.find("File too large") != std::string::npos);
    CHECK(counts.bytes == fs::file_size(directory.file(1)));
    CHECK(counts.directory_bytes == counts.bytes);
    const Read read = read_all(directory.path());
    CHECK(read.torn == 1);
    CHECK(read.entries.size() > 100);
    REQUIRE(read.entries.size() >= taken - counts.lost);
    CHECK(counts.lost > 0);
    for (std::size_t i = 0; i < read.entries.size(); ++i) {
        REQUIRE(std::get<recording::StreamOpening>(read.entries[i].event).stream == i + 1);
    }
}

TEST_CASE("no signal goes to the writer's thread", "[recording]") {
    const Directory directory;
    const auto threads = [] {
        std::set<std::string> names;
        for (const auto& entry : fs::directory_iterator{"/proc/self/task"}) {
            names.insert(entry.path().filename());
        }
        return names;
    };
    const auto before = threads();
    const auto writer = recording::WriterThread::start(directory.path(), {}).value();
    // Until its own work begins a new thread has every signal blocked, whoever made it.
    writer->begin_file(first(""));
    while (writer->counts().files == 0) {
        std::this_thread::yield();
    }
    std::size_t seen = 0;
    for (const std::string& name : threads()) {
        if (before.contains(name)) {
            continue;
        }
        const std::string status = content("/proc/self/task/" + name + "/status");
        const std::size_t at = status.find("SigBlk:\t");
        REQUIRE(at != std::string::npos);
        // SIGTERM is the 15th.
        const auto mask = std::stoull(status.substr(at + 8, 16), nullptr, 16);
        CHECK((mask >> 14U & 1U) == 1);
        ++seen;
    }
    CHECK(seen == 1);
}

TEST_CASE("lines that the disk does not take are refused until there is room", "[recording]") {
    const Directory directory;
    recording::WriterLimits limits;
    limits.queue_bytes_max = 10;
    auto writer = recording::WriterThread::start(directory.path(), limits).value();
    writer->begin_file(first(""));
    CHECK_FALSE(writer->write("more than ten bytes"));
    CHECK(writer->needs_new_file());
    CHECK_FALSE(writer->counts().problem.empty());
}

}  // namespace recording_files_test
