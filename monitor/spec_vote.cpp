#include "monitor/spec_vote.hpp"

#include <algorithm>
#include <cstdint>

#include "chain/spec.hpp"

namespace monitor {
namespace {

template <class T>
std::optional<T> most_said(const std::vector<chain::Spec>& specs,
                           std::optional<T> chain::Spec::*member) {
    std::optional<T> winner;
    std::ptrdiff_t winner_votes = 0;
    for (const chain::Spec& spec : specs) {
        const auto votes = std::count_if(
            specs.begin(), specs.end(),
            [&](const chain::Spec& other) { return other.*member == spec.*member; });
        if (spec.*member && votes > winner_votes) {
            winner = spec.*member;
            winner_votes = votes;
        }
    }
    return winner;
}

std::optional<std::uint64_t> positive(std::optional<std::uint64_t> value) {
    return value == std::uint64_t{0} ? std::nullopt : value;
}

}  // namespace

std::optional<chain::Spec> vote(const std::vector<chain::Spec>& specs) {
    if (specs.empty()) {
        return std::nullopt;
    }
    std::vector<chain::Spec> said = specs;
    for (chain::Spec& spec : said) {
        spec.slots_per_epoch = positive(spec.slots_per_epoch);
        spec.attestation_due_bps = positive(spec.attestation_due_bps);
        spec.attestation_due_bps_gloas = positive(spec.attestation_due_bps_gloas);
    }
    using chain::Spec;
    Spec spec = said.front();
    spec.slots_per_epoch = most_said(said, &Spec::slots_per_epoch);
    spec.attestation_due_bps = most_said(said, &Spec::attestation_due_bps);
    spec.attestation_due_bps_gloas = most_said(said, &Spec::attestation_due_bps_gloas);
    spec.gloas_fork_epoch = most_said(said, &Spec::gloas_fork_epoch);
    return spec;
}

}  // namespace monitor
