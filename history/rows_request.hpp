#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/clock.hpp"
#include "chain/slot_clock.hpp"
#include "history/database.hpp"

namespace history {

class Connection;
struct RowFilter;

/// An end of a window: a moment, or a slot, which is the moment of its start.
using Bound = std::variant<base::WallTime, chain::Slot>;

/// Rows that are asked for.
struct RowsRequest {
    /// Without ends: what was recorded in this time before the other end, or before now.
    static constexpr std::chrono::hours kSince{24};
    /// Of rows that are about a slot, and where slots are asked for: those that were recorded up to
    /// so many slots behind it.
    static constexpr std::int64_t kSlotsBehind = 32;

    /// One of `export_names()`.
    std::string_view kind;
    std::optional<Bound> from{};
    std::optional<Bound> to{};
    /// Of kinds with nodes: the name of one.
    std::optional<std::string> node{};
    base::WallTime now{};
};

/// Whether rows of that kind are of a node.
[[nodiscard]] bool has_node(std::string_view kind);

/// Throws DatabaseFailure with kNoSlotTime where slots are asked for and slot time is not known,
/// SQLite::Exception.
[[nodiscard]] RowFilter resolve(Connection& connection, const RowsRequest& request);

/// Some rows of a kind, in order, and where the next ones begin.
class PageJob final : public Job {
  public:
    /// `after` is the cursor of the page before, or absent; at most `rows_max` rows.
    PageJob(RowsRequest request, std::optional<std::int64_t> after, std::size_t rows_max)
        : Job{"page"}, request_{std::move(request)}, after_{after}, rows_max_{rows_max} {}

    void run(Session& session) override;
    /// `{"rows":[…],"next":"…"}`; `next` is the cursor of the page that follows, null at the end.
    [[nodiscard]] std::string take_json() { return std::move(json_); }

  private:
    RowsRequest request_;
    std::optional<std::int64_t> after_;
    std::size_t rows_max_;
    std::string json_;
};

}  // namespace history
