// Loaded into a program by LD_PRELOAD: the clocks of another machine. HEADMON_CLOCK names a file of
// two 64-bit numbers: nanoseconds that are added to the wall clock and to the monotonic one, and
// that may change meanwhile. Asks nothing of the C library, which is not ready when the sanitizers
// ask for the time.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <ctime>

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr long kPage = 4096;

const volatile std::int64_t* known = nullptr;

const volatile std::int64_t* offsets() {
    if (known == nullptr) {
        const char* const path = std::getenv("HEADMON_CLOCK");
        const long file =
            path == nullptr ? -1 : ::syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
        if (file < 0) {
            return nullptr;
        }
        const long map = ::syscall(SYS_mmap, nullptr, kPage, PROT_READ, MAP_SHARED, file, 0L);
        ::syscall(SYS_close, file);
        if (map == -1) {
            return nullptr;
        }
        // NOLINTNEXTLINE(performance-no-int-to-ptr): the system call has it as a number
        known = reinterpret_cast<const volatile std::int64_t*>(map);
    }
    return known;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* out) noexcept {
    const auto failed = static_cast<int>(::syscall(SYS_clock_gettime, clock, out));
    const auto* const added = offsets();
    if (failed != 0 || added == nullptr || clock > CLOCK_MONOTONIC) {
        return failed;
    }
    const std::int64_t now = std::int64_t{out->tv_sec} * kSecond + out->tv_nsec + added[clock];
    out->tv_sec = now / kSecond;
    out->tv_nsec = now % kSecond;
    return 0;
}

int gettimeofday(timeval* __restrict out, void* __restrict /*zone*/) noexcept {
    timespec now{};
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) {
        return -1;
    }
    out->tv_sec = now.tv_sec;
    out->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t* out) noexcept {
    timespec now{};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (out != nullptr) {
        *out = now.tv_sec;
    }
    return now.tv_sec;
}
}
