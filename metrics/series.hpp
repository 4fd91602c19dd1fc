// Private to the collector: pulls in prometheus-cpp.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "metrics/definitions.hpp"

namespace metrics {

using Labels = prometheus::Labels;

/// Takes a series out of its family.
template <class T>
struct Remover {
    prometheus::Family<T>* family = nullptr;
    void operator()(T* series) const { family->Remove(series); }
};

/// One series, which is gone with its owner. Found once; counting then looks nothing up.
template <class T>
using Series = std::unique_ptr<T, Remover<T>>;

using Counter = Series<prometheus::Counter>;
using Gauge = Series<prometheus::Gauge>;
using Histogram = Series<prometheus::Histogram>;

/// One family for each definition. Outlives all its series.
class Families {
  public:
    Families();

    /// A new series. No two owners may have the same labels.
    [[nodiscard]] Counter counter(Metric metric, const Labels& labels = {});
    [[nodiscard]] Gauge gauge(Metric metric, const Labels& labels = {});
    [[nodiscard]] Histogram histogram(Metric metric, const Labels& labels = {});

    /// Prometheus' text format: in the order of the table, each family's series by their labels.
    [[nodiscard]] std::string text() const;

  private:
    template <class T>
    using Family = std::unique_ptr<prometheus::Family<T>>;
    using AnyFamily = std::variant<Family<prometheus::Counter>, Family<prometheus::Gauge>,
                                   Family<prometheus::Histogram>>;

    template <class T>
    [[nodiscard]] prometheus::Family<T>& family(Metric metric) {
        return *std::get<Family<T>>(families_[static_cast<std::size_t>(metric)]);
    }

    std::vector<AnyFamily> families_;
};

/// A gauge that is absent until it has a value.
class LateGauge {
  public:
    LateGauge(Families& families, Metric metric, Labels labels = {})
        : families_{families}, metric_{metric}, labels_{std::move(labels)} {}

    void set(double value) {
        if (!gauge_) {
            gauge_ = families_.gauge(metric_, labels_);
        }
        gauge_->Set(value);
    }
    void clear() { gauge_.reset(); }

  private:
    Families& families_;
    Metric metric_;
    Labels labels_;
    Gauge gauge_;
};

/// Text from outside as a label's value: as it is when it is printable ASCII of at most `bytes_max`
/// bytes, else cut and made printable.
[[nodiscard]] std::string label_text(std::string_view text, std::size_t bytes_max);

/// `labels` and one more.
[[nodiscard]] Labels with(Labels labels, std::string name, std::string value);

template <const auto& Values>
constexpr bool count_from_zero() {
    for (std::size_t i = 0; i < Values.size(); ++i) {
        if (static_cast<std::size_t>(Values[i]) != i) {
            return false;
        }
    }
    return true;
}

/// A series for each value of an enum.
template <class Kind, const auto& Values>
class PerValue {
  public:
    static_assert(count_from_zero<Values>(), "the enumerators are the places");

    template <class Make>
    PerValue(const std::string& label, const Labels& labels, Make make) {
        for (std::size_t i = 0; i < Values.size(); ++i) {
            series_[i] = make(with(labels, label, std::string{to_string(Values[i])}));
        }
    }
    template <class Value>
    [[nodiscard]] auto& operator[](Value value) const {
        return *series_[static_cast<std::size_t>(value)];
    }

  private:
    std::array<Kind, Values.size()> series_;
};

/// 1 for one value of an enum, 0 for all others.
template <const auto& Values>
class OneHot {
  public:
    OneHot(Families& families, Metric metric, const std::string& label, const Labels& labels,
           typename std::remove_cvref_t<decltype(Values)>::value_type first)
        : gauges_{label, labels, [&](const Labels& all) { return families.gauge(metric, all); }},
          hot_{first} {
        gauges_[hot_].Set(1);
    }
    void set(typename std::remove_cvref_t<decltype(Values)>::value_type value) {
        if (value != hot_) {
            gauges_[hot_].Set(0);
            gauges_[value].Set(1);
            hot_ = value;
        }
    }

  private:
    PerValue<Gauge, Values> gauges_;
    typename std::remove_cvref_t<decltype(Values)>::value_type hot_;
};

}  // namespace metrics
