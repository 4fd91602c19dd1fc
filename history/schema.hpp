#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace history {

class Connection;

/// One step from a version of the schema to the next.
struct Migration {
    const char* sql;
};

/// All of them, from an empty file on: the version of a schema is how many there are.
[[nodiscard]] std::span<const Migration> migrations();

/// A table whose rows come with time and go with age; the key is `at`.
struct DatedTable {
    std::string_view name;
    /// A row goes where this is before the moment too, and stays where it is null; empty: `at`
    /// alone decides.
    std::string_view end{};
};

/// All of them, the large ones first.
[[nodiscard]] std::span<const DatedTable> dated_tables();

/// Brings a file to the last version, step by step, each step whole or not at all. Throws
/// DatabaseFailure: kNewerSchema when a later headmon has written it, kDamaged when it is another
/// program's; SQLite::Exception.
void migrate(Connection& connection, std::span<const Migration> steps);

/// Throws as `migrate` when the file is not of our version, kFailed when it is older.
void require_our_schema(Connection& connection);

/// What the file calls itself.
inline constexpr std::int32_t kApplicationId = 0x686d6f6e;

}  // namespace history
