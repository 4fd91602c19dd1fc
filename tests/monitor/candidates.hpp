#pragma once

#include <string>

#include "monitor/candidate.hpp"
#include "updates/node_id.hpp"

namespace tests {

inline monitor::Candidate candidate(const std::string& name,
                                    const std::string& url = "http://127.0.0.1:1") {
    return monitor::Candidate{updates::NodeId{name},
                              http::Endpoint{http::Url::parse(url).value(), {}, {}}};
}

}  // namespace tests
