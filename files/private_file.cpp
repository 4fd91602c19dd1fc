#include "files/private_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/descriptor.hpp"

namespace files {
namespace {

bool put_all(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(file, bytes.data(), bytes.size());
        if (count < 0 && errno != EINTR) {
            return false;
        }
        bytes.remove_prefix(count < 0 ? 0 : static_cast<std::size_t>(count));
    }
    return true;
}

}  // namespace

base::Result<void> write_private_file(const std::string& path, std::string_view text) {
    const std::string fresh = path + ".new";
    // Of an earlier call that ended in the middle.
    (void)::unlink(fresh.c_str());
    constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    const base::Descriptor file{::open(fresh.c_str(), kFlags, S_IRUSR | S_IWUSR)};
    if (file.number() < 0 || !put_all(file.number(), text) || ::fsync(file.number()) != 0 ||
        ::rename(fresh.c_str(), path.c_str()) != 0) {
        const std::string why = std::generic_category().message(errno);
        (void)::unlink(fresh.c_str());
        return base::bad_value("cannot be written (" + why +
                               "); make room, or see to the permissions");
    }
    // So that the new name outlives a power cut. Not every file system can; the file is good then.
    const std::string folder = std::filesystem::path{path}.parent_path().string();
    const base::Descriptor directory{
        ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (directory.number() >= 0) {
        (void)::fsync(directory.number());
    }
    return {};
}

}  // namespace files
