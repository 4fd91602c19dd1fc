#include "beacon_api/events.hpp"

#include <map>

#include <catch2/catch.hpp>

#include "chain/head.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"
#include "sse/parser.hpp"
#include "tests/beacon_api/json_text.hpp"
#include "tests/support/allocations.hpp"
#include "tests/support/loop.hpp"

namespace {

using base::Error;
using base::ErrorCode;
using beacon_api::BlockEvent;
using beacon_api::ChainEvent;
using beacon_api::ChainReorgEvent;
using beacon_api::EventDecoder;
using beacon_api::OtherEvent;
using chain::FinalizedCheckpoint;
using chain::Head;
using chain::PayloadStatus;
using tests::with_member;
using tests::without_member;

struct Sample {
    std::string topic;
    std::string data;
};

std::vector<Sample> samples_of(const std::string& fixture) {
    std::vector<Sample> samples;
    sse::Parser parser{1024 * 1024, [&](const sse::Event& event) {
                           samples.push_back({std::string{event.type}, std::string{event.data}});
                       }};
    REQUIRE(parser.feed(tests::fixture(fixture)).has_value());
    return samples;
}

/// The specification's example of `topic`.
std::string example(std::string_view topic) {
    for (const Sample& sample : samples_of("beacon-api/eventstream.sse")) {
        if (sample.topic == topic) {
            return sample.data;
        }
    }
    throw std::runtime_error{"no example"};
}

chain::Root root(std::string_view hex) {
    return chain::parse_root(hex, "test").value();
}

base::Result<ChainEvent> decode(std::string_view topic, std::string_view data) {
    EventDecoder decoder;
    return decoder.decode(topic, data);
}

/// What `topic` with `data` fails with; no error is a test failure.
Error error_of(std::string_view topic, std::string_view data) {
    INFO(topic << " " << data);
    const auto event = decode(topic, data);
    REQUIRE(event.has_error());
    return event.error();
}

const chain::Root kBlock =
    root("0x9a2fefd2fdb57f74993c7780ea5b9030d2897b615b89f808011ca5aebed54eaf");
const chain::Root kState =
    root("0x600e852a08c1200654ddf11025f1ceacb3c2e74bdd5c630cde0838b2591b69f9");
const chain::Root kDependent =
    root("0x5e0043f107cb57913498fbf2f99ff55e730bf1e151f02f221e977c91a90a0e91");
const chain::Root kNewBlock =
    root("0x76262e91970d375a19bfe8a867288d7b9cde43c8635f598d93d39d041706fc76");
const chain::Root kExecutionHash =
    root("0xe4d3c2b1a0f9e8d7c6b5a49382716054f3e2d1c0b9a8f7e6d5c4b3a291807162");

/// The members of each topic that we read.
const std::map<std::string, std::vector<std::string>> kNumbers{
    {"head", {"slot"}},
    {"head_v2", {"slot"}},
    {"block", {"slot"}},
    {"chain_reorg", {"slot", "depth", "epoch"}},
    {"finalized_checkpoint", {"epoch"}}};
const std::map<std::string, std::vector<std::string>> kRoots{
    {"head", {"block", "state", "previous_duty_dependent_root", "current_duty_dependent_root"}},
    {"head_v2", {"block", "state", "current_epoch_dependent_root", "next_epoch_dependent_root"}},
    {"block", {"block"}},
    {"chain_reorg", {"old_head_block", "new_head_block", "old_head_state", "new_head_state"}},
    {"finalized_checkpoint", {"block", "state"}}};

}  // namespace

TEST_CASE("a fork's name that is none costs nobody the head", "[beacon_api]") {
    const std::string good = example("head_v2");
    const auto version_of = [](const std::string& json) {
        return std::get<chain::Head>(decode("head_v2", json).value()).version;
    };
    REQUIRE(version_of(good).has_value());
    CHECK(version_of(good)->text() == "gloas");
    for (const std::string wrong :
         {R"("")", R"("Gloas")", R"("a name beyond fifteen")", R"("<b>")", "7", "null"}) {
        std::string json = good;
        const std::size_t at = json.find(R"("gloas")");
        CHECK_FALSE(version_of(json.replace(at, 7, wrong)).has_value());
    }
}

TEST_CASE("a hash of an execution block that is none costs nobody the reorg", "[beacon_api]") {
    const std::string good = example("chain_reorg");
    const std::string member = R"("new_head_hash": ")" + to_string(kExecutionHash) + '"';
    const std::size_t at = good.find(member);
    REQUIRE(at != std::string::npos);
    for (const std::string wrong : {R"("new_head_hash": "0x12")", R"("new_head_hash": 7)",
                                    R"("new_head_hash": null)", R"("other": 1)"}) {
        std::string json = good;
        const auto event = decode("chain_reorg", json.replace(at, member.size(), wrong));
        INFO(wrong);
        REQUIRE(event.has_value());
        CHECK_FALSE(std::get<ChainReorgEvent>(event.value()).new_head_hash.has_value());
    }
}

TEST_CASE("the specification's examples decode to what they say", "[beacon_api]") {
    const chain::Head head{.slot = chain::Slot{10},
                           .block = kBlock,
                           .state = kState,
                           .epoch_transition = false,
                           .current_epoch_dependent_root = kDependent,
                           .next_epoch_dependent_root = kDependent,
                           .payload_status = std::nullopt,
                           .execution_optimistic = false};
    CHECK((decode("head", example("head")).value() == ChainEvent{head}));

    chain::Head head_v2 = head;
    head_v2.payload_status = PayloadStatus::kEmpty;
    head_v2.version = chain::ForkName::parse("gloas");
    CHECK((decode("head_v2", example("head_v2")).value() == ChainEvent{head_v2}));

    const BlockEvent block{.slot = chain::Slot{10}, .block = kBlock, .execution_optimistic = false};
    CHECK((decode("block", example("block")).value() == ChainEvent{block}));

    const ChainReorgEvent reorg{.slot = chain::Slot{200},
                                .depth = 50,
                                .old_head_block = kBlock,
                                .new_head_block = kNewBlock,
                                .old_head_state = kBlock,
                                .new_head_state = kState,
                                .epoch = chain::Epoch{2},
                                .execution_optimistic = false,
                                // The example's old hash lacks a digit.
                                .old_head_hash = std::nullopt,
                                .new_head_hash = kExecutionHash};
    CHECK((decode("chain_reorg", example("chain_reorg")).value() == ChainEvent{reorg}));

    const chain::FinalizedCheckpoint checkpoint{
        .block = kBlock, .state = kState, .epoch = chain::Epoch{2}, .execution_optimistic = false};
    CHECK((decode("finalized_checkpoint", example("finalized_checkpoint")).value() ==
           ChainEvent{checkpoint}));
}

TEST_CASE("every other topic keeps its name and its data as they came", "[beacon_api]") {
    int others = 0;
    for (const auto& [topic, data] : samples_of("beacon-api/eventstream.sse")) {
        if (kNumbers.count(topic) == 0) {
            ++others;
            CHECK((decode(topic, data).value() == ChainEvent{OtherEvent{topic, data}}));
        }
    }
    CHECK(others == 19);
    CHECK((decode("attestation", "no json").value() ==
           ChainEvent{OtherEvent{"attestation", "no json"}}));
}

TEST_CASE("every event of every client family and of the real node decodes", "[beacon_api]") {
    std::map<std::string, int> seen;
    for (const std::string name :
         {"clients/caplin.sse", "clients/grandine.sse", "clients/lighthouse.sse",
          "clients/lodestar.sse", "clients/nimbus.sse", "clients/prysm.sse", "clients/teku.sse",
          "lodestar-1.5.1/head-only.sse", "lodestar-1.5.1/multi-repeat.sse",
          "lodestar-1.5.1/follower-all.sse", "lodestar-1.5.1/api148_head_v2.sse"}) {
        EventDecoder decoder;
        for (const auto& [topic, data] : samples_of(name)) {
            INFO(name << " " << topic << " " << data);
            const auto event = decoder.decode(topic, data);
            REQUIRE(event.has_value());
            CHECK(std::holds_alternative<OtherEvent>(*event) == (topic == "attestation"));
            ++seen[topic];
        }
    }
    CHECK(seen["head"] > 150);
    CHECK(seen["head_v2"] == 60);
    CHECK(seen["chain_reorg"] == 2);
    CHECK(seen["finalized_checkpoint"] == 10);
}

TEST_CASE("a head_v2 decodes alike whether data or version comes first", "[beacon_api]") {
    const auto samples = samples_of("lodestar-1.5.1/api148_head_v2.sse");
    REQUIRE(samples.at(1).topic == "head_v2");
    REQUIRE(samples.at(1).data.starts_with(R"({"data":)"));
    const std::string data = samples[1].data.substr(8, samples[1].data.rfind("},\"version\"") - 7);
    const auto data_first = decode("head_v2", samples[1].data);
    const auto data_last = decode("head_v2", R"({"version":"gloas","data":)" + data + "}");
    REQUIRE(data_first.has_value());
    CHECK((data_first == data_last));
    CHECK((std::get<chain::Head>(*data_first).payload_status == PayloadStatus::kEmpty));
    CHECK((std::get<chain::Head>(decode("head_v2", samples.at(2).data).value()).payload_status ==
           PayloadStatus::kFull));
}

TEST_CASE("the old and the new names of the dependent roots mean the same roots", "[beacon_api]") {
    const std::string other = "0x" + std::string(64, '7');
    const auto head = std::get<chain::Head>(
        decode("head",
               with_member(example("head"), "previous_duty_dependent_root", '"' + other + '"'))
            .value());
    CHECK((head.current_epoch_dependent_root == root(other)));
    CHECK((head.next_epoch_dependent_root == kDependent));
    const auto head_v2 = std::get<chain::Head>(
        decode("head_v2",
               with_member(example("head_v2"), "next_epoch_dependent_root", '"' + other + '"'))
            .value());
    CHECK((head_v2.current_epoch_dependent_root == kDependent));
    CHECK((head_v2.next_epoch_dependent_root == root(other)));
}

TEST_CASE("a payload status is absent, empty or full and nothing else", "[beacon_api]") {
    const std::string v2 = example("head_v2");
    const auto status_in = [&](const std::string& json) {
        return std::get<chain::Head>(decode("head_v2", json).value()).payload_status;
    };
    CHECK((status_in(without_member(v2, "payload_status")) == std::nullopt));
    CHECK((status_in(with_member(v2, "payload_status", "null")) == std::nullopt));
    CHECK((status_in(with_member(v2, "payload_status", R"("full")")) == PayloadStatus::kFull));
    CHECK((error_of("head_v2", with_member(v2, "payload_status", R"("pending")")) ==
           Error{ErrorCode::kOutOfRange, "payload_status"}));
    CHECK((error_of("head_v2", with_member(v2, "payload_status", "1")) ==
           Error{ErrorCode::kMissingField, "payload_status"}));
    CHECK(to_string(PayloadStatus::kEmpty) == "empty");
    CHECK(to_string(PayloadStatus::kFull) == "full");
}

TEST_CASE("execution_optimistic is false when absent, and must be a flag when there",
          "[beacon_api]") {
    for (const auto& [topic, numbers] : kNumbers) {
        const std::string json = example(topic);
        const auto plain = decode(topic, json);
        const auto absent = decode(topic, without_member(json, "execution_optimistic"));
        const auto null = decode(topic, with_member(json, "execution_optimistic", "null"));
        const auto set = decode(topic, with_member(json, "execution_optimistic", "true"));
        CHECK((absent == plain));
        CHECK((null == plain));
        REQUIRE(set.has_value());
        CHECK_FALSE((set == plain));
        CHECK((error_of(topic, with_member(json, "execution_optimistic", R"("true")")) ==
               Error{ErrorCode::kMissingField, "execution_optimistic"}));
    }
}

TEST_CASE("a missing member is an error that names it", "[beacon_api]") {
    for (const auto* const members : {&kNumbers, &kRoots}) {
        for (const auto& [topic, names] : *members) {
            for (const std::string& name : names) {
                CHECK((error_of(topic, without_member(example(topic), name)) ==
                       Error{ErrorCode::kMissingField, name}));
            }
        }
    }
    for (const auto* const topic : {"head", "head_v2"}) {
        CHECK((error_of(topic, without_member(example(topic), "epoch_transition")) ==
               Error{ErrorCode::kMissingField, "epoch_transition"}));
    }
    CHECK(
        (error_of("head_v2", R"({"version":"gloas"})") == Error{ErrorCode::kMissingField, "data"}));
    CHECK((error_of("head_v2", example("head")) == Error{ErrorCode::kMissingField, "data"}));
}

TEST_CASE("a member of another type is an error that names it", "[beacon_api]") {
    for (const auto* const members : {&kNumbers, &kRoots}) {
        for (const auto& [topic, names] : *members) {
            for (const std::string& name : names) {
                for (const auto* const value :
                     {"10", "1.5", "true", "null", "[]", R"({"a":"b"})"}) {
                    CHECK((error_of(topic, with_member(example(topic), name, value)) ==
                           Error{ErrorCode::kMissingField, name}));
                }
            }
        }
    }
    for (const auto* const value : {R"("false")", "0", "null"}) {
        CHECK((error_of("head", with_member(example("head"), "epoch_transition", value)) ==
               Error{ErrorCode::kMissingField, "epoch_transition"}));
    }
    CHECK((error_of("head_v2", R"({"data":[]})") == Error{ErrorCode::kMissingField, "data"}));
}

TEST_CASE("a number is a decimal string of 64 bits and nothing else", "[beacon_api]") {
    for (const auto& [topic, names] : kNumbers) {
        for (const std::string& name : names) {
            for (const auto* const digits :
                 {"", "-1", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "ten", "1,000", "１",
                  "18446744073709551616", "99999999999999999999999999", "1\\u0000"}) {
                INFO(digits);
                CHECK((error_of(topic, with_member(example(topic), name,
                                                   '"' + std::string{digits} + '"')) ==
                       Error{ErrorCode::kOutOfRange, name}));
            }
            CHECK(decode(topic, with_member(example(topic), name, R"("18446744073709551615")"))
                      .has_value());
        }
    }
}

TEST_CASE("a root is 0x and 64 hex digits and nothing else", "[beacon_api]") {
    for (const auto& [topic, names] : kRoots) {
        for (const std::string& name : names) {
            for (const std::string& hex :
                 {std::string{}, std::string{"0x"}, std::string(66, '0'),
                  "0x" + std::string(63, 'a'), "0x" + std::string(65, 'a'),
                  "0x" + std::string(63, 'a') + "g", "0X" + std::string(64, 'a')}) {
                INFO(hex);
                CHECK((error_of(topic, with_member(example(topic), name, '"' + hex + '"')) ==
                       Error{ErrorCode::kBadHex, name}));
            }
        }
    }
}

TEST_CASE("an event cut off anywhere is malformed and names its topic", "[beacon_api]") {
    for (const auto& [topic, names] : kNumbers) {
        const std::string json = example(topic);
        EventDecoder decoder;
        for (std::size_t size = 0; size < json.size(); ++size) {
            const auto event = decoder.decode(topic, json.substr(0, size));
            REQUIRE(event.has_error());
            REQUIRE((event.error() == Error{ErrorCode::kMalformedJson, topic}));
        }
        CHECK(decoder.decode(topic, json).has_value());
    }
}

TEST_CASE("what is no JSON object is malformed", "[beacon_api]") {
    const Error malformed{ErrorCode::kMalformedJson, "head"};
    for (const std::string json : {"", " ", "null", "10", "[]", "\"head\"", "{", "{}}", "{'a':1}",
                                   "{\"slot\":\"\xFF\"}", "\xEF\xBB\xBF{}x"}) {
        INFO(json);
        CHECK((error_of("head", json) == malformed));
    }
    CHECK((error_of("head", std::string_view{}) == malformed));
    CHECK((error_of("head", example("head") + " {}") == malformed));
    for (const auto* const name : {"hostile/deep.json", "hostile/deep_unknown_member.json",
                                   "hostile/trailing.json", "hostile/not_an_object.json"}) {
        CHECK((error_of("head", tests::fixture(name)) == malformed));
    }
}

TEST_CASE("members that we do not know are ignored, and the first of equal names counts",
          "[beacon_api]") {
    const std::string json = example("block");
    const std::string more = R"({"new":[1,{"x":null}],"slot":"10",)" +
                             json.substr(1, json.size() - 2) + R"(,"slot":"99","later":{}})";
    CHECK((decode("block", more) == decode("block", json)));
}

TEST_CASE("an event longer than the decoder's limit is too long", "[beacon_api]") {
    const std::string json = example("head");
    const std::string fits =
        json + std::string(beacon_api::kDecodedEventBytesMax - json.size(), ' ');
    CHECK(decode("head", fits).has_value());
    CHECK((error_of("head", fits + " ") == Error{ErrorCode::kTooLong, "head"}));
    CHECK(decode("attestation", fits + " ").has_value());
}

TEST_CASE("a decoder goes on after an error", "[beacon_api]") {
    EventDecoder decoder;
    CHECK(decoder.decode("head", tests::fixture("hostile/deep.json")).has_error());
    CHECK(decoder.decode("head", "{").has_error());
    CHECK((decoder.decode("head", example("head")) == decode("head", example("head"))));
}

TEST_CASE("a warm decoder allocates nothing for the topics that it knows", "[beacon_api]") {
    std::vector<Sample> samples = samples_of("lodestar-1.5.1/multi-repeat.sse");
    std::erase_if(samples, [](const Sample& sample) { return sample.topic == "attestation"; });
    for (const auto& [topic, names] : kNumbers) {
        samples.push_back({topic, example(topic)});
    }
    EventDecoder decoder;
    std::size_t decoded = 0;
    const auto decode_all = [&] {
        for (const Sample& sample : samples) {
            decoded += decoder.decode(sample.topic, sample.data).has_value() ? 1U : 0U;
        }
    };
    decode_all();
    const std::size_t warm = tests::allocations();
    decode_all();
    CHECK(tests::allocations() == warm);
    CHECK(decoded == 2 * samples.size());
}
