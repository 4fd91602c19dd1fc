#include "beacon_api/events.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <utility>

#include "beacon_api/fields.hpp"
#include "beacon_api/json_content.hpp"
#include "chain/sha256.hpp"

namespace beacon_api {
namespace {

using simdjson::dom::object;

base::Result<chain::Head> decode_head(const object& json) {
    Fields in{json};
    const chain::Head head{
        .slot = in.slot("slot"),
        .block = in.root("block"),
        .state = in.root("state"),
        .epoch_transition = in.flag("epoch_transition"),
        .current_epoch_dependent_root = in.root("previous_duty_dependent_root"),
        .next_epoch_dependent_root = in.root("current_duty_dependent_root"),
        .payload_status = std::nullopt,
        .execution_optimistic = in.flag_or_false("execution_optimistic"),
        .version = std::nullopt,
    };
    return in.result(head);
}

std::optional<chain::PayloadStatus> read_payload_status(Fields& in) {
    const auto text = in.optional_text("payload_status");
    if (text == to_string(chain::PayloadStatus::kEmpty)) {
        return chain::PayloadStatus::kEmpty;
    }
    if (text == to_string(chain::PayloadStatus::kFull)) {
        return chain::PayloadStatus::kFull;
    }
    if (text) {
        in.fail(base::ErrorCode::kOutOfRange, "payload_status");
    }
    return std::nullopt;
}

/// Whatever is no fork's name costs nobody the head.
std::optional<chain::ForkName> read_fork_name(const object& json) {
    std::string_view text;
    if (json["version"].get(text)) {
        return std::nullopt;
    }
    return chain::ForkName::parse(text);
}

base::Result<chain::Head> decode_head_v2(const object& json) {
    const auto data = read_object(json, "data");
    if (!data) {
        return data.error();
    }
    Fields in{*data};
    const chain::Head head{
        .slot = in.slot("slot"),
        .block = in.root("block"),
        .state = in.root("state"),
        .epoch_transition = in.flag("epoch_transition"),
        .current_epoch_dependent_root = in.root("current_epoch_dependent_root"),
        .next_epoch_dependent_root = in.root("next_epoch_dependent_root"),
        .payload_status = read_payload_status(in),
        .execution_optimistic = in.flag_or_false("execution_optimistic"),
        .version = read_fork_name(json),
    };
    return in.result(head);
}

base::Result<BlockEvent> decode_block(const object& json) {
    Fields in{json};
    const BlockEvent block{
        .slot = in.slot("slot"),
        .block = in.root("block"),
        .execution_optimistic = in.flag_or_false("execution_optimistic"),
    };
    return in.result(block);
}

base::Result<ChainReorgEvent> decode_chain_reorg(const object& json) {
    Fields in{json};
    const ChainReorgEvent reorg{
        .slot = in.slot("slot"),
        .depth = in.number("depth"),
        .old_head_block = in.root("old_head_block"),
        .new_head_block = in.root("new_head_block"),
        .old_head_state = in.root("old_head_state"),
        .new_head_state = in.root("new_head_state"),
        .epoch = in.epoch("epoch"),
        .execution_optimistic = in.flag_or_false("execution_optimistic"),
        .old_head_hash = in.root_if_valid("old_head_hash"),
        .new_head_hash = in.root_if_valid("new_head_hash"),
    };
    return in.result(reorg);
}

base::Result<chain::FinalizedCheckpoint> decode_finalized_checkpoint(const object& json) {
    Fields in{json};
    const chain::FinalizedCheckpoint checkpoint{
        .block = in.root("block"),
        .state = in.root("state"),
        .epoch = in.epoch("epoch"),
        .execution_optimistic = in.flag_or_false("execution_optimistic"),
    };
    return in.result(checkpoint);
}

template <class Event>
base::Result<ChainEvent> as_chain_event(const base::Result<Event>& event) {
    if (!event) {
        return event.error();
    }
    return ChainEvent{*event};
}

using DecodeEvent = base::Result<ChainEvent> (*)(const object& json);

template <auto decode>
base::Result<ChainEvent> decode_as(const object& json) {
    return as_chain_event(decode(json));
}

/// Null for a topic that is kept as it came.
DecodeEvent find_decode(std::string_view topic) {
    constexpr std::array<std::pair<std::string_view, DecodeEvent>, 5> kDecoders{{
        {"head", decode_as<decode_head>},
        {"head_v2", decode_as<decode_head_v2>},
        {"block", decode_as<decode_block>},
        {"chain_reorg", decode_as<decode_chain_reorg>},
        {"finalized_checkpoint", decode_as<decode_finalized_checkpoint>},
    }};
    for (const auto& [known, decode] : kDecoders) {
        if (topic == known) {
            return decode;
        }
    }
    return nullptr;
}

}  // namespace

class EventDecoder::Impl {
  public:
    explicit Impl(std::vector<std::string> topics) : extra_topics{std::move(topics)} {}

    [[nodiscard]] bool is_extra(std::string_view topic) const {
        return std::find(extra_topics.begin(), extra_topics.end(), topic) != extra_topics.end();
    }
    base::Result<ChainEvent> decode_extra(std::string_view topic, std::string_view data);

    std::vector<std::string> extra_topics;
    simdjson::dom::parser parser;
};

base::Result<ChainEvent> EventDecoder::Impl::decode_extra(std::string_view topic,
                                                          std::string_view data) {
    const auto json = parse_object(parser, data, kExtraEventBytesMax, topic);
    if (!json) {
        return json.error();
    }
    ExtraEvent event;
    event.topic = topic;
    std::string content = event.topic + ' ';
    append_content(content, *json);
    event.content = chain::sha256(content);
    event.data.resize(data.size());
    std::size_t bytes = 0;
    if (simdjson::minify(data.data(), data.size(), event.data.data(), bytes) != simdjson::SUCCESS) {
        return base::Error{base::ErrorCode::kMalformedJson, event.topic};
    }
    event.data.resize(bytes);
    return ChainEvent{std::move(event)};
}

EventDecoder::EventDecoder(std::vector<std::string> extra_topics)
    : impl_{std::make_unique<Impl>(std::move(extra_topics))} {}
EventDecoder::~EventDecoder() = default;

base::Result<ChainEvent> EventDecoder::decode(std::string_view topic, std::string_view data) {
    const DecodeEvent decode_json = find_decode(topic);
    if (decode_json == nullptr && impl_->is_extra(topic)) {
        return impl_->decode_extra(topic, data);
    }
    if (decode_json == nullptr) {
        return ChainEvent{OtherEvent{std::string{topic}, std::string{data}}};
    }
    const auto json = parse_object(impl_->parser, data, kDecodedEventBytesMax, topic);
    if (!json) {
        return json.error();
    }
    return decode_json(*json);
}

}  // namespace beacon_api
