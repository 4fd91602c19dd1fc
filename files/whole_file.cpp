#include "files/whole_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "base/descriptor.hpp"

namespace files {
namespace {

base::Error failed(std::string_view what, int number, std::string_view advice) {
    return base::bad_value(std::string{what} + " (" + std::generic_category().message(number) +
                           ")" + std::string{advice});
}

base::Error not_written(int number) {
    return failed("cannot be written", number, "; make room, or see to the permissions");
}

bool write_all(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(file, bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR) {
            return false;
        }
        bytes.remove_prefix(count < 0 ? 0 : static_cast<std::size_t>(count));
    }
    return true;
}

/// A new file with this text, on the disk. Returns 0, or the error's number.
int write_fresh(const std::string& fresh, std::string_view text) {
    // Of an earlier start that ended in the middle.
    (void)::unlink(fresh.c_str());
    constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    const base::Descriptor file{::open(fresh.c_str(), kFlags, S_IRUSR | S_IWUSR)};
    const bool is_written =
        file.number() >= 0 && write_all(file.number(), text) && ::fsync(file.number()) == 0;
    return is_written ? 0 : errno;
}

/// So that a name outlives a power cut. Not every file system can; the file is good then.
void flush_directory_of(const std::string& path) {
    const std::string parent = std::filesystem::path{path}.parent_path().string();
    const base::Descriptor directory{
        ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (directory.number() >= 0) {
        (void)::fsync(directory.number());
    }
}

}  // namespace

base::Result<void> write_whole_file(const std::string& path, std::string_view text) {
    const std::string fresh = path + ".new";
    int problem = write_fresh(fresh, text);
    if (problem == 0 && ::rename(fresh.c_str(), path.c_str()) != 0) {
        problem = errno;
    }
    if (problem != 0) {
        (void)::unlink(fresh.c_str());
        return not_written(problem);
    }
    flush_directory_of(path);
    return {};
}

base::Result<bool> create_whole_file(const std::string& path, std::string_view text) {
    // A name of this process's own: another one may be at it too.
    const std::string fresh = path + "." + std::to_string(::getpid()) + ".new";
    int problem = write_fresh(fresh, text);
    const bool is_made = problem == 0 && ::link(fresh.c_str(), path.c_str()) == 0;
    if (problem == 0 && !is_made && errno != EEXIST) {
        problem = errno;
    }
    (void)::unlink(fresh.c_str());
    if (problem != 0) {
        return not_written(problem);
    }
    flush_directory_of(path);
    return is_made;
}

base::Result<void> remove_file(const std::string& path) {
    if (::unlink(path.c_str()) != 0) {
        if (errno == ENOENT) {
            return {};
        }
        return failed("cannot be removed", errno, "");
    }
    flush_directory_of(path);
    return {};
}

}  // namespace files
