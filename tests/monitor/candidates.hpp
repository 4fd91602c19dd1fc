#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "monitor/candidate.hpp"
#include "monitor/persistent_state.hpp"
#include "updates/node_id.hpp"

namespace tests {

inline monitor::Candidate candidate(const std::string& name,
                                    const std::string& url = "http://127.0.0.1:1") {
    return monitor::Candidate{updates::NodeId{name},
                              http::Endpoint{http::Url::parse(url).value(), {}, {}}};
}

/// All nodes are on our chain.
inline void pass_check(monitor::PersistentState& state, const std::vector<updates::NodeId>& ids) {
    (void)state.chain.set_candidates(ids);
    for (const updates::NodeId& id : ids) {
        (void)state.chain.identity_answered(
            id, monitor::ChainIdentity{{}, std::chrono::seconds{12}, {}});
    }
}

}  // namespace tests
