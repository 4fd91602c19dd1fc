// docs/updates.md says what is written.
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/support/loop.hpp"
#include "tests/updates/facts.hpp"
#include "updates/kind.hpp"

namespace json_docs_test {

using namespace tests::facts;

TEST_CASE("every member of every update is described in docs/updates.md", "[updates]") {
    const std::string page = tests::fixture("../docs/updates.md");
    const auto section = [&](const std::string& heading) {
        const auto begin = page.find("\n## " + heading + "\n");
        REQUIRE(begin != std::string::npos);
        const auto end = page.find("\n## ", begin + 1);
        return page.substr(begin, end == std::string::npos ? end : end - begin);
    };
    const std::string common = section("Every update");
    for (const auto& fact : every_fact()) {
        const auto object = parsed(fact);
        const std::string own = section(std::string{object.at("update").as_string()});
        const auto is_described = [&](const boost::json::object& members) {
            for (const auto& member : members) {
                const std::string name = "`" + std::string{member.key()} + "`";
                INFO(name << " of " << object.at("update").as_string());
                CHECK((common + own).find(name) != std::string::npos);
                // The example shows it too.
                const std::string in_example = "\"" + std::string{member.key()} + "\":";
                CHECK(own.find(in_example) != std::string::npos);
            }
        };
        is_described(object);
        if (object.contains("branches")) {
            is_described(object.at("branches").at(0).as_object());
        }
    }
    for (const updates::StreamEndReason reason : updates::kAllStreamEndReasons) {
        const std::string name = "`" + std::string{to_string(reason)} + "`";
        INFO(name);
        CHECK(section("stream_ended").find(name) != std::string::npos);
    }
}

TEST_CASE("each word of a set is described where it is used, and each example is JSON",
          "[updates]") {
    const std::string page = tests::fixture("../docs/updates.md");
    using updates::to_string;
    std::vector<std::string_view> words;
    for (const auto verdict :
         {updates::Verdict::kOnTime, updates::Verdict::kLate, updates::Verdict::kMissed,
          updates::Verdict::kOptimistic, updates::Verdict::kUnknown}) {
        words.push_back(to_string(verdict));
    }
    for (const auto timeliness :
         {updates::HeadTimeliness::kLive, updates::HeadTimeliness::kStale,
          updates::HeadTimeliness::kBackfill, updates::HeadTimeliness::kPolled}) {
        words.push_back(to_string(timeliness));
    }
    for (const auto level : {updates::ClockSkew::Level::kNone, updates::ClockSkew::Level::kSkewed,
                             updates::ClockSkew::Level::kVerdictsSuspended}) {
        words.push_back(to_string(level));
    }
    for (const auto set : {updates::TopicSet::kHeadV2Full, updates::TopicSet::kHeadFull,
                           updates::TopicSet::kHeadOnly}) {
        words.push_back(to_string(set));
    }
    for (const std::string_view word : words) {
        INFO(word);
        CHECK(page.find("`" + std::string{word} + "`") != std::string::npos);
    }
    std::size_t examples = 0;
    constexpr std::string_view kFence = "```json\n";
    for (auto at = page.find(kFence); at != std::string::npos; at = page.find(kFence, at + 1)) {
        const auto begin = at + kFence.size();
        CHECK(boost::json::parse(page.substr(begin, page.find('\n', begin) - begin)).is_object());
        ++examples;
    }
    // `lagged` besides.
    CHECK(examples == std::variant_size_v<updates::Fact> + 1);
}

}  // namespace json_docs_test
