#include "files/bounded_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/descriptor.hpp"

namespace files {

base::Result<std::string> read_bounded_file(const std::string& path, FileKinds kinds) {
    // Opening a pipe would wait for its writer, and one without a writer would then seem empty.
    const int waits = kinds == FileKinds::kRegular ? O_NONBLOCK : 0;
    const base::Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | waits)};
    struct stat status {};
    if (file.number() < 0 || ::fstat(file.number(), &status) != 0) {
        return base::bad_value("cannot be read; check the path and its permissions");
    }
    if (S_ISDIR(status.st_mode)) {
        return base::bad_value("is a directory; give a file");
    }
    if (kinds == FileKinds::kRegular && !S_ISREG(status.st_mode)) {
        return base::bad_value("is no regular file; give one");
    }
    std::string text(kBoundedFileBytesMax + 1, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t count = ::read(file.number(), text.data() + size, text.size() - size);
        if (count == 0) {
            break;
        }
        if (count < 0 && errno != EINTR) {
            return base::bad_value("cannot be read; check the path and its permissions");
        }
        size += count < 0 ? 0 : static_cast<std::size_t>(count);
    }
    if (size > kBoundedFileBytesMax) {
        return base::bad_value("is over 1 MiB, the most that is read");
    }
    text.resize(size);
    text.shrink_to_fit();
    return text;
}

}  // namespace files
