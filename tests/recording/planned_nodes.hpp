#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "http/transport.hpp"
#include "monitor/candidate.hpp"
#include "simulator/chain.hpp"
#include "simulator/node_plan.hpp"
#include "simulator/rest.hpp"
#include "tests/monitor/random.hpp"
#include "tests/support/manual_clock.hpp"

namespace tests {

/// The simulator's nodes on virtual time, byte for byte as they would send it: heads, forks, lies,
/// answers by REST. Connections fail, break and cut events in two as the seed has it.
class PlannedNodes final : public http::Transport {
  public:
    PlannedNodes(ManualClock& clock, simulator::Scenario scenario, unsigned seed)
        : clock_{clock},
          scenario_{std::move(scenario)},
          chain_{scenario_.seed, scenario_.skipped_percent, scenario_.skipped_slots},
          slot_{scenario_.slot_duration},
          random_{seed},
          // Genesis times have whole seconds.
          genesis_{clock.instant()} {
        for (std::size_t i = 0; i < scenario_.nodes.size(); ++i) {
            plans_.emplace_back(scenario_, i, chain_);
            heads_.push_back(chain_.block(simulator::Branch{}, chain::Slot{0}));
        }
    }

    /// The node of that number in the scenario, at another port for another `place`.
    [[nodiscard]] monitor::Candidate candidate(std::size_t node, unsigned place = 0) const {
        return {updates::NodeId{plans_.at(node).script().name},
                {http::Url::parse("http://127.0.0.1:" + std::to_string(1000 * (place + 1) + node) +
                                  "/secret")
                     .value(),
                 {},
                 {}}};
    }

    std::unique_ptr<http::TransferHandle> open(const http::Request& request,
                                               http::TransferListener& listener) override {
        auto opened = std::make_shared<Opened>();
        opened->node = node_of(request);
        opened->listener = &listener;
        opened->topics =
            simulator::topics_of(plans_.at(opened->node).profile(), target_of(request));
        opened->connects_at = clock_.now() + milliseconds(1 + random_.below(300));
        opened_.push_back(opened);
        return std::make_unique<Handle>(opened);
    }

    base::Task<http::FetchResult> fetch(http::Request request,
                                        std::chrono::milliseconds deadline) override {
        const base::MonoTime sent = clock_.now();
        const std::size_t node = node_of(request);
        const bool fails = random_.one_in(20);
        const auto wait = fails ? deadline : milliseconds(1 + random_.below(400));
        co_await clock_.sleep_until(sent + wait);
        if (fails) {
            co_return http::FetchError{std::nullopt, "no complete answer within 2000 ms"};
        }
        const simulator::NodeView view{
            slot_now(), heads_.at(node),
            std::chrono::duration_cast<std::chrono::seconds>(genesis_.wall.time_since_epoch())};
        const auto answer = simulator::rest_answer(plans_.at(node), view, target_of(request));
        http::Response response;
        response.head.status = answer.status;
        response.head.content_type = answer.content_type;
        response.body = answer.body;
        response.sent = sent;
        response.arrived = clock_.instant();
        co_return response;
    }

    /// Plays a slot, which begins now.
    void play_slot() {
        const std::uint64_t slot = slot_now();
        const base::MonoTime begin = clock_.now();
        std::multimap<base::Duration, std::pair<std::size_t, simulator::Emission>> all;
        for (std::size_t node = 0; node < plans_.size(); ++node) {
            for (simulator::Emission& emission : plans_[node].emissions(slot)) {
                all.emplace(emission.after, std::pair{node, std::move(emission)});
            }
        }
        for (auto& [after, event] : all) {
            advance_to(begin + after);
            emit(event.first, event.second);
        }
        advance_to(begin + slot_);
    }

  private:
    struct Opened {
        std::size_t node = 0;
        http::TransferListener* listener = nullptr;
        std::vector<std::string> topics;
        base::MonoTime connects_at;
        bool is_connected = false;
        bool is_open = false;
    };

    class Handle final : public http::TransferHandle {
      public:
        explicit Handle(std::shared_ptr<Opened> opened) : opened_{std::move(opened)} {}
        ~Handle() override { opened_->listener = nullptr; }

      private:
        std::shared_ptr<Opened> opened_;
    };

    static std::chrono::milliseconds milliseconds(unsigned count) {
        return std::chrono::milliseconds{count};
    }

    [[nodiscard]] static std::string target_of(const http::Request& request) {
        const std::string& text = request.endpoint.url.secret_text();
        return text.substr(text.find("/eth/"));
    }
    [[nodiscard]] static std::size_t node_of(const http::Request& request) {
        const std::string host = request.endpoint.url.host_and_port();
        return std::stoul(host.substr(host.rfind(':') + 1)) % 1000;
    }

    [[nodiscard]] std::uint64_t slot_now() const {
        return static_cast<std::uint64_t>((clock_.now() - genesis_.mono) / slot_);
    }

    /// Time passes in steps, between which connections do what is due.
    void advance_to(base::MonoTime moment) {
        while (clock_.now() < moment) {
            const base::Duration step = milliseconds(1 + random_.below(900));
            clock_.advance(std::min<base::Duration>(step, moment - clock_.now()));
            connect();
            if (random_.one_in(60) && !opened_.empty()) {
                end(*opened_[random_.below(static_cast<unsigned>(opened_.size()))]);
            }
            std::erase_if(opened_, [](const auto& one) { return one->listener == nullptr; });
        }
    }

    void connect() {
        const auto all = opened_;
        for (const auto& one : all) {
            if (one->listener == nullptr || one->is_open || clock_.now() < one->connects_at) {
                continue;
            }
            if (random_.one_in(8)) {
                end(*one);
            } else if (!one->is_connected) {
                one->is_connected = true;
                one->listener->on_connected();
            } else {
                one->is_open = true;
                http::ResponseHead head;
                head.status = 200;
                head.content_type = "text/event-stream";
                (void)one->listener->on_head(head);
            }
        }
    }

    void end(Opened& one) {
        if (one.listener != nullptr) {
            const auto reason =
                one.is_open ? http::FailureReason::kReset : http::FailureReason::kConnectFailed;
            std::exchange(one.listener, nullptr)->on_end({reason, "as the seed has it"});
        }
    }

    void emit(std::size_t node, const simulator::Emission& emission) {
        if (emission.head) {
            heads_.at(node) = *emission.head;
        }
        const std::string bytes = "event: " + emission.topic + "\ndata: " + emission.data + "\n\n";
        const auto all = opened_;
        for (const auto& one : all) {
            if (one->listener == nullptr || !one->is_open || one->node != node ||
                std::find(one->topics.begin(), one->topics.end(), emission.topic) ==
                    one->topics.end()) {
                continue;
            }
            const std::size_t cut = random_.one_in(3) ? random_.below(60) : bytes.size();
            one->listener->on_bytes(std::string_view{bytes}.substr(0, cut), clock_.instant());
            if (cut < bytes.size() && one->listener != nullptr) {
                clock_.advance(milliseconds(random_.below(3)));
                if (one->listener != nullptr) {
                    one->listener->on_bytes(std::string_view{bytes}.substr(cut), clock_.instant());
                }
            }
        }
    }

    ManualClock& clock_;
    simulator::Scenario scenario_;
    simulator::Chain chain_;
    std::chrono::milliseconds slot_;
    Random random_;
    base::Instant genesis_;
    std::vector<simulator::NodePlan> plans_;
    std::vector<simulator::Block> heads_;
    std::vector<std::shared_ptr<Opened>> opened_;
};

}  // namespace tests
