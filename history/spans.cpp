#include "history/spans.hpp"

#include <algorithm>
#include <limits>

namespace history {

Spans::Spans(std::vector<Span> spans, std::int64_t bridged) {
    std::sort(spans.begin(), spans.end(),
              [](const Span& a, const Span& b) { return a.from < b.from; });
    for (const Span& span : spans) {
        if (span.from >= span.until) {
            continue;
        }
        if (!spans_.empty() && span.from - spans_.back().until <= bridged) {
            spans_.back().until = std::max(spans_.back().until, span.until);
        } else {
            spans_.push_back(span);
        }
    }
}

std::int64_t Spans::length() const {
    std::int64_t sum = 0;
    for (const Span& span : spans_) {
        sum += span.until - span.from;
    }
    return sum;
}

bool Spans::holds(Span span) const {
    const auto next = std::upper_bound(
        spans_.begin(), spans_.end(), span.from,
        [](std::int64_t moment, const Span& other) { return moment < other.from; });
    return next != spans_.begin() && std::prev(next)->until >= span.until;
}

bool Spans::overlaps(Span span) const {
    const auto first = std::upper_bound(
        spans_.begin(), spans_.end(), span.from,
        [](std::int64_t moment, const Span& other) { return moment < other.until; });
    return first != spans_.end() && first->from < span.until;
}

Spans Spans::common_with(const Spans& other) const {
    Spans common;
    auto one = spans_.begin();
    auto two = other.spans_.begin();
    while (one != spans_.end() && two != other.spans_.end()) {
        const Span both{std::max(one->from, two->from), std::min(one->until, two->until)};
        if (both.from < both.until) {
            common.spans_.push_back(both);
        }
        if (one->until < two->until) {
            ++one;
        } else {
            ++two;
        }
    }
    return common;
}

Spans Spans::without(const Spans& other) const {
    std::vector<Span> outside;
    std::int64_t begin = std::numeric_limits<std::int64_t>::min();
    for (const Span& span : other.spans_) {
        outside.push_back({begin, span.from});
        begin = span.until;
    }
    outside.push_back({begin, std::numeric_limits<std::int64_t>::max()});
    Spans rest;
    rest.spans_ = std::move(outside);
    return common_with(rest);
}

}  // namespace history
