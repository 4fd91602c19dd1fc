#include "tests/scenarios/simulated_nodes.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/post.hpp>

#include "simulator/rest.hpp"

namespace tests {
namespace {

/// From the request to the answer of a node on the same machine.
constexpr base::Duration kRestTime = std::chrono::milliseconds{5};

template <class T>
base::Result<monitor::RestAnswer::Value> widen(base::Result<T> result) {
    if (!result) {
        return result.error();
    }
    return monitor::RestAnswer::Value{std::move(*result)};
}

}  // namespace

struct SimulatedNodes::Opening {
    std::size_t node = 0;
    std::vector<std::string> topics;
    beacon_api::EventStreamListener* listener = nullptr;
    bool is_live = true;
};

class SimulatedNodes::Live final : public OpenedStream {
  public:
    explicit Live(std::shared_ptr<Opening> opening) : opening_{std::move(opening)} {}
    ~Live() override { opening_->is_live = false; }

  private:
    std::shared_ptr<Opening> opening_;
};

struct SimulatedNodes::Due {
    std::size_t node = 0;
    simulator::Emission emission;
};

SimulatedNodes::SimulatedNodes(boost::asio::io_context& loop, ManualClock& clock,
                               const simulator::Scenario& scenario)
    : loop_{loop},
      clock_{clock},
      scenario_{scenario},
      chain_{scenario.seed, scenario.skipped_percent, scenario.skipped_slots},
      genesis_{clock.instant()} {
    for (std::size_t node = 0; node < scenario_.nodes.size(); ++node) {
        plans_.emplace_back(scenario_, node, chain_);
        heads_.push_back(chain_.block(simulator::Branch{}, chain::Slot{0}));
    }
}

std::unique_ptr<monitor::NodeAccess::OpenedStream> SimulatedNodes::open(
    const monitor::Candidate& candidate, std::string_view topics, sse::StreamOptions /*options*/,
    beacon_api::EventStreamListener& listener) {
    auto opening = std::make_shared<Opening>();
    opening->node = index_of(candidate);
    opening->topics = simulator::topics_of(plans_[opening->node].profile(),
                                           "/eth/v1/events?topics=" + std::string{topics});
    opening->listener = &listener;
    openings_.push_back(opening);
    boost::asio::post(loop_, [this, opening] {
        if (opening->is_live) {
            opening->listener->on_connected();
        }
        if (opening->is_live) {
            opening->listener->on_open();
        }
        if (opening->is_live) {
            opening->listener->on_bytes("", clock_.instant());
        }
    });
    return std::make_unique<Live>(std::move(opening));
}

base::Task<monitor::RestAnswer> SimulatedNodes::request(monitor::Candidate candidate,
                                                        monitor::RestRequest request) {
    const std::size_t node = index_of(candidate);
    beacon_api::Exchange exchange;
    exchange.sent = clock_.now();
    co_await clock_.sleep_until(clock_.now() + kRestTime);
    monitor::RestAnswer answer{value_of(node, request), {}};
    exchange.status = answer.result ? 200 : 404;
    exchange.received = clock_.instant();
    exchange.date = std::chrono::floor<std::chrono::seconds>(
        clock_.wall_now() +
        std::chrono::duration_cast<base::WallTime::duration>(plans_[node].clock_offset(slot_)));
    answer.exchanges.push_back(exchange);
    co_return answer;
}

std::size_t SimulatedNodes::index_of(const monitor::Candidate& candidate) const {
    const auto found =
        std::find_if(scenario_.nodes.begin(), scenario_.nodes.end(),
                     [&](const auto& node) { return node.name == candidate.id.name(); });
    return static_cast<std::size_t>(found - scenario_.nodes.begin());
}

template <class Decode>
auto SimulatedNodes::get(std::size_t node, const std::string& target, const Decode& decode) const {
    const auto since_1970 =
        std::chrono::duration_cast<std::chrono::seconds>(genesis_.wall.time_since_epoch());
    const auto answer = simulator::rest_answer(
        plans_[node], simulator::NodeView{slot_, heads_[node], since_1970}, target);
    using Decoded = decltype(decode(answer.body));
    if (answer.status != 200) {
        return Decoded{
            base::Error{base::ErrorCode::kHttpStatus, "status " + std::to_string(answer.status)}};
    }
    return decode(answer.body);
}

base::Result<monitor::RestAnswer::Value> SimulatedNodes::value_of(
    std::size_t node, const monitor::RestRequest& request) const {
    using Kind = monitor::RestRequest::Kind;
    const std::string headers = "/eth/v1/beacon/headers/";
    switch (request.kind) {
        case Kind::kIdentity: {
            const auto genesis = get(node, "/eth/v1/beacon/genesis", beacon_api::decode_genesis);
            if (!genesis) {
                return genesis.error();
            }
            auto spec = get(node, "/eth/v1/config/spec", beacon_api::decode_spec);
            const chain::Spec* const known = spec ? &*spec : nullptr;
            return monitor::RestAnswer::Value{
                monitor::Identity{monitor::make_identity(*genesis, known), spec}};
        }
        case Kind::kVersion:
            return widen(get(node, "/eth/v1/node/version", beacon_api::decode_version));
        case Kind::kSyncing:
            return widen(get(node, "/eth/v1/node/syncing", beacon_api::decode_syncing));
        case Kind::kHead:
            return widen(get(node, headers + "head", beacon_api::decode_block_header));
        case Kind::kHeader:
            break;
    }
    return widen(get(node, headers + to_string(request.root), beacon_api::decode_block_header));
}

void SimulatedNodes::deliver(std::size_t node, const simulator::Emission& emission) {
    if (emission.head) {
        heads_[node] = *emission.head;
    }
    // What follows from an event may open streams.
    for (const auto& opening : std::vector{openings_}) {
        const bool wants = std::find(opening->topics.begin(), opening->topics.end(),
                                     emission.topic) != opening->topics.end();
        if (!opening->is_live || opening->node != node || !wants) {
            continue;
        }
        const base::Instant now = clock_.instant();
        opening->listener->on_bytes(emission.data, now);
        if (opening->is_live) {
            const auto decoded = decoder_.decode(emission.topic, emission.data);
            const sse::Event raw{emission.topic, emission.data, ""};
            opening->listener->on_event(emission.topic, decoded, raw, now);
        }
    }
    std::erase_if(openings_, [](const auto& opening) { return !opening->is_live; });
}

void SimulatedNodes::keep_alive() {
    const base::Instant now = clock_.instant();
    for (const auto& opening : std::vector{openings_}) {
        const simulator::ClientProfile& profile = plans_[opening->node].profile();
        if (opening->is_live && profile.keep_alive != simulator::KeepAlive::kNever) {
            opening->listener->on_bytes(profile.keep_alive_comment, now);
            opening->listener->on_comment("", now);
        }
    }
}

void SimulatedNodes::end_stream(std::string_view node) {
    for (const auto& opening : std::vector{openings_}) {
        if (opening->is_live && scenario_.nodes[opening->node].name == node) {
            opening->listener->on_end(http::TransferError{http::FailureReason::kEof, ""});
        }
    }
}

void SimulatedNodes::play(std::uint64_t slot) {
    slot_ = slot;
    std::vector<Due> due;
    for (std::size_t node = 0; node < plans_.size(); ++node) {
        for (simulator::Emission& emission : plans_[node].emissions(slot)) {
            due.push_back(Due{node, std::move(emission)});
        }
    }
    std::stable_sort(due.begin(), due.end(), [](const Due& a, const Due& b) {
        return a.emission.after < b.emission.after;
    });
    const base::MonoTime start = genesis_.mono + slot * base::Duration{scenario_.slot_duration};
    const auto go_on_to = [&](base::MonoTime moment) {
        clock_.advance(std::max(moment - clock_.now(), base::Duration::zero()));
    };
    for (const Due& one : due) {
        go_on_to(start + one.emission.after);
        deliver(one.node, one.emission);
    }
    go_on_to(start + scenario_.slot_duration * 3 / 4);
    keep_alive();
    go_on_to(start + scenario_.slot_duration);
}

}  // namespace tests
