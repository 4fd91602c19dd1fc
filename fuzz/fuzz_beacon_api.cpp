// No event and no answer of a node breaks a decoder, and what is decoded keeps its promises.

#include <array>
#include <string>

#include "beacon_api/events.hpp"
#include "beacon_api/responses.hpp"
#include "chain/slot.hpp"
#include "chain/slot_clock.hpp"
#include "chain/spec.hpp"
#include "fuzz/target.hpp"
#include "sse/parser.hpp"

namespace {

constexpr std::array<std::string_view, 5> kTopics{"head", "head_v2", "block", "chain_reorg",
                                                  "finalized_checkpoint"};

bool is_printable(std::string_view text) {
    for (const char c : text) {
        if (c < ' ' || c > '~') {
            return false;
        }
    }
    return true;
}

template <class T>
void check_error(const base::Result<T>& result) {
    if (result.has_error()) {
        const base::Error error = result.error();
        fuzz::require(!error.detail.empty(), "an error names its field");
        fuzz::require(is_printable(error.detail), "an error's detail is printable");
    }
}

void check_events(std::string_view input) {
    beacon_api::EventDecoder warm;
    for (const std::string_view topic : kTopics) {
        check_error(warm.decode(topic, input));
    }
    // The input as a whole stream: its events by their own topics.
    sse::Parser parser{std::size_t{1} << 20U, [&](const sse::Event& event) {
                           beacon_api::EventDecoder cold;
                           const auto decoded = warm.decode(event.type, event.data);
                           fuzz::require(decoded == cold.decode(event.type, event.data),
                                         "a decoder forgets the event before");
                       }};
    static_cast<void>(parser.feed(input));
}

void check_answers(std::string_view input) {
    const auto genesis = beacon_api::decode_genesis(input);
    const auto spec = beacon_api::decode_spec(input);
    const auto syncing = beacon_api::decode_syncing(input);
    const auto header = beacon_api::decode_block_header(input);
    const auto version = beacon_api::decode_version(input);
    check_error(genesis);
    check_error(spec);
    check_error(syncing);
    check_error(header);
    check_error(version);
    if (spec) {
        fuzz::require(!spec->slot_duration || (*spec->slot_duration >= chain::kSlotDurationMin &&
                                               *spec->slot_duration <= chain::kSlotDurationMax),
                      "a slot's length is within its bounds");
        fuzz::require(is_printable(spec->config_name), "a config name is printable");
        fuzz::require(spec->slots_per_epoch != 0U, "an epoch has slots");
    }
    if (version) {
        fuzz::require(is_printable(*version), "a version is printable");
    }
    const base::WallTime start = genesis ? genesis->time : base::WallTime{};
    const bool has_duration = spec && spec->slot_duration;
    const chain::SlotClock clock{start,
                                 has_duration ? *spec->slot_duration : chain::kSlotDurationMin};
    const chain::Slot slot = syncing ? syncing->head_slot : header ? header->slot : chain::Slot{};
    fuzz::require(clock.start_of(slot) >= clock.genesis(), "no slot begins before genesis");
    fuzz::require(clock.delay_into(slot, start).count() <= 0, "no slot has begun before genesis");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = fuzz::as_text(data, size);
    check_events(input);
    check_answers(input);
    return 0;
}
