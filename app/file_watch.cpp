#include "app/file_watch.hpp"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <utility>

#include <boost/system/system_error.hpp>

namespace app {
namespace {

constexpr std::chrono::milliseconds kSettled{100};
/// A file that never rests is read now and then all the same.
constexpr int kRestsMax = 20;

[[noreturn]] void throw_errno(const char* what) {
    throw boost::system::system_error{
        boost::system::error_code{errno, boost::system::system_category()}, what};
}

}  // namespace

std::optional<FileStamp> read_stamp(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        return std::nullopt;
    }
    return FileStamp{status.st_dev, status.st_ino, status.st_size,
                     std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

FileWatch::FileWatch(const boost::asio::any_io_executor& executor, base::Clock& clock,
                     const std::string& path, std::optional<FileStamp> seen)
    : clock_{clock}, inotify_{executor}, path_{path}, seen_{seen} {
    const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (descriptor < 0) {
        throw_errno("cannot watch the config file");
    }
    inotify_.assign(descriptor);
    const auto folder = std::filesystem::absolute(path).parent_path();
    constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR;
    if (::inotify_add_watch(descriptor, folder.c_str(), kEvents) < 0) {
        throw_errno("cannot watch the config file's directory");
    }
}

bool FileWatch::drain() {
    alignas(inotify_event) std::array<char, 4096> events{};
    bool any = false;
    while (::read(inotify_.native_handle(), events.data(), events.size()) > 0) {
        any = true;
    }
    return any;
}

base::Task<void> FileWatch::read_events() {
    co_await inotify_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                                 boost::asio::use_awaitable);
    (void)drain();
}

base::Task<void> FileWatch::changed() {
    while (true) {
        // First of all: the file may have changed before it was watched.
        const auto stamp = read_stamp(path_);
        if (!stamp || stamp == seen_) {
            co_await read_events();
            continue;
        }
        for (int rests = 0; rests < kRestsMax; ++rests) {
            co_await clock_.sleep_until(clock_.now() + kSettled);
            if (!drain()) {
                break;
            }
        }
        if (const auto settled = read_stamp(path_); settled && settled != seen_) {
            seen_ = settled;
            co_return;
        }
    }
}

}  // namespace app
