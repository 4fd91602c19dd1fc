// Stands in for libFuzzer's main: runs the target over every file below the folders that are named,
// whole and cut off at some places.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/target.hpp"

namespace {

constexpr std::size_t kCutsMax = 64;

void run(const std::string& bytes, std::size_t size) {
    // Memory of exactly this size, so that a sanitizer sees a read beyond the end.
    const std::vector<std::uint8_t> input(bytes.begin(),
                                          bytes.begin() + static_cast<std::ptrdiff_t>(size));
    LLVMFuzzerTestOneInput(input.data(), input.size());
}

void replay(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
    run(bytes, bytes.size());
    const std::size_t step = std::max(bytes.size() / kCutsMax, std::size_t{1});
    for (std::size_t size = 0; size < bytes.size(); size += step) {
        run(bytes, size);
    }
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t files = 0;
    for (int i = 1; i < argc; ++i) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator{argv[i]}) {
            if (entry.is_regular_file()) {
                replay(entry.path());
                ++files;
            }
        }
    }
    std::printf("%zu files\n", files);
    return files > 0 ? 0 : 1;
}
