#include "simulator/client_profile.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "simulator/rest.hpp"

namespace client_profile_test {

using namespace std::chrono_literals;
using simulator::ClientProfile;
using simulator::find_client_profile;

namespace {

const ClientProfile& profile(std::string_view name) {
    const ClientProfile* const found = find_client_profile(name);
    REQUIRE(found != nullptr);
    return *found;
}

std::string wire(std::string_view client, bool comment_inside = false) {
    std::string out;
    simulator::append_event(out, profile(client), "head", R"({"slot":"1"})", comment_inside);
    return out;
}

}  // namespace

TEST_CASE("each client writes an event as its sources do", "[simulator]") {
    CHECK(wire("lighthouse") == "event:head\ndata:{\"slot\":\"1\"}\n\n");
    CHECK(wire("teku") == "event: head\ndata: {\"slot\":\"1\"}\n\n");
    CHECK(wire("teku", true) == "event: head\n: \ndata: {\"slot\":\"1\"}\n\n");
    CHECK(wire("prysm") == "event: head\ndata: {\"slot\":\"1\"}\n\n");
    CHECK(wire("nimbus") == "event: head\r\ndata: {\"slot\":\"1\"}\r\n\r\n");
    CHECK(wire("lodestar") == "event: head\ndata: {\"slot\":\"1\"}\n\n\n");
    CHECK(wire("grandine") == "event: head\ndata: {\"slot\":\"1\"}\n\n");
    CHECK(wire("caplin") == "event: head\ndata: {\"slot\":\"1\"}\n\n");
    CHECK(find_client_profile("geth") == nullptr);
}

TEST_CASE("comments and keep-alives are those of the client", "[simulator]") {
    using simulator::KeepAlive;
    CHECK(profile("lighthouse").keep_alive_comment == ":\n\n");
    CHECK(profile("lighthouse").keep_alive_seconds == 15s);
    CHECK(profile("teku").greeting == ": ready\n");
    CHECK(profile("teku").keep_alive_comment == ": \n");
    CHECK((profile("teku").keep_alive == KeepAlive::kWhenIdle));
    CHECK(profile("teku").keep_alive_seconds == 30s);
    CHECK(profile("prysm").greeting == ":\n\n");
    CHECK((profile("nimbus").keep_alive == KeepAlive::kNever));
    CHECK((profile("lodestar").keep_alive == KeepAlive::kNever));
    CHECK(profile("grandine").keep_alive_seconds == 15s);
    CHECK((profile("caplin").keep_alive == KeepAlive::kEachSlot));
}

TEST_CASE("keep-alive periods keep their part of a short slot", "[simulator]") {
    const ClientProfile& lighthouse = profile("lighthouse");
    CHECK(keep_alive_period(lighthouse, 12s) == 15s);
    CHECK(keep_alive_period(lighthouse, 24s) == 15s);
    CHECK(keep_alive_period(lighthouse, 6s) == 7500ms);
    CHECK(keep_alive_period(lighthouse, 100ms) == 125ms);
    CHECK(keep_alive_period(lighthouse, 10ms) == 20ms);
    CHECK(keep_alive_period(profile("prysm"), 100ms) == 100ms);
}

TEST_CASE("topics are read as each client reads them", "[simulator]") {
    using Topics = std::vector<std::string>;
    const auto topics_for = [](const char* client, const char* query) {
        return simulator::topics_of(*simulator::find_client_profile(client),
                                    std::string{"/eth/v1/events?"} + query);
    };
    CHECK(topics_for("lighthouse", "topics=head,block") == Topics{"head", "block"});
    CHECK(topics_for("lighthouse", "topics=head%2Cblock") == Topics{"head", "block"});
    CHECK(topics_for("teku", "topics=head&x=1&topics=block") == Topics{"head", "block"});
    CHECK(topics_for("caplin", "topics=head,block&topics=chain_reorg") == Topics{"head", "block"});
    CHECK(topics_for("lodestar", "topics=head,block") == Topics{"head,block"});
    CHECK(topics_for("lodestar", "topics=head&topics=block") == Topics{"head", "block"});
    CHECK(topics_for("prysm", "").empty());
    CHECK(simulator::topics_of(*simulator::find_client_profile("prysm"), "/eth/v1/events").empty());
}

}  // namespace client_profile_test
