#include "history/file.hpp"

#include <SQLiteCpp/Exception.h>

#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>

#include "base/printable.hpp"
#include "history/connection.hpp"
#include "history/guarded.hpp"
#include "history/moment.hpp"
#include "history/row_kinds.hpp"

namespace history {
namespace {

std::vector<std::string> table_names(Connection& connection) {
    std::vector<std::string> names;
    SQLite::Statement& rows = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
        "ORDER BY name");
    while (rows.executeStep()) {
        names.push_back(rows.getColumn(0).getString());
    }
    return names;
}

void check_table(Connection& connection, const std::string& table,
                 std::vector<std::string>& problems) {
    const auto add = [&](const std::string& text) {
        if (problems.size() < kProblemsMax) {
            problems.push_back(table + ": " + base::printable(text, 200));
        }
    };
    try {
        SQLite::Statement rows = connection.cursor("PRAGMA integrity_check('" + table + "')");
        while (rows.executeStep()) {
            if (const std::string text = rows.getColumn(0).getString(); text != "ok") {
                add(text);
            }
        }
    } catch (const SQLite::Exception& error) {
        add(error.what());
    }
}

}  // namespace

Result<Summary> summarize_file(const std::string& path, const WindowChoice& choice, Detail detail) {
    return guarded(path, [&] {
        const auto connection = Connection::open_reader(path);
        return summarize(*connection, find_window(*connection, choice), detail);
    });
}

Result<void> export_file(const std::string& path, std::string_view name,
                         std::optional<base::WallTime> from, std::optional<base::WallTime> to,
                         ExportFormat format, const Sink& sink) {
    const Window window{from ? to_micros(*from) : std::numeric_limits<std::int64_t>::min(),
                        to ? to_micros(*to) : std::numeric_limits<std::int64_t>::max()};
    return guarded(path, [&] {
        const auto connection = Connection::open_reader(path);
        Export rows{*connection, name, RowFilter{window}, format};
        auto piece = rows.next();
        while (piece && sink(*piece)) {
            piece = rows.next();
        }
        return Result<void>{};
    });
}

Result<std::vector<std::string>> check_file(const std::string& path,
                                            const OnProgress& on_progress) {
    return guarded(path, [&] {
        const auto connection = Connection::open_reader(path);
        const std::vector<std::string> names = table_names(*connection);
        std::vector<std::string> problems;
        for (std::size_t i = 0; i < names.size(); ++i) {
            on_progress(names[i], i + 1, names.size());
            check_table(*connection, names[i], problems);
        }
        return problems;
    });
}

Result<VacuumResult> vacuum_file(const std::string& path) {
    return guarded(path, [&] {
        std::error_code unknown;
        // One that is not there is not made.
        (void)Connection::open_reader(path);
        const WriteLock lock{path};
        const auto connection = Connection::open_writer(path);
        SQLite::Database& database = connection->database();
        (void)database.execAndGet("PRAGMA wal_checkpoint(TRUNCATE)");
        VacuumResult result;
        result.bytes_before = std::filesystem::file_size(path, unknown);
        database.exec("VACUUM");
        (void)database.execAndGet("PRAGMA wal_checkpoint(TRUNCATE)");
        result.bytes_after = std::filesystem::file_size(path, unknown);
        return result;
    });
}

}  // namespace history
