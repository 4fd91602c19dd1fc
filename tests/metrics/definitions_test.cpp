#include "metrics/definitions.hpp"

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "metrics/reference.hpp"
#include "tests/metrics/metrics_fixture.hpp"
#include "updates/update.hpp"

using metrics::Definition;
using metrics::Metric;
using metrics::Type;
using metrics::Unit;

namespace {

bool is_word(std::string_view text) {
    return !text.empty() &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
}

/// Adds the labels of a sample, `name{a="1",b="2"}`, whose values hold no quote.
void collect(const std::string& sample, std::map<std::string, std::set<std::string>>& labels) {
    auto begin = sample.find('{');
    while (begin != std::string::npos && begin + 1 < sample.size()) {
        const auto equals = sample.find('=', begin);
        const auto end = sample.find('"', equals + 2);
        labels[sample.substr(begin + 1, equals - begin - 1)].insert(
            sample.substr(equals + 2, end - equals - 2));
        begin = sample.find(',', end);
    }
}

}  // namespace

TEST_CASE("every metric stands in its place, under a name that says its type and unit",
          "[metrics]") {
    std::set<std::string> names;
    std::size_t place = 0;
    for (const Definition& row : metrics::definitions()) {
        INFO(row.name);
        CHECK(static_cast<std::size_t>(row.metric) == place++);
        CHECK(names.insert(row.name).second);
        CHECK(row.name.starts_with("vc_head_monitor_"));
        CHECK(is_word(row.name));
        CHECK(row.name.ends_with("_total") == (row.type == Type::kCounter));
        CHECK(row.name.ends_with("_seconds") == (row.unit == Unit::kSeconds));
    }
    CHECK(place == static_cast<std::size_t>(Metric::kBuildInfo) + 1);
}

TEST_CASE("every metric is explained in one line that needs no escaping, and used or excused",
          "[metrics]") {
    for (const Definition& row : metrics::definitions()) {
        INFO(row.name);
        CHECK(row.help.size() > 20);
        CHECK(row.help.ends_with('.'));
        CHECK(row.help.find_first_of("\n\\") == std::string::npos);
        CHECK(row.debugging.empty() == (row.used_by != metrics::UsedBy::kDebugging));
    }
}

TEST_CASE("every label has a bounded set of values, or says what bounds it", "[metrics]") {
    for (const Definition& row : metrics::definitions()) {
        for (const metrics::Label& label : row.labels) {
            INFO(row.name << " " << label.name);
            CHECK(is_word(label.name));
            CHECK(label.name != "le");
            CHECK(label.values.empty() != label.open_values.empty());
            const std::set<std::string> unique{label.values.begin(), label.values.end()};
            CHECK(unique.size() == label.values.size());
        }
    }
}

TEST_CASE("the labels on the page are those of the table, with their values", "[metrics]") {
    tests::MetricsFixture fixture;
    fixture.learn_slot_time();
    fixture.follow({"a"});
    auto status = tests::MetricsFixture::status("a");
    status.syncing.emplace();
    status.retry_at = base::Instant{};
    fixture.publish(status);
    fixture.publish(tests::MetricsFixture::head("a", 1));
    fixture.judge(1, updates::Verdict::kOnTime);
    fixture.publish(updates::BestHead{updates::NodeId{"a"}, tests::head(1, 1)});
    fixture.publish(updates::ClockSkew{{}, base::Duration{}, base::Duration{}, true});
    metrics::Readings readings;
    readings.recording.emplace();
    readings.history.emplace();
    readings.history->last_written.emplace();
    readings.history->file_bytes.emplace();
    const auto page = fixture.page(readings);
    for (const Definition& row : metrics::definitions()) {
        INFO(row.name);
        std::map<std::string, std::set<std::string>> labels;
        const std::string short_name = row.name.substr(metrics::kPrefix.size());
        bool is_there = false;
        for (const auto& [sample, value] : page.samples()) {
            const std::string name = sample.substr(0, sample.find('{'));
            if (name != short_name && name != short_name + "_count") {
                continue;
            }
            is_there = true;
            collect(sample, labels);
        }
        CHECK(is_there);
        CHECK(labels.size() == row.labels.size());
        for (const metrics::Label& label : row.labels) {
            const std::set<std::string> all{label.values.begin(), label.values.end()};
            if (row.metric == Metric::kNodeInfo && label.name == "client") {
                // A node runs one software at a time.
                CHECK(std::includes(all.begin(), all.end(), labels["client"].begin(),
                                    labels["client"].end()));
            } else if (!all.empty()) {
                CHECK(labels[label.name] == all);
            }
        }
    }
}

TEST_CASE("the buckets are dense where votes are won, with the deadlines exact", "[metrics]") {
    const auto delays = metrics::arrival_delay_edges();
    CHECK(std::is_sorted(delays.begin(), delays.end(), std::less_equal<>{}));
    CHECK(delays.front() == 0);
    for (const double edge : {0.5, 2.0, 3.0, 4.0, 4.5, 6.0, 12.0}) {
        CHECK(std::find(delays.begin(), delays.end(), edge) != delays.end());
    }
    CHECK(delays.back() > 12);
    for (std::size_t i = 1; i < delays.size(); ++i) {
        if (delays[i] > 0.5 && delays[i] <= 4.5) {
            CHECK(delays[i] - delays[i - 1] <= 0.25);
        }
    }
    const auto lags = metrics::lag_edges();
    CHECK(std::is_sorted(lags.begin(), lags.end(), std::less_equal<>{}));
    CHECK(lags.front() == 0.001);
    CHECK(lags.back() == 2);
}

TEST_CASE("the page on metrics is the one that the table makes", "[metrics]") {
    std::ifstream file{HEADMON_METRICS_PAGE};
    std::ostringstream text;
    text << file.rdbuf();
    INFO("make it anew: the program metrics_reference > docs/metrics.md");
    CHECK(text.str() == metrics::reference_page());
}
