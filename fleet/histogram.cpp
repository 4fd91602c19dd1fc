#include "fleet/histogram.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace fleet {
namespace {

constexpr std::int64_t kUnit = 100'000;
/// Buckets to each power of two.
constexpr unsigned kBits = 7;

std::int64_t bucket_of(std::int64_t nanoseconds) {
    const bool is_negative = nanoseconds < 0;
    const auto magnitude =
        static_cast<std::uint64_t>(is_negative ? -(nanoseconds + 1) : nanoseconds);
    const std::uint64_t units = magnitude / kUnit;
    const auto width = static_cast<unsigned>(std::bit_width(units));
    const unsigned shift = width > kBits + 1 ? width - kBits - 1 : 0;
    const auto bucket =
        static_cast<std::int64_t>((std::uint64_t{shift} << kBits) + (units >> shift));
    return is_negative ? -1 - bucket : bucket;
}

/// The middle of a bucket.
std::int64_t value_of(std::int64_t bucket) {
    const bool is_negative = bucket < 0;
    const auto place = static_cast<std::uint64_t>(is_negative ? -1 - bucket : bucket);
    const std::uint64_t step = std::uint64_t{1} << kBits;
    const std::uint64_t shift = place < 2 * step ? 0 : place / step - 1;
    const std::uint64_t units = place - (shift << kBits);
    const auto value = static_cast<std::int64_t>(units << shift) * kUnit +
                       (static_cast<std::int64_t>(std::uint64_t{1} << shift) * kUnit) / 2;
    return is_negative ? -value : value;
}

}  // namespace

void Histogram::add_to_bucket(std::int64_t bucket, std::uint64_t times) {
    if (counts_.empty()) {
        first_ = bucket;
    }
    if (bucket < first_) {
        counts_.insert(counts_.begin(), static_cast<std::size_t>(first_ - bucket), 0);
        first_ = bucket;
    }
    const auto place = static_cast<std::size_t>(bucket - first_);
    if (place >= counts_.size()) {
        counts_.resize(place + 1, 0);
    }
    const std::uint64_t sum = counts_[place] + times;
    counts_[place] = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(sum, std::numeric_limits<std::uint32_t>::max()));
    count_ += times;
}

void Histogram::add(base::Duration value, std::uint64_t times) {
    add_to_bucket(bucket_of(value.count()), times);
}

void Histogram::add(const Histogram& other) {
    for (std::size_t i = 0; i < other.counts_.size(); ++i) {
        if (other.counts_[i] > 0) {
            add_to_bucket(other.first_ + static_cast<std::int64_t>(i), other.counts_[i]);
        }
    }
}

std::optional<base::Duration> Histogram::percentile(std::uint64_t percent) const {
    if (count_ == 0) {
        return std::nullopt;
    }
    const std::uint64_t rank = std::max<std::uint64_t>((percent * count_ + 99) / 100, 1);
    std::uint64_t passed = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
        passed += counts_[i];
        if (passed >= rank) {
            return base::Duration{value_of(first_ + static_cast<std::int64_t>(i))};
        }
    }
    return base::Duration{value_of(first_ + static_cast<std::int64_t>(counts_.size()) - 1)};
}

}  // namespace fleet
