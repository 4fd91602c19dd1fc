#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "fleet/decoder.hpp"
#include "fleet/fact.hpp"
#include "fleet/received.hpp"

namespace tests {

using namespace std::chrono_literals;

/// The start of the time that these tests are in.
inline const base::WallTime kNoon{std::chrono::seconds{1'800'000'000}};

inline chain::Root root_of(std::uint64_t number) {
    chain::Root root;
    for (std::size_t i = 0; i < 8; ++i) {
        root.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
    }
    return root;
}

/// A message of `instance` that reports `fact` at `at`, and was stored 10 ms later.
struct Message {
    fleet::Received received;
    fleet::Report report;
};

class Sender {
  public:
    explicit Sender(std::string instance, std::uint64_t origin = 1)
        : instance_{std::move(instance)}, origin_{origin} {}

    Message send(base::WallTime at, fleet::Fact fact, std::optional<std::string> node = {},
                 const std::string& kind = "other") {
        Message message;
        message.received.subject = fleet::Subject{instance_, kind, std::move(node)};
        if (!std::holds_alternative<fleet::InstanceStatus>(fact)) {
            message.received.id = fleet::MessageId{instance_, origin_, ++sequence_};
        }
        message.received.stored_at = at + 10ms;
        message.report = fleet::Report{at, std::move(fact)};
        return message;
    }
    Message status(base::WallTime at, std::vector<std::string> nodes, const std::string& site) {
        fleet::InstanceStatus status;
        status.version = "0.2.0";
        status.origin = origin_;
        status.labels["site"] = site;
        status.nodes = std::move(nodes);
        status.slot_duration = 12s;
        return send(at, status);
    }
    Message clock(base::WallTime at, bool is_synchronised,
                  std::optional<base::Duration> offset = {},
                  std::optional<base::Duration> uncertainty = {}) {
        return send(at, updates::ClockSkew{updates::ClockSkew::Level::kNone, offset, uncertainty,
                                           is_synchronised});
    }
    Message head(base::WallTime at, const std::string& node, std::uint64_t slot,
                 std::uint64_t block, base::Duration delay = 1s, bool is_first = false,
                 base::Duration lag = {}) {
        fleet::HeadReport head;
        head.slot = chain::Slot{slot};
        head.block = root_of(block);
        head.is_first = is_first;
        head.delay = delay;
        head.lag = lag;
        head.is_late = delay > 4s;
        return send(at, head, node);
    }
    Message proven(base::WallTime at, std::uint64_t slot, std::uint64_t block,
                   std::uint64_t parent) {
        return send(at, fleet::ProvenReport{chain::Slot{slot}, root_of(block), root_of(parent)});
    }
    Message best(base::WallTime at, std::uint64_t slot, std::uint64_t block) {
        return send(at, fleet::BestReport{chain::Slot{slot}, root_of(block)});
    }
    Message verdict(base::WallTime at, std::uint64_t slot, updates::Verdict verdict,
                    std::optional<base::Duration> delay = {}) {
        fleet::VerdictReport report{chain::Slot{slot}, verdict, {}, delay};
        if (verdict == updates::Verdict::kOnTime || verdict == updates::Verdict::kLate) {
            report.block = root_of(slot);
        }
        return send(at, report);
    }
    Message node(base::WallTime at, const std::string& node, updates::NodeHealth health,
                 const std::string& state = "open") {
        return send(at, fleet::NodeReport{state, "Lighthouse/v7.0.0", health, {}}, node);
    }

  private:
    std::string instance_;
    std::uint64_t origin_;
    std::uint64_t sequence_ = 0;
};

}  // namespace tests
