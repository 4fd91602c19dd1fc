#include "metrics/series.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <utility>

#include "base/printable.hpp"

namespace metrics {
namespace {

std::vector<double> edges(Metric metric) {
    const auto all = metric == Metric::kHeadLag ? lag_edges() : arrival_delay_edges();
    return {all.begin(), all.end()};
}

}  // namespace

Families::Families() {
    const Labels none;
    for (const Definition& row : definitions()) {
        switch (row.type) {
            case Type::kCounter:
                families_.emplace_back(std::make_unique<prometheus::Family<prometheus::Counter>>(
                    row.name, row.help, none));
                break;
            case Type::kGauge:
                families_.emplace_back(std::make_unique<prometheus::Family<prometheus::Gauge>>(
                    row.name, row.help, none));
                break;
            case Type::kHistogram:
                families_.emplace_back(std::make_unique<prometheus::Family<prometheus::Histogram>>(
                    row.name, row.help, none));
                break;
        }
    }
}

Counter Families::counter(Metric metric, const Labels& labels) {
    auto& all = family<prometheus::Counter>(metric);
    return Counter{&all.Add(labels), {&all}};
}

Gauge Families::gauge(Metric metric, const Labels& labels) {
    auto& all = family<prometheus::Gauge>(metric);
    return Gauge{&all.Add(labels), {&all}};
}

Histogram Families::histogram(Metric metric, const Labels& labels) {
    auto& all = family<prometheus::Histogram>(metric);
    return Histogram{&all.Add(labels, edges(metric)), {&all}};
}

std::string Families::text() const {
    std::vector<prometheus::MetricFamily> all;
    for (const AnyFamily& any : families_) {
        auto collected = std::visit([](const auto& family) { return family->Collect(); }, any);
        for (prometheus::MetricFamily& family : collected) {
            std::sort(family.metric.begin(), family.metric.end(),
                      [](const auto& a, const auto& b) { return a.label < b.label; });
            all.push_back(std::move(family));
        }
    }
    return prometheus::TextSerializer{}.Serialize(all);
}

std::string label_text(std::string_view text, std::size_t bytes_max) {
    const bool is_fit =
        text.size() <= bytes_max &&
        std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
    return is_fit ? std::string{text} : base::printable(text, bytes_max);
}

Labels with(Labels labels, std::string name, std::string value) {
    labels.insert_or_assign(std::move(name), std::move(value));
    return labels;
}

}  // namespace metrics
