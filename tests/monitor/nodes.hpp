#pragma once

#include "updates/node_id.hpp"

namespace tests {

inline const updates::NodeId kAlpha{"alpha"};
inline const updates::NodeId kBeta{"beta"};
inline const updates::NodeId kGamma{"gamma"};

}  // namespace tests
