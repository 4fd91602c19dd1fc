#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "chain/slot_clock.hpp"
#include "chain/sync_status.hpp"
#include "monitor/node_access.hpp"
#include "tests/support/manual_clock.hpp"

namespace tests {

/// Beacon nodes without sockets: remembers what was opened and asked, and lets a test speak for
/// each stream.
class FakeNodes final : public monitor::NodeAccess {
    ManualClock& clock_;

  public:
    struct Opening {
        std::string name;
        std::string topics;
        sse::StreamOptions options;
        base::MonoTime at;
        beacon_api::EventStreamListener* listener = nullptr;
        bool is_live = true;

        /// An event comes on the stream.
        void event(std::string_view topic, std::string_view data, base::Instant arrived) const {
            beacon_api::EventDecoder decoder;
            const auto decoded = decoder.decode(topic, data);
            listener->on_event(topic, decoded, sse::Event{topic, data, ""}, arrived);
        }
    };

    explicit FakeNodes(ManualClock& clock) : clock_{clock} {}

    std::unique_ptr<OpenedStream> open(const monitor::Candidate& candidate, std::string_view topics,
                                       sse::StreamOptions options,
                                       beacon_api::EventStreamListener& listener) override {
        auto opening = std::make_shared<Opening>();
        opening->name = candidate.id.name();
        opening->topics = topics;
        opening->options = options;
        opening->at = clock_.now();
        opening->listener = &listener;
        openings.push_back(opening);
        return std::make_unique<Live>(std::move(opening));
    }

    base::Task<monitor::RestAnswer> request(monitor::Candidate candidate,
                                            monitor::RestRequest request) override {
        using Kind = monitor::RestRequest::Kind;
        const std::string& name = candidate.id.name();
        asked.emplace_back(name, request);
        co_await clock_.sleep_until(clock_.now() + answer_time);
        monitor::RestAnswer answer{base::Error{base::ErrorCode::kDeadline, "silent"}, {}};
        beacon_api::Exchange exchange;
        exchange.status = 200;
        exchange.sent = clock_.now();
        exchange.received = clock_.instant();
        const auto known = slot_times.find(name);
        const auto chain_of = known == slot_times.end() ? chain : std::optional{known->second};
        if (request.kind == Kind::kIdentity && chain_of) {
            monitor::Identity identity;
            identity.chain.genesis_time = chain_of->genesis();
            identity.chain.slot_duration = chain_of->slot_duration();
            identity.spec->slot_duration = chain_of->slot_duration();
            answer.result = monitor::RestAnswer::Value{identity};
        } else if (request.kind == Kind::kVersion) {
            answer.result = monitor::RestAnswer::Value{"Fake/" + name};
        } else if (request.kind == Kind::kSyncing) {
            answer.result = monitor::RestAnswer::Value{chain::SyncStatus{}};
        } else if (request.kind == Kind::kHead || request.kind == Kind::kHeader) {
            answer.result = base::Error{base::ErrorCode::kHttpStatus, "status 404"};
            exchange.status = 404;
        }
        if (answer.result || exchange.status != 200) {
            answer.exchanges.push_back(exchange);
        }
        co_return answer;
    }
    /// How often a kind of request was asked.
    [[nodiscard]] long questions(monitor::RestRequest::Kind kind) const {
        return std::count_if(asked.begin(), asked.end(),
                             [&](const auto& one) { return one.second.kind == kind; });
    }

    /// The live stream of a candidate, or null. Fails the test's process when there are two.
    [[nodiscard]] Opening* find(const std::string& name) const {
        Opening* found = nullptr;
        for (const auto& opening : openings) {
            if (opening->is_live && opening->name == name) {
                if (found != nullptr) {
                    throw std::logic_error{"two streams of " + name};
                }
                found = opening.get();
            }
        }
        return found;
    }
    [[nodiscard]] std::size_t live() const {
        std::size_t count = 0;
        for (const auto& opening : openings) {
            count += opening->is_live ? 1U : 0U;
        }
        return count;
    }
    void end(const std::string& name,
             http::FailureReason reason = http::FailureReason::kConnectFailed) {
        find(name)->listener->on_end(http::TransferError{reason, ""});
    }
    void end_all() {
        // Ends may open nothing, so the list stands still.
        for (const auto& opening : std::vector{openings}) {
            if (opening->is_live) {
                opening->listener->on_end(
                    http::TransferError{http::FailureReason::kConnectFailed, ""});
            }
        }
    }

    std::vector<std::shared_ptr<Opening>> openings;
    std::map<std::string, chain::SlotClock> slot_times;
    base::Duration answer_time{};
    /// Where all nodes are that `slot_times` does not name; silent about it when empty. At the
    /// start slot 7 is about to begin, and 12 s later is a phase point of the ticks.
    std::optional<chain::SlotClock> chain{
        chain::SlotClock{clock_.wall_now() + std::chrono::seconds{1} - 7 * std::chrono::seconds{12},
                         std::chrono::seconds{12}}};
    /// Who was asked what.
    std::vector<std::pair<std::string, monitor::RestRequest>> asked;

  private:
    class Live final : public OpenedStream {
      public:
        explicit Live(std::shared_ptr<Opening> opening) : opening_{std::move(opening)} {}
        ~Live() override { opening_->is_live = false; }

      private:
        std::shared_ptr<Opening> opening_;
    };
};

}  // namespace tests
