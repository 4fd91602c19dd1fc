#include "api/beacon_event_json.hpp"

#include <cassert>

#include "updates/json_writer.hpp"

namespace api {
namespace {

using updates::JsonWriter;

/// The object that `write` fills.
template <class Write>
std::string object(Write write) {
    std::string json;
    JsonWriter out{json};
    out.begin_object();
    write(out);
    out.end_object();
    return json;
}

void write_block_of(JsonWriter& out, const chain::Head& head) {
    out.decimal("slot", head.slot.value);
    out.root("block", head.block);
    out.root("state", head.state);
}

}  // namespace

std::string head_json(const chain::Head& head) {
    return object([&](JsonWriter& out) {
        write_block_of(out, head);
        out.flag("epoch_transition", head.epoch_transition);
        out.root("previous_duty_dependent_root", head.current_epoch_dependent_root);
        out.root("current_duty_dependent_root", head.next_epoch_dependent_root);
        out.flag("execution_optimistic", head.execution_optimistic);
    });
}

std::string head_v2_json(const chain::Head& head) {
    assert(head.version);
    return object([&](JsonWriter& out) {
        out.text("version", head.version->text());
        out.begin_object("data");
        write_block_of(out, head);
        if (head.payload_status) {
            out.text("payload_status", to_string(*head.payload_status));
        }
        out.flag("epoch_transition", head.epoch_transition);
        out.root("current_epoch_dependent_root", head.current_epoch_dependent_root);
        out.root("next_epoch_dependent_root", head.next_epoch_dependent_root);
        out.flag("execution_optimistic", head.execution_optimistic);
        out.end_object();
    });
}

std::string block_json(const updates::NodeBlock& block) {
    return object([&](JsonWriter& out) {
        out.decimal("slot", block.slot.value);
        out.root("block", block.block);
        out.flag("execution_optimistic", block.execution_optimistic);
    });
}

std::string chain_reorg_json(const updates::NodeReorg& reorg) {
    return object([&](JsonWriter& out) {
        out.decimal("slot", reorg.slot.value);
        out.decimal("depth", reorg.depth);
        if (reorg.old_head_hash) {
            out.root("old_head_hash", *reorg.old_head_hash);
        }
        out.root("old_head_block", reorg.old_head_block);
        if (reorg.new_head_hash) {
            out.root("new_head_hash", *reorg.new_head_hash);
        }
        out.root("new_head_block", reorg.new_head_block);
        out.root("old_head_state", reorg.old_head_state);
        out.root("new_head_state", reorg.new_head_state);
        out.decimal("epoch", reorg.epoch.value);
        out.flag("execution_optimistic", reorg.execution_optimistic);
    });
}

std::string finalized_checkpoint_json(const chain::FinalizedCheckpoint& checkpoint) {
    return object([&](JsonWriter& out) {
        out.root("block", checkpoint.block);
        out.root("state", checkpoint.state);
        out.decimal("epoch", checkpoint.epoch.value);
        out.flag("execution_optimistic", checkpoint.execution_optimistic);
    });
}

}  // namespace api
