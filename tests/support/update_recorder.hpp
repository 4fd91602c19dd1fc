#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "updates/broadcast.hpp"
#include "updates/update.hpp"

namespace tests {

/// Keeps all updates that were published, in order.
class UpdateRecorder {
  public:
    void record(updates::Update update) { updates_.push_back(std::move(update)); }

    /// Records what `broadcast` publishes, for as long as the subscription lives.
    [[nodiscard]] std::unique_ptr<updates::Broadcast::Subscription> listen_to(
        updates::Broadcast& broadcast) {
        return broadcast.listen([this](const updates::Message& message) {
            if (const auto* update =
                    std::get_if<std::shared_ptr<const updates::Update>>(&message)) {
                record(**update);
            }
        });
    }

    [[nodiscard]] const std::vector<updates::Update>& all() const { return updates_; }
    void clear() { updates_.clear(); }

    /// Calls `visit` with each fact of one kind, and with its update.
    template <class Fact, class Visit>
    void each(const Visit& visit) const {
        for (const updates::Update& update : updates_) {
            if (const auto* fact = std::get_if<Fact>(&update.fact)) {
                visit(*fact, update);
            }
        }
    }

    /// The facts of one kind.
    template <class Fact>
    [[nodiscard]] std::vector<Fact> published() const {
        std::vector<Fact> facts;
        each<Fact>([&](const Fact& fact, const updates::Update&) { facts.push_back(fact); });
        return facts;
    }

  private:
    std::vector<updates::Update> updates_;
};

}  // namespace tests
