#include "monitor/spec_vote.hpp"

#include <cstdint>

#include "chain/spec.hpp"
#include "monitor/majority.hpp"

namespace monitor {
namespace {

/// What most of those that give the member say.
template <class T>
std::optional<T> vote_on(const std::vector<chain::Spec>& specs,
                         std::optional<T> chain::Spec::*member) {
    std::vector<T> votes;
    for (const chain::Spec& spec : specs) {
        if (spec.*member) {
            votes.push_back(*(spec.*member));
        }
    }
    return majority(votes);
}

std::optional<std::uint64_t> positive(std::optional<std::uint64_t> value) {
    return value == std::uint64_t{0} ? std::nullopt : value;
}

}  // namespace

std::optional<chain::Spec> vote(const std::vector<chain::Spec>& specs) {
    if (specs.empty()) {
        return std::nullopt;
    }
    std::vector<chain::Spec> given = specs;
    for (chain::Spec& spec : given) {
        spec.slots_per_epoch = positive(spec.slots_per_epoch);
        spec.attestation_due_bps = positive(spec.attestation_due_bps);
        spec.attestation_due_bps_gloas = positive(spec.attestation_due_bps_gloas);
    }
    using chain::Spec;
    Spec spec = given.front();
    spec.odd_members.clear();
    spec.slot_duration = vote_on(given, &Spec::slot_duration);
    spec.slots_per_epoch = vote_on(given, &Spec::slots_per_epoch);
    spec.attestation_due_bps = vote_on(given, &Spec::attestation_due_bps);
    spec.attestation_due_bps_gloas = vote_on(given, &Spec::attestation_due_bps_gloas);
    spec.gloas_fork_epoch = vote_on(given, &Spec::gloas_fork_epoch);
    return spec;
}

}  // namespace monitor
