#pragma once

#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "history/summary.hpp"
#include "updates/json_writer.hpp"

// Private to the history: pulls in SQLiteCpp.
namespace history {

class Connection;

/// How a column is written.
enum class Form : std::uint8_t { kMoment, kSeconds, kFlag, kChainNumber, kNumber, kRoot, kText };

struct Column {
    std::string_view name;
    Form form;
};

/// A kind of rows that can be asked for, as text. docs/history.md describes the columns.
struct RowKind {
    std::string_view name;
    /// Its columns in order, from its tables. The first one is the row's key.
    std::string_view select;
    /// The key, in SQL.
    std::string_view at;
    /// The slot that a row is about, and the name of its node; empty: it has none.
    std::string_view slot;
    std::string_view node;
    std::vector<Column> columns;
};

/// All of them.
[[nodiscard]] const std::vector<RowKind>& row_kinds();
/// One that there is.
[[nodiscard]] const RowKind& find_row_kind(std::string_view name);

/// Which rows of a kind.
struct RowFilter {
    Window window;
    /// From the first on, before the second; of kinds with slots.
    std::optional<std::int64_t> slot_from{};
    std::optional<std::int64_t> slot_to{};
    /// Of kinds with nodes.
    std::optional<std::string> node{};
};

/// The rows of a kind in order of time. `connection` outlives it. Throws SQLite::Exception.
[[nodiscard]] SQLite::Statement select_rows(Connection& connection, const RowKind& kind,
                                            const RowFilter& filter);

/// The row as the members of an object that is open.
void write_row(updates::JsonWriter& out, const RowKind& kind, SQLite::Statement& row);
/// The row as a line of CSV without its end. https://www.rfc-editor.org/rfc/rfc4180
void append_csv_row(std::string& out, const RowKind& kind, SQLite::Statement& row);

}  // namespace history
