#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <vector>

/// How long heads took from head_sender's send to here.
class Latencies {
  public:
    /// `text` is an event, or headmon's line of one; without a stamp it counts for nothing.
    void add(std::string_view text, std::chrono::steady_clock::time_point arrived) {
        constexpr std::string_view kState = R"("state":"0x)";
        constexpr std::size_t kStampAt = 48;
        constexpr std::size_t kStampDigits = 16;
        const auto state = text.find(kState);
        if (state == std::string_view::npos) {
            return;
        }
        const auto root = text.substr(state + kState.size());
        if (root.size() < kStampAt + kStampDigits) {
            return;
        }
        std::int64_t sent = 0;
        const char* const stamp = root.data() + kStampAt;
        std::from_chars(stamp, stamp + kStampDigits, sent, 16);
        if (sent > 0) {
            const std::chrono::nanoseconds at{arrived.time_since_epoch()};
            all_.push_back(at.count() - sent);
        }
    }

    /// One line: how many there are, and the median, the 99th percentile and the most in
    /// microseconds.
    void print() {
        std::sort(all_.begin(), all_.end());
        const auto at = [&](std::size_t hundredth) {
            return all_.empty()
                       ? 0.0
                       : static_cast<double>(all_[(all_.size() - 1) * hundredth / 100]) / 1e3;
        };
        std::printf("timed %zu p50_us %.1f p99_us %.1f most_us %.1f\n", all_.size(), at(50), at(99),
                    at(100));
    }

  private:
    std::vector<std::int64_t> all_;
};
