#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace history {

/// Stretches of time: each begins before it ends, they are in order and do not touch.
class Spans {
  public:
    struct Span {
        std::int64_t from = 0;
        std::int64_t until = 0;

        friend bool operator==(const Span&, const Span&) = default;
    };

    Spans() = default;
    /// Of spans in any order; those that overlap, or are no further apart than `bridged`, become
    /// one.
    explicit Spans(std::vector<Span> spans, std::int64_t bridged = 0);

    [[nodiscard]] const std::vector<Span>& all() const { return spans_; }
    [[nodiscard]] std::int64_t length() const;
    /// Whether one of them holds all of `span`.
    [[nodiscard]] bool holds(Span span) const;
    [[nodiscard]] bool overlaps(Span span) const;
    [[nodiscard]] Spans common_with(const Spans& other) const;
    [[nodiscard]] Spans without(const Spans& other) const;

  private:
    std::vector<Span> spans_;
};

}  // namespace history
