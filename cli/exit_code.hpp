#pragma once

namespace cli {

/// A clean stop.
inline constexpr int kExitOk = 0;
/// A fatal end, or a stream that failed.
inline constexpr int kExitFatal = 1;
/// Wrong usage or configuration; nothing was started.
inline constexpr int kExitUsage = 2;

// `check` and `doctor` have the codes of monitoring plugins.
/// All nodes are good.
inline constexpr int kExitGood = 0;
/// A node is degraded, or unusable while another one can be used.
inline constexpr int kExitDegraded = 1;
/// No node can be used.
inline constexpr int kExitUnusable = 2;
/// Wrong usage or configuration, or the look did not come to its end.
inline constexpr int kExitCouldNotCheck = 3;

}  // namespace cli
