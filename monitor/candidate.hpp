#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

#include "http/request.hpp"
#include "monitor/liveness.hpp"

namespace monitor {

/// A candidate's stable id: its configured name, never its place in a list.
class CandidateId {
  public:
    explicit CandidateId(std::string name) : name_{std::move(name)} {}

    [[nodiscard]] const std::string& name() const { return name_; }

    friend auto operator<=>(const CandidateId&, const CandidateId&) = default;

  private:
    std::string name_;
};

/// A beacon node that we may follow.
struct Candidate {
    CandidateId id;
    http::Endpoint endpoint;
    /// Where the config has limits of its own for this node.
    LivenessOverride liveness{};

    friend bool operator==(const Candidate&, const Candidate&) = default;
};

}  // namespace monitor

template <>
struct std::hash<monitor::CandidateId> {
    std::size_t operator()(const monitor::CandidateId& id) const noexcept {
        return std::hash<std::string>{}(id.name());
    }
};
