// Events of topics that the configuration adds: any JSON object, known by its content.
#include <string>

#include <catch2/catch.hpp>

#include "beacon_api/events.hpp"

namespace beacon_api_extra_events_test {

using base::Error;
using base::ErrorCode;
using beacon_api::ExtraEvent;

base::Result<beacon_api::ChainEvent> decode(const std::string& data,
                                            const std::string& topic = "voluntary_exit") {
    beacon_api::EventDecoder decoder{{"voluntary_exit", "proposer_slashing"}};
    return decoder.decode(topic, data);
}

ExtraEvent event_of(const std::string& data, const std::string& topic = "voluntary_exit") {
    return std::get<ExtraEvent>(decode(data, topic).value());
}

TEST_CASE("an event of an extra topic is passed on as it came, on one line", "[beacon_api]") {
    const ExtraEvent event = event_of("{ \"b\": [1.50, 1e3, null],\r\n\t\"a\": \"x \\n\\u00e4\" }");
    CHECK(event.topic == "voluntary_exit");
    CHECK(event.data == R"({"b":[1.50,1e3,null],"a":"x \n\u00e4"})");
}

TEST_CASE("the same content has one name, however it is written", "[beacon_api]") {
    const auto content = event_of(R"({"b":[{"y":"1","x":true}],"a":"ä"})").content;
    CHECK(event_of("{\"a\" : \"\\u00e4\", \"b\":[ {\"x\":true,\n\"y\":\"1\"}]}").content ==
          content);
    for (const char* const other :
         {R"({"b":[{"y":"1","x":false}],"a":"ä"})", R"({"b":[{"y":"1","x":true}],"a":"a"})",
          R"({"b":[{"y":1,"x":true}],"a":"ä"})", R"({"b":{"y":"1","x":true},"a":"ä"})",
          R"({"b":[{"y":"1"},{"x":true}],"a":"ä"})", R"({"b":[{"y":"1","x":true}]})"}) {
        INFO(other);
        CHECK(event_of(other).content != content);
    }
    CHECK(event_of(R"({"a":["1","2"]})").content != event_of(R"({"a":["2","1"]})").content);
    // The lengths are part of it, so no text can look like what follows it.
    CHECK(event_of(R"({"a":"1:b"})").content != event_of(R"({"a":"","b":""})").content);
    CHECK(event_of("{}").content != event_of("{}", "proposer_slashing").content);
}

TEST_CASE("what is no JSON object is no event of an extra topic", "[beacon_api]") {
    for (const std::string data : {"", "{", "[]", "\"a\"", "1", "{} {}", R"({"a":})",
                                   "{\"a\":\"\n\"}", "{\"a\":\"\xff\"}"}) {
        INFO(data);
        CHECK((decode(data).error() == Error{ErrorCode::kMalformedJson, "voluntary_exit"}));
    }
    std::string deep = "{\"a\":";
    deep.append(100'000, '[').append(100'000, ']').append("}");
    CHECK((decode(deep).error().code == ErrorCode::kMalformedJson));
}

TEST_CASE("an event of an extra topic may be half a mebibyte long", "[beacon_api]") {
    const auto of_size = [](std::size_t bytes) {
        return "{\"a\":\"" + std::string(bytes - 8, 'x') + "\"}";
    };
    CHECK(event_of(of_size(beacon_api::kExtraEventBytesMax)).data.size() == 512U * 1024);
    CHECK((decode(of_size(beacon_api::kExtraEventBytesMax + 1)).error() ==
           Error{ErrorCode::kTooLong, "voluntary_exit"}));
}

TEST_CASE("a topic that is neither ours nor configured is kept as it came", "[beacon_api]") {
    const auto other = decode("no JSON", "payload_attributes");
    CHECK((std::get<beacon_api::OtherEvent>(other.value()).data == "no JSON"));
}

}  // namespace beacon_api_extra_events_test
