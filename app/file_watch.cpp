#include "app/file_watch.hpp"

#include <sys/stat.h>

#include <chrono>
#include <utility>

namespace app {
namespace {

constexpr std::chrono::seconds kBetweenLooks{1};
constexpr std::chrono::milliseconds kSettled{100};
/// A file that never rests is read now and then all the same.
constexpr int kRestsMax = 20;

}  // namespace

std::optional<FileStamp> read_stamp(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        return std::nullopt;
    }
    return FileStamp{status.st_dev, status.st_ino, status.st_size,
                     std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

FileWatch::FileWatch(base::Clock& clock, std::string path, std::optional<FileStamp> seen)
    : clock_{clock}, path_{std::move(path)}, seen_{seen} {}

base::Task<void> FileWatch::changed() {
    while (true) {
        // First of all: the file may have changed before it was watched.
        auto stamp = read_stamp(path_);
        if (!stamp || stamp == seen_) {
            co_await clock_.sleep_until(clock_.now() + kBetweenLooks);
            continue;
        }
        for (int rests = 0; rests < kRestsMax; ++rests) {
            co_await clock_.sleep_until(clock_.now() + kSettled);
            const auto before = std::exchange(stamp, read_stamp(path_));
            if (before == stamp) {
                break;
            }
        }
        if (stamp && stamp != seen_) {
            seen_ = stamp;
            co_return;
        }
    }
}

}  // namespace app
