#pragma once

namespace app {

/// A clean stop.
inline constexpr int kExitOk = 0;
/// A fatal end, or a stream that failed.
inline constexpr int kExitFatal = 1;
/// Wrong usage or configuration; nothing was started.
inline constexpr int kExitUsage = 2;

}  // namespace app
