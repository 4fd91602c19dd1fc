#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "api/answers.hpp"
#include "base/clock.hpp"

namespace api {

/// The bodies of answers, until the last client has taken its own. What clients can make headmon do
/// by asking has two bounds here: a large answer is made at most once a second, and is one for all
/// who ask meanwhile; and all bodies together have so many bytes at most. Lives on the event loop.
class AnswerBodies {
  public:
    static constexpr std::size_t kBytesMax = std::size_t{64} * 1024 * 1024;
    /// From so many bytes on an answer is large: some twenty nodes.
    static constexpr std::size_t kLargeBytes = std::size_t{16} * 1024;
    static constexpr std::chrono::seconds kLargeAge{1};

    explicit AnswerBodies(std::size_t bytes_max = kBytesMax) : bytes_max_{bytes_max} {}

    struct Body {
        int status = 200;
        std::shared_ptr<const std::string> text;
    };
    /// The answer of that name, made now or within the last second. Nothing when the clients have
    /// too many bytes to take, which is counted.
    [[nodiscard]] std::optional<Body> get(const std::string& name, base::MonoTime now,
                                          const std::function<Answer()>& make);

    /// Whether another answer may be made; who is turned away is counted.
    [[nodiscard]] bool has_room();
    /// Bytes of all bodies, a large one that nobody reads any more among them for a second.
    [[nodiscard]] std::size_t bytes() const { return *bytes_; }
    /// Requests that were turned away.
    [[nodiscard]] std::uint64_t refused() const { return refused_; }

  private:
    struct Large {
        Body body;
        base::MonoTime made;
    };

    [[nodiscard]] std::shared_ptr<const std::string> count(std::string text) const;

    std::size_t bytes_max_;
    /// Shared with the bodies, which may outlive this.
    std::shared_ptr<std::size_t> bytes_ = std::make_shared<std::size_t>(0);
    std::uint64_t refused_ = 0;
    std::map<std::string, Large> large_;
};

}  // namespace api
