// What a head costs in memory: from the bytes of its stream to all who hear of it.
#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>

#include "beacon_api/events.hpp"
#include "monitor/monitor_service.hpp"
#include "sse/parser.hpp"
#include "tests/allocation/allocations.hpp"
#include "tests/monitor/candidates.hpp"
#include "tests/support/manual_clock.hpp"
#include "updates/broadcast.hpp"

using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kSlot = 12s;
constexpr std::uint64_t kFirstSlot = 8;
/// What is remembered of the last blocks is full, and the memory of what is forgotten serves again.
constexpr std::uint64_t kWarmSlots = 1100;
constexpr std::uint64_t kMeasuredSlots = 64;

chain::Root root_of(std::uint64_t slot) {
    chain::Root root;
    for (std::size_t i = 0; i < sizeof slot; ++i) {
        root.bytes.at(i) = static_cast<std::uint8_t>(slot >> (8 * i));
    }
    root.bytes.back() = 1;
    return root;
}

std::string head_event(std::uint64_t slot) {
    const std::string block = to_string(root_of(slot));
    return fmt::format(
        "event: head\ndata: "
        "{{\"slot\":\"{}\",\"block\":\"{}\",\"state\":\"{}\",\"epoch_transition\":"
        "false,\"previous_duty_dependent_root\":\"{}\",\"current_duty_dependent_root\":\"{}\","
        "\"execution_optimistic\":false}}\n\n",
        slot, block, block, block, block);
}

/// Nodes of one chain with a block in each slot: what they answer is true, and their streams are
/// what a test feeds.
class Nodes final : public monitor::NodeAccess {
  public:
    class Stream final : public OpenedStream {
      public:
        Stream(Nodes& nodes, std::size_t event_bytes_max, beacon_api::EventStreamListener& listener)
            : nodes_{nodes},
              listener_{listener},
              parser_{event_bytes_max, [this](const auto& event) { on_event(event); }} {}
        void receive(std::string_view bytes, base::Instant at) {
            at_ = at;
            listener_.on_bytes(bytes, at);
            (void)parser_.feed(bytes);
        }
        beacon_api::EventStreamListener& listener() { return listener_; }

      private:
        void on_event(const sse::Event& event) {
            const auto decoded = nodes_.decoder_.decode(event.type, event.data);
            listener_.on_event(event.type, decoded, event, at_);
        }

        Nodes& nodes_;
        beacon_api::EventStreamListener& listener_;
        base::Instant at_{};
        sse::Parser parser_;
    };

    explicit Nodes(tests::ManualClock& clock)
        : clock_{clock}, chain_{clock.wall_now() + 1s - kFirstSlot * kSlot, kSlot} {}

    std::unique_ptr<OpenedStream> open(const monitor::Candidate& candidate,
                                       std::string_view /*topics*/, sse::StreamOptions options,
                                       beacon_api::EventStreamListener& listener) override {
        auto stream = std::make_unique<Stream>(*this, options.event_bytes_max, listener);
        streams[candidate.id] = stream.get();
        return stream;
    }

    base::Task<monitor::RestAnswer> request(monitor::Candidate /*candidate*/,
                                            monitor::RestRequest request) override {
        using Kind = monitor::RestRequest::Kind;
        co_await clock_.sleep_until(clock_.now() + 10ms);
        beacon_api::Exchange exchange;
        exchange.status = 200;
        exchange.sent = clock_.now() - 10ms;
        exchange.received = clock_.instant();
        monitor::RestAnswer answer{monitor::RestAnswer::Value{std::string{"Fake/v1.0.0"}},
                                   {exchange}};
        if (request.kind == Kind::kIdentity) {
            monitor::Identity identity;
            identity.chain.genesis_time = chain_.genesis();
            identity.chain.slot_duration = kSlot;
            identity.spec->slot_duration = kSlot;
            answer.result = monitor::RestAnswer::Value{identity};
        } else if (request.kind == Kind::kSyncing) {
            answer.result = monitor::RestAnswer::Value{chain::SyncStatus{}};
        } else if (request.kind == Kind::kHead || request.kind == Kind::kHeader) {
            answer.result = monitor::RestAnswer::Value{
                header(request.kind == Kind::kHead ? slot : slot_of(request.root))};
        }
        co_return answer;
    }

    /// A read of the node's socket.
    void send(const updates::NodeId& node, std::string_view bytes) {
        streams.at(node)->receive(bytes, clock_.instant());
    }

    std::map<updates::NodeId, Stream*> streams;
    /// Of the newest block.
    std::uint64_t slot = kFirstSlot - 1;

  private:
    static std::uint64_t slot_of(const chain::Root& root) {
        std::uint64_t slot = 0;
        for (std::size_t i = 0; i < sizeof slot; ++i) {
            slot |= std::uint64_t{root.bytes.at(i)} << (8 * i);
        }
        return slot;
    }
    static beacon_api::BlockHeader header(std::uint64_t slot) {
        beacon_api::BlockHeader header;
        header.root = root_of(slot);
        header.slot = chain::Slot{slot};
        header.parent_root = root_of(slot - 1);
        header.state_root = root_of(slot);
        return header;
    }

    tests::ManualClock& clock_;
    chain::SlotClock chain_;
    beacon_api::EventDecoder decoder_;
};

/// How many heads cost how many allocations.
class Costs {
  public:
    void add(std::size_t allocations) { ++heads_[allocations]; }
    /// "0 each for 64"
    [[nodiscard]] std::string text() const {
        std::string text;
        for (const auto& [allocations, heads] : heads_) {
            text += fmt::format("{}{} each for {}", text.empty() ? "" : ", ", allocations, heads);
        }
        return text;
    }

  private:
    std::map<std::size_t, std::size_t> heads_;
};

}  // namespace

TEST_CASE("a head costs no allocation once all is warm", "[allocation]") {
    asio::io_context loop;
    tests::ManualClock clock{loop};
    Nodes nodes{clock};
    monitor::CandidateList candidates{loop.get_executor()};
    updates::Broadcast broadcast{loop.get_executor()};
    monitor::MonitorContext context{loop.get_executor(), clock, nodes, candidates, broadcast, {}};
    monitor::RunState state{context.options, clock.instant()};
    std::vector<monitor::Candidate> list;
    for (int i = 0; i < 16; ++i) {
        list.push_back(tests::candidate("node-" + std::to_string(i)));
    }
    REQUIRE(candidates.replace(list).has_value());
    std::size_t heads = 0;
    const auto listening = broadcast.listen([&](const updates::Message& message) {
        const auto* const update = std::get_if<std::shared_ptr<const updates::Update>>(&message);
        heads += update != nullptr && std::holds_alternative<updates::NodeHead>((*update)->fact);
    });
    const auto queue = broadcast.subscribe(4096);
    monitor::MonitorService service{context, state};
    bool ended = false;
    asio::co_spawn(loop, service.run(), [&](const std::exception_ptr& /*error*/) { ended = true; });
    clock.advance(100ms);
    for (const auto& [node, stream] : nodes.streams) {
        stream->listener().on_connected();
        stream->listener().on_open();
    }
    clock.advance(900ms);

    Costs of_first;
    Costs of_others;
    for (std::uint64_t n = 0; n < kWarmSlots + kMeasuredSlots; ++n) {
        nodes.slot = kFirstSlot + n;
        const std::string event = head_event(nodes.slot);
        for (std::size_t i = 0; i < list.size(); ++i) {
            clock.advance(10ms);
            // Inside the loop, where Asio keeps the memory of updates.
            asio::post(loop, [&] {
                const std::size_t before = tests::allocations();
                nodes.send(list[(i + n) % list.size()].id, event);
                while (queue->take()) {
                }
                if (n >= kWarmSlots) {
                    (i == 0 ? of_first : of_others).add(tests::allocations() - before);
                }
            });
            clock.advance(0ms);
        }
        clock.advance(kSlot - list.size() * 10ms);
    }
    CHECK(heads == list.size() * (kWarmSlots + kMeasuredSlots));
    CHECK(of_others.text() == fmt::format("0 each for {}", kMeasuredSlots * (list.size() - 1)));
    CHECK(of_first.text() == fmt::format("0 each for {}", kMeasuredSlots));

    broadcast.close();
    clock.advance(1ms);
    CHECK(ended);
}
