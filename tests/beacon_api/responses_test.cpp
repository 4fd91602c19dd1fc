#include "beacon_api/responses.hpp"

#include <limits>

#include <catch2/catch.hpp>

#include "chain/network.hpp"
#include "chain/slot.hpp"
#include "chain/spec.hpp"
#include "chain/sync_status.hpp"
#include "tests/beacon_api/json_text.hpp"
#include "tests/support/loop.hpp"

namespace responses_test {

namespace {

using namespace std::chrono_literals;
using base::Error;
using base::ErrorCode;
using beacon_api::decode_block_header;
using beacon_api::decode_genesis;
using beacon_api::decode_spec;
using beacon_api::decode_syncing;
using beacon_api::decode_version;
using tests::with_member;
using tests::without_member;

std::string body(const std::string& name) {
    return tests::fixture("lodestar-1.5.1/http_" + name + ".body");
}

std::string quoted(std::string_view text) {
    return '"' + std::string{text} + '"';
}

/// A spec with these members and SECONDS_PER_SLOT 12.
std::string spec_with(std::string_view members) {
    return R"({"data":{"SECONDS_PER_SLOT":"12",)" + std::string{members} + "}}";
}

Error error_in(const auto& result) {
    REQUIRE(result.has_error());
    return result.error();
}

/// Each way of being wrong as a whole, for every answer alike.
template <class Decode>
void check_wrong_wholes(Decode decode, const std::string& good, const std::string& name) {
    INFO(name);
    REQUIRE(decode(good).has_value());
    for (std::size_t size = 0; size < good.size(); ++size) {
        const auto cut = decode(std::string_view{good}.substr(0, size));
        REQUIRE(cut.has_error());
        REQUIRE((cut.error() == Error{ErrorCode::kMalformedJson, name}));
    }
    const Error malformed{ErrorCode::kMalformedJson, name};
    for (const std::string& bad : {good + "x", good + good, std::string{"[]"}, std::string{"null"},
                                   tests::fixture("hostile/deep.json"),
                                   tests::fixture("hostile/deep_unknown_member.json")}) {
        CHECK((error_in(decode(bad)) == malformed));
    }
    for (const auto* const bad : {"{}", R"({"data":null})", R"({"data":[]})", R"({"data":"x"})"}) {
        CHECK((error_in(decode(bad)) == Error{ErrorCode::kMissingField, "data"}));
    }
    const std::string padded = good + std::string(beacon_api::kResponseBytesMax - good.size(), ' ');
    CHECK(decode(padded).has_value());
    CHECK((error_in(decode(padded + " ")) == Error{ErrorCode::kTooLong, name}));
}

template <class Decode>
void check_member(Decode decode, const std::string& good, const std::string& name,
                  const std::string& bad_value, ErrorCode bad_code) {
    INFO(name);
    CHECK((error_in(decode(without_member(good, name))) == Error{ErrorCode::kMissingField, name}));
    for (const auto* const value : {"null", "[]", "{}", "1"}) {
        CHECK((error_in(decode(with_member(good, name, value))) ==
               Error{ErrorCode::kMissingField, name}));
    }
    CHECK((error_in(decode(with_member(good, name, bad_value))) == Error{bad_code, name}));
}

}  // namespace

TEST_CASE("the real node's answers decode to what they say", "[beacon_api]") {
    const auto genesis = decode_genesis(body("beacon_genesis"));
    REQUIRE(genesis.has_value());
    CHECK((genesis->time == base::WallTime{1795294556s}));
    CHECK(to_string(genesis->validators_root) ==
          "0x270d43e74ce340de4bca2b1936beca0f4f5408d9e78aec4850920baf659d5b69");

    const auto spec = decode_spec(body("config_spec"));
    REQUIRE(spec.has_value());
    CHECK((*spec == chain::Spec{.slot_duration = 3s,
                                .slots_per_epoch = 8,
                                .attestation_due_bps = std::nullopt,
                                .attestation_due_bps_gloas = std::nullopt,
                                .gloas_fork_epoch = std::nullopt,
                                .config_name = "minimal"}));

    CHECK((decode_syncing(body("node_syncing")).value() ==
           chain::SyncStatus{.head_slot = chain::Slot{14}}));
    CHECK(decode_version(body("node_version")).value() == "Lodestar/v1.5.1/2115aa7");

    const auto header = decode_block_header(body("beacon_headers_head"));
    REQUIRE(header.has_value());
    CHECK(to_string(header->root) ==
          "0x6ec095608096f209240c2e728bae3fca19791db77c13c3c07f95069cec865765");
    CHECK((header->slot == chain::Slot{14}));
    CHECK(to_string(header->parent_root) ==
          "0x59201feae647318578985a1661bdc28a8327d70ede25d7f2fec8f4bc65cdf6b3");
    CHECK(to_string(header->state_root) ==
          "0xfab64136fd1600042c53328a2162ba1d72d5e41b5b78602c7c77c4c8a5a00037");
    CHECK(header->canonical);
    CHECK_FALSE(header->execution_optimistic);
}

TEST_CASE("a header's root is the hash of what it holds, on mainnet in each fork", "[beacon_api]") {
    for (const char* const name :
         {"mainnet-phase0-0", "mainnet-bellatrix-5745928", "mainnet-capella-7069376",
          "mainnet-deneb-11579198", "mainnet-electra-11861306"}) {
        INFO(name);
        const std::string json = tests::fixture("mainnet/" + std::string{name} + ".json");
        REQUIRE(decode_block_header(json).has_value());
        // Whichever member is another, the root is not its hash any more.
        for (const std::string member : {"slot", "proposer_index"}) {
            CHECK((error_in(decode_block_header(with_member(json, member, quoted("77")))) ==
                   base::Error{ErrorCode::kWrongHash, "root"}));
        }
        const std::string other = quoted("0x" + std::string(63, '0') + "1");
        for (const std::string member : {"root", "parent_root", "state_root", "body_root"}) {
            CHECK((error_in(decode_block_header(with_member(json, member, other))) ==
                   base::Error{ErrorCode::kWrongHash, "root"}));
        }
    }
}

TEST_CASE("an answer that is wrong as a whole says so and names itself", "[beacon_api]") {
    check_wrong_wholes(decode_genesis, body("beacon_genesis"), "genesis");
    check_wrong_wholes(decode_spec, body("config_spec"), "spec");
    check_wrong_wholes(decode_syncing, body("node_syncing"), "syncing");
    check_wrong_wholes(decode_version, body("node_version"), "version");
    check_wrong_wholes(decode_block_header, body("beacon_headers_head"), "header");
}

TEST_CASE("a wrong member of an answer is an error that names it", "[beacon_api]") {
    const std::string genesis = body("beacon_genesis");
    check_member(decode_genesis, genesis, "genesis_time", quoted("-1"), ErrorCode::kOutOfRange);
    check_member(decode_genesis, genesis, "genesis_validators_root", quoted("0x12"),
                 ErrorCode::kBadHex);
    const std::string syncing = body("node_syncing");
    check_member(decode_syncing, syncing, "head_slot", quoted("x"), ErrorCode::kOutOfRange);
    check_member(decode_syncing, syncing, "sync_distance", quoted(""), ErrorCode::kOutOfRange);
    check_member(decode_syncing, syncing, "is_syncing", quoted("no"), ErrorCode::kMissingField);
    check_member(decode_version, body("node_version"), "version", "true", ErrorCode::kMissingField);
    const std::string header = body("beacon_headers_head");
    check_member(decode_block_header, header, "root", quoted("0x"), ErrorCode::kBadHex);
    check_member(decode_block_header, header, "canonical", quoted("true"),
                 ErrorCode::kMissingField);
    for (const std::string name : {"header", "message"}) {
        const Error missing{ErrorCode::kMissingField, name};
        CHECK((error_in(decode_block_header(without_member(header, name))) == missing));
        CHECK((error_in(decode_block_header(with_member(header, name, "[]"))) == missing));
    }
    check_member(decode_block_header, header, "slot", quoted("1.0"), ErrorCode::kOutOfRange);
    check_member(decode_block_header, header, "parent_root", quoted("x"), ErrorCode::kBadHex);
    check_member(decode_block_header, header, "state_root", quoted("x"), ErrorCode::kBadHex);
}

TEST_CASE("a genesis beyond the year 2100 is out of range", "[beacon_api]") {
    CHECK((error_in(decode_genesis(tests::fixture("hostile/huge_genesis.json"))) ==
           Error{ErrorCode::kOutOfRange, "genesis_time"}));
    const std::string good = body("beacon_genesis");
    CHECK(decode_genesis(with_member(good, "genesis_time", quoted("4102444800"))).has_value());
    CHECK(decode_genesis(with_member(good, "genesis_time", quoted("4102444801"))).has_error());
    CHECK(decode_genesis(with_member(good, "genesis_time", quoted("0"))).has_value());
}

TEST_CASE("SLOT_DURATION_MS goes before SECONDS_PER_SLOT", "[beacon_api]") {
    CHECK((decode_spec(spec_with(R"("SLOT_DURATION_MS":"250")")).value().slot_duration == 250ms));
    CHECK((decode_spec(R"({"data":{"SLOT_DURATION_MS":"6000"}})").value().slot_duration == 6s));
    CHECK((decode_spec(spec_with(R"("x":1)")).value().slot_duration == 12s));
    CHECK_FALSE(decode_spec(R"({"data":{"SLOTS_PER_EPOCH":"32"}})").value().slot_duration);
}

TEST_CASE("slots that two members name differently are the newer one's, and that is reported",
          "[beacon_api]") {
    const auto odd = [](std::string_view milliseconds) {
        const std::string members = R"("SLOT_DURATION_MS":")" + std::string{milliseconds} + '"';
        return decode_spec(spec_with(members)).value().odd_members;
    };
    CHECK(odd("12000").empty());
    // Rounded to whole seconds.
    CHECK(odd("11001").empty());
    CHECK(odd("12999").empty());
    const std::vector<std::string> contradicted{"SECONDS_PER_SLOT"};
    CHECK(odd("11000") == contradicted);
    CHECK(odd("5000") == contradicted);
}

TEST_CASE("a slot of no length or an absurd one is none", "[beacon_api]") {
    using Names = std::vector<std::string>;
    CHECK(decode_spec(tests::fixture("hostile/zero_slot_duration.json")).value().odd_members ==
          Names{"SECONDS_PER_SLOT"});
    const auto spec_of = [](const std::string& name, const std::string& value) {
        return decode_spec(R"({"data":{")" + name + R"(":")" + value + R"("}})").value();
    };
    for (const auto* const bad : {"0", "901", "18446744073709551615", "-12", "12.0", ""}) {
        CHECK_FALSE(spec_of("SECONDS_PER_SLOT", bad).slot_duration);
        CHECK(spec_of("SECONDS_PER_SLOT", bad).odd_members == Names{"SECONDS_PER_SLOT"});
    }
    for (const auto* const bad : {"0", "49", "900001", "18446744073709551615"}) {
        CHECK_FALSE(spec_of("SLOT_DURATION_MS", bad).slot_duration);
        CHECK(spec_of("SLOT_DURATION_MS", bad).odd_members == Names{"SLOT_DURATION_MS"});
    }
    CHECK((spec_of("SECONDS_PER_SLOT", "900").slot_duration == 15min));
    CHECK((spec_of("SLOT_DURATION_MS", "50").slot_duration == 50ms));
    CHECK((spec_of("SLOT_DURATION_MS", "900000").slot_duration == 15min));
}

TEST_CASE("a spec with members of new forks and other types is read", "[beacon_api]") {
    const auto spec = decode_spec(tests::fixture("hostile/new_fork_spec.json"));
    REQUIRE(spec.has_value());
    constexpr chain::Epoch kNever{std::numeric_limits<std::uint64_t>::max()};
    CHECK((*spec == chain::Spec{.slot_duration = 12s,
                                .slots_per_epoch = 32,
                                .attestation_due_bps = 3333,
                                .attestation_due_bps_gloas = 2500,
                                .gloas_fork_epoch = kNever,
                                .config_name = "mainnet"}));
}

TEST_CASE("a member of a spec that cannot be read is left out and named, never the whole",
          "[beacon_api]") {
    const chain::Spec plain = decode_spec(spec_with(R"("x":1)")).value();
    const auto without = [&](const std::string& name) {
        chain::Spec expected = plain;
        expected.odd_members = {name};
        return expected;
    };
    for (const std::string name :
         {"SLOTS_PER_EPOCH", "ATTESTATION_DUE_BPS", "ATTESTATION_DUE_BPS_GLOAS", "GLOAS_FORK_EPOCH",
          "CONFIG_NAME", "SLOT_DURATION_MS"}) {
        INFO(name);
        CHECK((decode_spec(spec_with('"' + name + "\":null")).value() == plain));
        for (const std::string odd : {"7", "[]", "{}", "true"}) {
            CHECK((decode_spec(spec_with('"' + name + "\":" + odd)).value() == without(name)));
        }
    }
    const auto check_out_of_range = [&](const std::string& name, const std::string& value) {
        CHECK(
            (decode_spec(spec_with('"' + name + R"(":")" + value + '"')).value() == without(name)));
    };
    check_out_of_range("SLOTS_PER_EPOCH", "0");
    check_out_of_range("SLOTS_PER_EPOCH", "65537");
    check_out_of_range("ATTESTATION_DUE_BPS", "10001");
    check_out_of_range("ATTESTATION_DUE_BPS_GLOAS", "10001");
    check_out_of_range("GLOAS_FORK_EPOCH", "never");
}

TEST_CASE("a public network's root with another genesis time is no genesis", "[beacon_api]") {
    const auto genesis_of = [](const chain::Network& network, std::chrono::seconds off) {
        const auto time = std::chrono::duration_cast<std::chrono::seconds>(
            network.clock.genesis().time_since_epoch() + off);
        return decode_genesis(R"({"data":{"genesis_time":")" + std::to_string(time.count()) +
                              R"(","genesis_validators_root":")" +
                              to_string(network.genesis_validators_root) + R"("}})");
    };
    for (const chain::Network& network : chain::known_networks()) {
        CHECK(genesis_of(network, 0s).has_value());
        CHECK((error_in(genesis_of(network, 1s)) == Error{ErrorCode::kBadValue, "genesis_time"}));
    }
}

TEST_CASE("flags that a node leaves out are false", "[beacon_api]") {
    const std::string full = R"({"data":{"head_slot":"1","sync_distance":"2","is_syncing":true,)"
                             R"("is_optimistic":true,"el_offline":true}})";
    CHECK((decode_syncing(full).value() == chain::SyncStatus{.head_slot = chain::Slot{1},
                                                             .sync_distance = 2,
                                                             .is_syncing = true,
                                                             .is_optimistic = true,
                                                             .el_offline = true}));
    for (const auto* const name : {"is_optimistic", "el_offline"}) {
        CHECK(decode_syncing(without_member(full, name)).has_value());
        CHECK((error_in(decode_syncing(with_member(full, name, quoted("x")))) ==
               Error{ErrorCode::kMissingField, name}));
    }
    CHECK_FALSE(decode_syncing(without_member(full, "is_optimistic")).value().is_optimistic);
    CHECK_FALSE(decode_syncing(with_member(full, "el_offline", "null")).value().el_offline);

    const std::string header = body("beacon_headers_head");
    CHECK_FALSE(decode_block_header(without_member(header, "execution_optimistic"))
                    .value()
                    .execution_optimistic);
    CHECK(decode_block_header(with_member(header, "execution_optimistic", "true"))
              .value()
              .execution_optimistic);
    CHECK_FALSE(decode_block_header(with_member(header, "canonical", "false")).value().canonical);
}

TEST_CASE("texts that people will read are made printable and cut", "[beacon_api]") {
    const std::string version = decode_version(tests::fixture("hostile/escapes.json")).value();
    CHECK(version == R"(\x1b]0;owned\x07\x0aLighthouse\xe2\x80\xae/v1)");
    const auto long_version =
        decode_version(R"({"data":{"version":")" + std::string(5000, 'v') + R"("}})");
    REQUIRE(long_version.has_value());
    CHECK(long_version->starts_with(std::string(120, 'v') + "..."));
    CHECK(long_version->size() == 123);
    CHECK(decode_spec(spec_with(R"("CONFIG_NAME":"a\u001bb")")).value().config_name == R"(a\x1bb)");
}

}  // namespace responses_test
