// Reads `headmon watch --format json` on standard input and prints how long after head_sender's
// send each line of a head came: a pipe and a wake-up more than headmon itself.

#include <unistd.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "bench/latencies.hpp"

int main() {
    Latencies latencies;
    std::string waiting;
    std::vector<char> buffer(std::size_t{1024} * 1024);
    while (true) {
        const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (got <= 0) {
            break;
        }
        const auto now = std::chrono::steady_clock::now();
        waiting.append(buffer.data(), static_cast<std::size_t>(got));
        std::string_view rest = waiting;
        for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
            const std::string_view line = rest.substr(0, end);
            if (line.find(R"("update":"node_head")") != std::string_view::npos) {
                latencies.add(line, now);
            }
            rest.remove_prefix(end + 1);
        }
        waiting.erase(0, waiting.size() - rest.size());
    }
    latencies.print();
}
