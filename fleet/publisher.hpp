#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/notify.hpp"
#include "base/task.hpp"
#include "fleet/link.hpp"
#include "fleet/source.hpp"
#include "fleet/window.hpp"

namespace fleet {

/// Nothing can be published; what waits is kept. The text is for people.
class PublishError : public std::runtime_error {
  public:
    explicit PublishError(const base::Error& error) : std::runtime_error{error.detail} {}
};

/// What the publisher counts, read when somebody looks.
struct PublisherCounts {
    /// That the broker has acknowledged, and of these what it had already.
    std::uint64_t published = 0;
    std::uint64_t duplicates = 0;
    /// Connections that were lost or could not be had, and messages that were refused.
    std::uint64_t failures = 0;
    /// Updates that were dropped before they could be published.
    std::uint64_t lost = 0;
    /// Updates that wait for the broker.
    std::uint64_t waiting = 0;
    bool is_connected = false;
};

/// Publishes what a source has, at least once and in order, as a service that is started again
/// after each failure: it goes on behind what the broker has acknowledged. Lives on the event loop.
class Publisher {
  public:
    /// How often the fleet is told that this instance is there.
    static constexpr base::Duration kStatusInterval = std::chrono::seconds{30};

    /// How long it goes on when it is cancelled, for what came last.
    static constexpr base::Duration kLastWords = std::chrono::milliseconds{500};

    /// The JSON of `instance_status`, of an origin.
    using StatusText = std::function<std::string(std::uint64_t origin)>;

    /// All of them outlive it. `counts` goes on from one publisher to the next.
    Publisher(base::Clock& clock, std::string instance, Source& source, std::unique_ptr<Link> link,
              StatusText status_text, PublisherCounts& counts, Window::Limits limits);

    /// Runs until it is cancelled. Throws PublishError.
    [[nodiscard]] base::Task<void> run();

  private:
    [[nodiscard]] base::Task<void> begin();
    [[nodiscard]] base::Task<void> say_last_words();
    [[nodiscard]] base::Task<void> send_all();
    [[nodiscard]] base::Task<void> take_answers();
    [[nodiscard]] base::Task<void> tell_status();
    [[nodiscard]] base::Task<void> watch_broker();
    void send(Entries entries);
    void take(const std::vector<Acknowledgement>& answers);
    [[nodiscard]] Outgoing outgoing(Entry entry) const;

    base::Clock& clock_;
    std::string instance_;
    Source& source_;
    std::unique_ptr<Link> link_;
    StatusText status_text_;
    PublisherCounts& counts_;
    Window::Limits limits_;
    std::uint64_t origin_ = 0;
    Window window_{{}, 0};
    std::uint64_t newest_ = 0;
    std::optional<base::Notify> room_;
};

/// The entries behind `after`, with a `gap` in the place of those that are missing: it has the
/// sequence of the last one of them. `lost` counts them.
[[nodiscard]] std::vector<Entry> fill_holes(std::uint64_t after, std::vector<Entry> entries,
                                            base::WallTime now, std::uint64_t& lost);

}  // namespace fleet
