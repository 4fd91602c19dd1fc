#include "tests/monitor/random_network.hpp"

#include <algorithm>

#include "chain/head.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"

namespace tests {

namespace {

using std::chrono::milliseconds;
using Kind = NetworkEvent::Kind;

constexpr milliseconds kUpAt{11'500};

}  // namespace

RandomNetwork::RandomNetwork(RandomNetworkOptions options)
    : options_{options}, random_{options.seed} {
    beacon_api::BlockHeader first = header_of(kFirst - 1, 'a', kFirst - 2, 'a');
    main_ = first.root;
    side_ = main_;
    blocks_[main_] = first;
    nodes_.resize(kNodes);
    for (Node& node : nodes_) {
        node.delay = milliseconds{between(1000, 1800)};
        node.head = main_;
    }
}

bool RandomNetwork::chance(double p) {
    // Not std::bernoulli_distribution: its draws differ between standard libraries.
    return static_cast<double>(random_() >> 11U) * 0x1.0p-53 < p;
}

std::int64_t RandomNetwork::between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low + 1));
}

base::Instant RandomNetwork::now(milliseconds into) const {
    return at(slot_, into);
}

bool RandomNetwork::leads_to(const chain::Root& first, const chain::Root& second) const {
    const std::uint64_t lowest = blocks_.at(first).slot.value;
    chain::Root root = second;
    while (root != first) {
        const auto block = blocks_.find(root);
        if (block == blocks_.end() || block->second.slot.value <= lowest) {
            return false;
        }
        root = block->second.parent_root;
    }
    return true;
}

chain::Root RandomNetwork::build(char branch, const chain::Root& parent) {
    beacon_api::BlockHeader header;
    header.slot = chain::Slot{slot_};
    header.root = root_of(slot_, branch);
    header.parent_root = parent;
    blocks_[header.root] = header;
    return header.root;
}

void RandomNetwork::change_fork() {
    if (slot_ < fork_until_ || !chance(options_.faults)) {
        return;
    }
    for (Node& node : nodes_) {
        node.forked = false;
    }
    side_ = main_;
    fork_until_ = slot_ + static_cast<std::uint64_t>(between(1, 6));
    for (Node& node : nodes_) {
        node.forked = chance(0.4);
    }
}

void RandomNetwork::produce() {
    const bool forking = slot_ < fork_until_;
    if (!forking) {
        for (Node& node : nodes_) {
            node.forked = false;
        }
    }
    skipped_ = chance(options_.skipped);
    if (!skipped_) {
        main_ = build('a', main_);
    }
    if (forking && chance(0.6)) {
        side_ = build('b', side_);
    }
}

void RandomNetwork::add_head(std::size_t index, const chain::Root& root, milliseconds into,
                             std::vector<NetworkEvent>& out) {
    Node& node = nodes_[index];
    NetworkEvent reported{Kind::kHead, index, now(into), {}, {}};
    reported.head.slot = blocks_.at(root).slot;
    reported.head.block = root;
    reported.head.execution_optimistic = slot_ < node.optimistic_until;
    const bool has_payload = slot_ >= options_.payloads_from;
    if (has_payload) {
        reported.head.payload_status = chain::PayloadStatus::kEmpty;
    }
    out.push_back(reported);
    if (!leads_to(node.head, root)) {
        NetworkEvent reorg{Kind::kReorg, index, now(into + milliseconds{1}), {}, {}};
        reorg.reorg.old_head_block = node.head;
        reorg.reorg.new_head_block = root;
        reorg.reorg.depth = 1;
        out.push_back(reorg);
    }
    if (has_payload) {
        reported.head.payload_status = chain::PayloadStatus::kFull;
        reported.at = now(into + milliseconds{900});
        out.push_back(reported);
    }
    node.head = root;
}

void RandomNetwork::live_slot(std::size_t index, std::vector<NetworkEvent>& out) {
    Node& node = nodes_[index];
    const chain::Root target =
        node.forked && side_ != main_ && !leads_to(side_, main_) ? side_ : main_;
    if (target != node.head) {
        milliseconds into = node.delay + milliseconds{between(-100, 100)};
        if (slot_ < node.lagging_until) {
            into += milliseconds{between(2000, 7500)};
        }
        add_head(index, target, into, out);
    }
    if (chance(options_.faults)) {
        out.push_back({Kind::kDown, index, now(milliseconds{between(10, 10'900)}), {}, {}});
        node.down_until = slot_ + static_cast<std::uint64_t>(between(0, 4));
    }
    if (chance(options_.faults)) {
        node.optimistic_until = slot_ + static_cast<std::uint64_t>(between(1, 3));
    }
    if (chance(options_.faults)) {
        node.lagging_until = slot_ + static_cast<std::uint64_t>(between(1, 3));
    }
}

void RandomNetwork::come_back(std::size_t index, std::vector<NetworkEvent>& out) {
    Node& node = nodes_[index];
    node.up = true;
    node.syncing = chance(0.3);
    if (node.syncing) {
        out.push_back({Kind::kSyncing, index, now(kUpAt), {}, {}});
        out.push_back({Kind::kUp, index, now(kUpAt), {}, {}});
        return;
    }
    node.head = main_;
    NetworkEvent up{Kind::kUp, index, now(kUpAt), {}, {}};
    up.head.slot = blocks_.at(main_).slot;
    up.head.block = main_;
    out.push_back(up);
}

void RandomNetwork::catch_up(std::size_t index, std::vector<NetworkEvent>& out) {
    std::vector<chain::Root> chain;
    chain::Root root = main_;
    for (int i = 0; i < 12 && blocks_.contains(root); ++i) {
        chain.push_back(root);
        root = blocks_.at(root).parent_root;
    }
    std::reverse(chain.begin(), chain.end());
    milliseconds into{between(3000, 5000)};
    for (const chain::Root& block : chain) {
        nodes_[index].head = block;
        add_head(index, block, into, out);
        into += milliseconds{23};
    }
    // Its head is what it caught up to; that it syncs no more is known a moment later.
    nodes_[index].syncing = false;
    out.push_back({Kind::kSynced, index, now(milliseconds{9000}), {}, {}});
}

std::vector<NetworkEvent> RandomNetwork::next() {
    ++slot_;
    change_fork();
    produce();
    std::vector<NetworkEvent> out;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        Node& node = nodes_[i];
        if (!node.up) {
            if (slot_ >= node.down_until) {
                come_back(i, out);
            }
        } else if (node.syncing) {
            catch_up(i, out);
        } else {
            live_slot(i, out);
        }
    }
    std::stable_sort(out.begin(), out.end(), [](const NetworkEvent& a, const NetworkEvent& b) {
        return a.at.mono < b.at.mono;
    });
    // Who went down tells nothing more in this slot.
    std::vector<NetworkEvent> reported;
    std::vector<bool> gone(nodes_.size(), false);
    for (const NetworkEvent& event : out) {
        if (!gone[event.node]) {
            reported.push_back(event);
        }
        if (event.kind == Kind::kDown) {
            gone[event.node] = true;
            nodes_[event.node].up = false;
        }
    }
    return reported;
}

}  // namespace tests
