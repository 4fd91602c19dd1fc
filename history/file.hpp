#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "history/error.hpp"
#include "history/export.hpp"
#include "history/summary.hpp"
#include "history/window.hpp"

// A history file without an event loop: what commands do with one. Each call blocks.
namespace history {

[[nodiscard]] Result<Summary> summarize_file(const std::string& path, const WindowChoice& choice,
                                             Detail detail = Detail::kNumbers);

/// Takes the next piece of an export; false: no more is wanted.
using Sink = std::function<bool(std::string_view piece)>;

/// Hands the rows of one kind to `sink`, piece by piece. `name` is one of `export_names()`. Without
/// `from` and `to` all of them.
[[nodiscard]] Result<void> export_file(const std::string& path, std::string_view name,
                                       std::optional<base::WallTime> from,
                                       std::optional<base::WallTime> to, ExportFormat format,
                                       const Sink& sink);

/// Is told what is looked at: "heads", the how many-th of how many.
using OnProgress =
    std::function<void(std::string_view what, std::size_t number, std::size_t count)>;

/// Looks at every page of every table. Returns what is damaged, for people, at most
/// kProblemsMax lines; empty when all is good.
inline constexpr std::size_t kProblemsMax = 20;
[[nodiscard]] Result<std::vector<std::string>> check_file(const std::string& path,
                                                          const OnProgress& on_progress);

struct VacuumResult {
    std::uintmax_t bytes_before = 0;
    std::uintmax_t bytes_after = 0;
};

/// Writes the file anew, without the room that is free in it. Fails with kInUse while a headmon
/// writes it.
[[nodiscard]] Result<VacuumResult> vacuum_file(const std::string& path);

}  // namespace history
