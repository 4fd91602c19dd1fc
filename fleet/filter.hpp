#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace fleet {

/// Which instances of a fleet are meant.
struct Filter {
    /// Any of them; none: all.
    std::vector<std::string> instances;
    /// All of them.
    std::vector<std::pair<std::string, std::string>> labels;

    [[nodiscard]] bool admits_name(const std::string& name) const {
        return instances.empty() ||
               std::find(instances.begin(), instances.end(), name) != instances.end();
    }
    /// `of` are the labels of the instance as far as they are known.
    [[nodiscard]] bool admits(const std::string& name,
                              const std::map<std::string, std::string>& of) const {
        return admits_name(name) && std::all_of(labels.begin(), labels.end(), [&](const auto& one) {
                   const auto found = of.find(one.first);
                   return found != of.end() && found->second == one.second;
               });
    }
};

}  // namespace fleet
