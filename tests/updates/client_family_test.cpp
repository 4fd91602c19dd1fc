#include "updates/client_family.hpp"

#include <set>
#include <string>

#include <catch2/catch.hpp>

namespace client_family_test {

using namespace std::chrono_literals;
using updates::ClientFamily;
using updates::find_client_family;
using updates::find_client_habits;
using updates::KeepAlive;
using updates::UnknownTopic;

TEST_CASE("the version string of each client names its family", "[beacon_api]") {
    CHECK((find_client_family("Lighthouse/v7.1.0-cfb1f73/x86_64-linux") ==
           ClientFamily::kLighthouse));
    CHECK((find_client_family("teku/v25.9.0/linux-x86_64/-eclipseadoptium-openjdk64bitservervm") ==
           ClientFamily::kTeku));
    CHECK((find_client_family("Prysm/v6.0.4 (linux amd64)") == ClientFamily::kPrysm));
    CHECK((find_client_family("Nimbus/v25.7.0-6c0d75-stateofus") == ClientFamily::kNimbus));
    CHECK((find_client_family("Lodestar/v1.5.1/2115aa7") == ClientFamily::kLodestar));
    CHECK((find_client_family("Grandine/1.1.2-abc/x86_64-linux") == ClientFamily::kGrandine));
    CHECK((find_client_family("Caplin/v3.0.4") == ClientFamily::kCaplin));
    CHECK((find_client_family("erigon/3.01.0/linux-amd64/go1.23.4") == ClientFamily::kCaplin));
    CHECK((find_client_family("PRYSM") == ClientFamily::kPrysm));
}

TEST_CASE("another software has no family, nor has a word that only begins like one",
          "[beacon_api]") {
    CHECK_FALSE(find_client_family(""));
    CHECK_FALSE(find_client_family("charon/v1.4.0"));
    CHECK_FALSE(find_client_family("tekuzilla/v1.0.0"));
    CHECK_FALSE(find_client_family("Tek"));
    CHECK_FALSE(find_client_family("my Lodestar/v1.5.1"));
}

TEST_CASE("every family has habits and a name of its own", "[beacon_api]") {
    std::set<std::string_view> seen;
    for (const ClientFamily family : updates::kAllClientFamilies) {
        const std::string_view name = to_string(family);
        CHECK(seen.insert(name).second);
        const auto habits = find_client_habits(std::string{name} + "/v99.0.0");
        REQUIRE(habits);
        CHECK((habits->family == family));
    }
}

TEST_CASE("keep-alives are those that the clients were seen to send", "[beacon_api]") {
    const auto period = [](std::string_view version) {
        const auto habits = find_client_habits(version);
        REQUIRE(habits);
        return keep_alive_period(habits->keep_alive, 5s);
    };
    CHECK((period("Lighthouse/v7.1.0") == 15s));
    CHECK((period("teku/v25.9.0") == 30s));
    CHECK((period("Prysm/v6.0.4") == 5s));
    CHECK_FALSE(period("Nimbus/v25.7.0"));
    CHECK((period("Grandine/1.1.2") == 15s));
    CHECK((period("Caplin/v3.0.4") == 5s));
}

TEST_CASE("older Lodestars keep silent, newer ones send a keep-alive and early headers",
          "[beacon_api]") {
    const auto old = find_client_habits("Lodestar/v1.5.1/2115aa7");
    REQUIRE(old);
    CHECK((old->keep_alive.every == KeepAlive::Every::kNever));
    CHECK((old->unknown_topic == UnknownTopic::kSilence));
    CHECK_FALSE(old->headers_at_once);

    const auto middle = find_client_habits("Lodestar/v1.48.0/abcdef0");
    REQUIRE(middle);
    CHECK((middle->keep_alive.every == KeepAlive::Every::kNever));
    CHECK((middle->unknown_topic == UnknownTopic::kStatus));

    const auto current = find_client_habits("Lodestar/v1.50.2/abcdef0");
    REQUIRE(current);
    CHECK((keep_alive_period(current->keep_alive, 12s) == 15s));
    CHECK(current->headers_at_once);

    const auto next = find_client_habits("Lodestar/v2.0.0/abcdef0");
    REQUIRE(next);
    CHECK((next->keep_alive == current->keep_alive));
}

TEST_CASE("a version whose numbers cannot be read counts as the oldest", "[beacon_api]") {
    for (const std::string_view version :
         {"Lodestar", "Lodestar/", "Lodestar/vX.Y", "Lodestar/v7", "Lodestar/v1.",
          "Lodestar/v99999999999999999999.1.1", "Lodestar/v1.99999999999999999999"}) {
        const auto habits = find_client_habits(version);
        REQUIRE(habits);
        CHECK((habits->keep_alive.every == KeepAlive::Every::kNever));
        CHECK((habits->unknown_topic == UnknownTopic::kSilence));
    }
}

TEST_CASE("a version is shown as the client's name and its version", "[updates]") {
    CHECK(updates::short_version("Lodestar/v1.5.1/2115aa7") == "Lodestar/v1.5.1");
    CHECK(updates::short_version("Lodestar/v1.5.1") == "Lodestar/v1.5.1");
    CHECK(updates::short_version("Lodestar").size() == 8);
    CHECK(updates::short_version("").empty());
    CHECK(updates::short_version(std::string(100, 'a') + "/v1").size() == 30);
}

}  // namespace client_family_test
