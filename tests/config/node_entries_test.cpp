#include "config/node_entries.hpp"

#include <catch2/catch.hpp>

#include "tests/config/config_fixture.hpp"

namespace config_node_entries_test {

using config::EntriesForm;
using config::NodeSpec;
using monitor::Candidate;

constexpr const char* kSalt = "salt";

std::vector<Candidate> known() {
    return config::name_nodes(
               config::parse_nodes({"alpha=http://user:s3cr3t@a:1/k3y", "beta=http://b:2"}, "")
                   .value(),
               kSalt)
        .value();
}

std::vector<NodeSpec> nodes_of(std::string_view json, EntriesForm form = EntriesForm::kRequest) {
    auto entries = config::parse_node_entries(json, form, known(), kSalt);
    INFO((entries ? "" : entries.error().detail));
    REQUIRE(entries.has_value());
    return std::move(entries->nodes);
}

std::string wrong(std::string_view json, EntriesForm form = EntriesForm::kRequest) {
    const auto entries = config::parse_node_entries(json, form, known(), kSalt);
    return entries ? "" : entries.error().detail;
}

std::string candidates(const std::string& entries) {
    return "{\"candidates\":[" + entries + "]}";
}

TEST_CASE("an entry is a known node, or one by the rules of the config", "[config]") {
    const auto nodes = nodes_of(candidates(
        R"({"name":"alpha"},{"url":"http://c:3/"},)"
        R"({"name":"delta","url":"https://d/x?k=v","headers":{"X-Key":"v"},"network_check":"off",)"
        R"("silent_after_s":120,"stalled_slots":3})"));
    REQUIRE(nodes.size() == 3);
    CHECK(config::is_same_node(nodes[0], known()[0]));
    CHECK(nodes[1].name == "c:3");
    CHECK(nodes[1].endpoint.url.secret_text() == "http://c:3/");
    CHECK(nodes[2].endpoint.headers == std::vector<http::Header>{{"X-Key", "v"}});
    CHECK_FALSE(nodes[2].checks_network);
    CHECK((nodes[2].liveness.silent_after == std::chrono::seconds{120}));
    CHECK(nodes[2].liveness.stalled_slots == 3U);
}

TEST_CASE("an entry without a name gets one as in the config", "[config]") {
    const auto nodes = nodes_of(candidates(R"({"url":"http://c:3/x"},{"url":"http://c:3/y"})"));
    CHECK_THAT(nodes[0].name, Catch::StartsWith("c:3#"));
    CHECK(nodes[0].name != nodes[1].name);
}

TEST_CASE("Lighthouse's form names nodes by their URLs, and knows those that are followed",
          "[config]") {
    const auto nodes =
        nodes_of(R"({"beacon_nodes":["http://c:3/","http://user:s3cr3t@a:1/k3y/"],"more":1})",
                 EntriesForm::kLighthouse);
    CHECK(nodes[0].name == "c:3");
    CHECK(config::is_same_node(nodes[1], known()[0]));
    CHECK(wrong(R"({"beacon_nodes":[]})", EntriesForm::kLighthouse) ==
          "no nodes; a list has one at least");
    CHECK(wrong(R"({"beacon_nodes":["http://a",1]})", EntriesForm::kLighthouse) ==
          "entry 2: it is no string; write \"http://HOST:PORT\"");
    CHECK(wrong(R"({"beacon_nodes":["s3cr3t"]})", EntriesForm::kLighthouse) ==
          "entry 1: no scheme://host; write \"http://HOST:PORT\"");
    // One node is no two.
    CHECK_THAT(wrong(R"({"beacon_nodes":["http://b:2","http://b:2"]})", EntriesForm::kLighthouse),
               !Catch::Contains("beta"));
}

TEST_CASE("what is wrong with a list names the entry and shows no value", "[config]") {
    struct Case {
        std::string json;
        std::string problem;
    };
    const auto [json, problem] = GENERATE(values<Case>({
        {"", "this is not valid JSON (at byte 0)"},
        {"{\"candidates\":[]} x", "this is not valid JSON (at byte 18)"},
        {"[]", "the list is no JSON object"},
        {"{}", "candidates must be there, as an array"},
        {R"({"candidates":{}})", "candidates must be there, as an array"},
        {R"({"candidates":[]})", "no nodes; a list has one at least"},
        {R"({"candidates":[{"name":"alpha"}],"s3cr3t":1})", "unknown key beside candidates"},
        {R"({"candidates":[{"name":"alpha"}],"content_mark":"x"})",
         "unknown key beside candidates"},
        {R"({"candidates":[{"name":"alpha"}],"candidates":[{"name":"beta"}]})",
         "candidates stands twice"},
        {candidates("1"),
         R"(entry 1: it is no object; write {"name":"NAME","url":"http://HOST:PORT"})"},
        {candidates(R"({"name":"alpha"},{"name":"gamma"})"),
         "entry 2 \"gamma\": no node of that name is known; give its url"},
        {candidates(R"({"name":"http://s3cr3t"})"),
         "entry 1: a node's name looks like a URL, which may hold secrets; give it another one"},
        {candidates(R"({"name":7,"url":"http://c"})"),
         "entry 1: name must be a string; put it in quotes"},
        {candidates(R"({"name":"gamma","headers":{}})"),
         "entry 1 \"gamma\": this node has no url; add url = \"http://HOST:PORT\""},
        {candidates(R"({"name":"gamma","url":"gopher://s3cr3t"})"),
         "entry 1 \"gamma\": the scheme is not http or https; write url = \"http://HOST:PORT\""},
        {candidates(R"({"name":"gamma","url":"http://c","url":"http://s3cr3t"})"),
         "entry 1: a key stands twice"},
        {candidates(R"({"name":"gamma","urll":"http://s3cr3t"})"),
         "entry 1 \"gamma\": unknown key \"urll\"; did you mean \"url\"?"},
        {candidates(R"({"name":"gamma","url":"http://c","headers":{"a b":"s3cr3t"}})"),
         "entry 1 \"gamma\": this is no HTTP header; a name has no spaces or colons, a value no "
         "line breaks"},
        {candidates(R"({"name":"gamma","url":"http://c","headers":{"a":"s3cr3t\r\nb: c"}})"),
         "entry 1 \"gamma\": this is no HTTP header; a name has no spaces or colons, a value no "
         "line breaks"},
        {candidates(R"({"name":"gamma","url":"http://c","stalled_slots":1.5})"),
         "entry 1 \"gamma\": stalled_slots must be a whole number from 1 to 1000"},
        {candidates(R"({"name":"gamma","url":"http://c","headers_from_env":{"A":"HOME"}})"),
         "entry 1 \"gamma\": headers_from_env is for the config file alone; name a node that it "
         "has"},
        {candidates(R"({"name":"gamma","url":"http://c","ca_file":"/etc/shadow"})"),
         "entry 1 \"gamma\": ca_file is for the config file alone; name a node that it has"},
        {candidates(R"({"name":"alpha"},{"name":"alpha","url":"http://c"})"),
         "entry 2 \"alpha\": a second node named \"alpha\" (the first: entry 1 \"alpha\"); give "
         "each node a name of its own"},
        {candidates(R"({"name":"gamma","url":"http://c","headers":{"a":{"b":{"c":1}}}})"),
         "entry 1: nested too deep"},
    }));
    CHECK(wrong(json) == problem);
    CHECK_THAT(wrong(json), !Catch::Contains("s3cr3t"));
}

TEST_CASE("a list that is nested a million times deep is an error", "[config]") {
    constexpr std::size_t kDeep = 1'000'000;
    CHECK_FALSE(wrong(std::string(kDeep, '[')).empty());
    CHECK_FALSE(wrong(std::string(kDeep, '[') + std::string(kDeep, ']')).empty());
    CHECK_FALSE(wrong("{\"candidates\":" + std::string(kDeep, '[') + std::string(kDeep, ']') + "}")
                    .empty());
    CHECK(wrong(candidates("{\"name\":" + std::string(kDeep, '[') + std::string(kDeep, ']') +
                           "}")) == "entry 1: nested too deep");
}

TEST_CASE("text that is no UTF-8 is no JSON", "[config]") {
    CHECK_THAT(wrong(candidates("{\"name\":\"\xff\",\"url\":\"http://c\"}")),
               Catch::StartsWith("this is not valid JSON"));
}

TEST_CASE("a saved list reads as it was, and keeps nothing of the config's own", "[config]") {
    const auto nodes = nodes_of(
        candidates(R"({"name":"alpha"},{"name":"beta","url":"http://other:2/p@th"},)"
                   R"({"name":"delta","url":"https://d/x?k=v","headers":{"X-Key":"v\"\\ü"},)"
                   R"("network_check":"off","silent_after_s":120,"stalled_slots":3})"));
    const std::string saved = config::saved_node_entries(nodes, known(), "mark");
    CHECK(saved.find("s3cr3t") == std::string::npos);
    CHECK(saved.find("k3y") == std::string::npos);
    const auto again = config::parse_node_entries(saved, EntriesForm::kSaved, known(), kSalt);
    REQUIRE(again.has_value());
    CHECK(again->content_mark == "mark");
    REQUIRE(again->nodes.size() == nodes.size());
    const auto before = config::make_candidates(nodes);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        CHECK(config::is_same_node(again->nodes[i], before[i]));
    }
}

}  // namespace config_node_entries_test
