// That no name, version or word of a node makes the page grow.
#include <algorithm>
#include <random>

#include <catch2/catch.hpp>

#include "tests/metrics/metrics_fixture.hpp"

using tests::MetricsFixture;

namespace {

/// Text of any bytes.
std::string odd_text(std::mt19937& random, std::size_t bytes_max) {
    std::string text(1 + random() % bytes_max, ' ');
    for (char& c : text) {
        c = static_cast<char>(random() % 256);
    }
    return text;
}

}  // namespace

TEST_CASE("ten thousand odd names and versions leave the page as it was", "[metrics]") {
    constexpr int kNodes = 4;
    constexpr int kRounds = 2500;
    MetricsFixture fixture;
    fixture.learn_slot_time();
    std::mt19937 random{1};
    std::size_t most_series = 0;
    std::size_t most_bytes = 0;
    const auto play = [&](const std::vector<std::string>& names, bool with_odd_versions) {
        fixture.follow(names);
        for (const std::string& name : names) {
            auto status = MetricsFixture::status(name);
            status.version = with_odd_versions ? odd_text(random, 200) : "Teku/v1";
            status.last_byte.emplace();
            status.last_head.emplace();
            status.syncing.emplace();
            fixture.publish(status);
            fixture.publish(MetricsFixture::head(name, random()));
            // Names that nobody follows.
            fixture.lose(odd_text(random, 64), updates::StreamEndReason::kReset);
            fixture.publish(MetricsFixture::head(odd_text(random, 64), 1));
            fixture.publish(MetricsFixture::status(odd_text(random, 64)));
        }
    };
    play({"alpha", "beta", "gamma", "delta"}, false);
    const auto plain = fixture.page();
    for (int round = 0; round < kRounds; ++round) {
        std::vector<std::string> names;
        for (int i = 0; i < kNodes; ++i) {
            names.push_back(odd_text(random, 64));
        }
        play(names, true);
        // A page in between now and then: making all of them takes minutes under the sanitizers.
        if (round % 100 == 0 || round == kRounds - 1) {
            const std::string text = fixture.collector->text();
            const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) {
                return c == '\n' || (c >= ' ' && c <= '~');
            });
            CHECK(is_plain);
            const tests::Page page{text};
            most_series = std::max(most_series, page.size());
            most_bytes = std::max(most_bytes, page.bytes());
        }
    }
    CHECK(most_series == plain.size());
    // Each byte of a name may be written as four, and a backslash once more.
    CHECK(most_bytes < plain.bytes() + most_series * 5 * (64 + 3));
}

TEST_CASE("a node that left takes its series with it, the others keep theirs", "[metrics]") {
    MetricsFixture fixture;
    fixture.follow({"a", "b"});
    fixture.publish(MetricsFixture::head("a", 7));
    fixture.publish(MetricsFixture::head("b", 7));
    fixture.follow({"b", "c"});
    auto page = fixture.page();
    for (const auto& [sample, value] : page.samples()) {
        CHECK(sample.find("node=\"a\"") == std::string::npos);
    }
    CHECK(page.find("heads_first_total{node=\"b\"}") == 1);
    CHECK(page.find("heads_first_total{node=\"c\"}") == 0);
    // Whoever comes back counts from zero.
    fixture.follow({"a"});
    CHECK(fixture.find("heads_first_total{node=\"a\"}") == 0);
    CHECK_FALSE(fixture.find("heads_first_total{node=\"b\"}"));
}

TEST_CASE("a node has one version at a time", "[metrics]") {
    MetricsFixture fixture;
    fixture.follow({"a"});
    auto status = MetricsFixture::status("a");
    for (const char* version : {"Teku/v1", "Teku/v2", "", "Teku/v1", "made\x01up\\"}) {
        status.version = version;
        fixture.publish(status);
        CHECK(fixture.page().sum("node_info") == 1);
    }
    CHECK(fixture.find(R"(node_info{client="unknown",node="a",version="made\\x01up\\x5c"})") == 1);
    // Both are the same when they are cut.
    for (const std::size_t bytes : {499U, 500U}) {
        status.version = std::string(bytes, 'v');
        fixture.publish(status);
    }
    CHECK(fixture.find("node_info{client=\"unknown\",node=\"a\",version=\"" + std::string(64, 'v') +
                       "...\"}") == 1);
}

TEST_CASE("names that look alike when they are made printable are two nodes still", "[metrics]") {
    MetricsFixture fixture;
    const std::string first = std::string(64, 'n') + "1";
    const std::string second = std::string(64, 'n') + "2";
    fixture.follow({first, second});
    fixture.publish(MetricsFixture::head(first, 7));
    fixture.publish(MetricsFixture::head(second, 7));
    CHECK(fixture.page().sum("heads_first_total") == 2);
    fixture.follow({second});
    fixture.publish(MetricsFixture::head(second, 8));
    CHECK(fixture.page().sum("heads_first_total") == 2);
    fixture.follow({});
    CHECK(fixture.page().sum("heads_first_total") == 0);
}

TEST_CASE("ten thousand services that nobody named are bounded by the tree that names them",
          "[metrics]") {
    MetricsFixture fixture;
    const auto before = fixture.page().size();
    fixture.service_ends("monitor", updates::ServiceEndReason::kFailed);
    fixture.service_ends("monitor", updates::ServiceEndReason::kCancelled);
    CHECK(fixture.page().size() == before);
}
