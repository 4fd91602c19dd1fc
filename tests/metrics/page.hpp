#pragma once

#include <charconv>
#include <cstddef>
#include <map>
#include <optional>
#include <sstream>
#include <string>

#include "metrics/collector.hpp"

namespace tests {

/// The samples of a page of `/metrics`, each by its name without the prefix and with its labels.
class Page {
  public:
    explicit Page(const std::string& text) : bytes_{text.size()} {
        std::istringstream lines{text};
        for (std::string line; std::getline(lines, line);) {
            if (line.starts_with('#')) {
                continue;
            }
            const auto space = line.rfind(' ');
            samples_[line.substr(metrics::kPrefix.size(), space - metrics::kPrefix.size())] =
                std::stod(line.substr(space + 1));
        }
    }

    /// Nothing when there is no such sample.
    [[nodiscard]] std::optional<double> find(const std::string& sample) const {
        const auto found = samples_.find(sample);
        return found == samples_.end() ? std::nullopt : std::optional{found->second};
    }
    /// The sum of all samples whose text begins so.
    [[nodiscard]] double sum(const std::string& begin) const {
        double total = 0;
        for (auto it = samples_.lower_bound(begin);
             it != samples_.end() && it->first.starts_with(begin); ++it) {
            total += it->second;
        }
        return total;
    }
    [[nodiscard]] std::size_t size() const { return samples_.size(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    [[nodiscard]] const std::map<std::string, double>& samples() const { return samples_; }

  private:
    std::map<std::string, double> samples_;
    std::size_t bytes_;
};

}  // namespace tests
