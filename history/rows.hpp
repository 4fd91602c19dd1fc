#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "chain/root.hpp"
#include "history/connection.hpp"

namespace history {

/// Puts rows into tables whose key is their moment. Its calls throw SQLite::Exception.
class Rows {
  public:
    explicit Rows(Connection& connection) : connection_{connection} {}

    /// `sql` is a literal whose first parameter is `at`; the others follow in order. Returns the
    /// key: `at`, or the first microsecond behind it that is free.
    template <class... Values>
    std::int64_t insert(const char* sql, std::int64_t at, const Values&... values) {
        SQLite::Statement& statement = connection_.prepare(sql);
        bind_from(statement, 2, values...);
        return step_until_free(statement, sql, at);
    }

    /// `sql` is a literal; its parameters in order.
    template <class... Values>
    void run(const char* sql, const Values&... values) {
        SQLite::Statement& statement = connection_.prepare(sql);
        bind_from(statement, 1, values...);
        statement.exec();
    }

    /// The first column of the first row, or nothing.
    template <class... Values>
    [[nodiscard]] std::optional<std::int64_t> find(const char* sql, const Values&... values) {
        SQLite::Statement& statement = connection_.prepare(sql);
        bind_from(statement, 1, values...);
        const bool is_there = statement.executeStep() && !statement.isColumnNull(0);
        const auto value =
            is_there ? std::optional{statement.getColumn(0).getInt64()} : std::nullopt;
        statement.reset();
        return value;
    }

    [[nodiscard]] Connection& connection() { return connection_; }

  private:
    template <class... Values>
    static void bind_from(SQLite::Statement& statement, int place, const Values&... values) {
        (bind(statement, place++, values), ...);
    }

    template <std::integral Number>
    static void bind(SQLite::Statement& statement, int place, Number number) {
        // The bits of a number beyond the range of the database, which no chain reaches, are kept.
        statement.bind(place, static_cast<std::int64_t>(number));
    }
    static void bind(SQLite::Statement& statement, int place, std::string_view text) {
        statement.bind(place, std::string{text});
    }
    static void bind(SQLite::Statement& statement, int place, const chain::Root& root) {
        statement.bind(place, root.bytes.data(), static_cast<int>(root.bytes.size()));
    }
    static void bind(SQLite::Statement& statement, int place, base::Duration duration) {
        statement.bind(place, static_cast<std::int64_t>(duration.count()));
    }
    template <class Value>
    static void bind(SQLite::Statement& statement, int place, const std::optional<Value>& value) {
        if (value) {
            bind(statement, place, *value);
        } else {
            statement.bind(place);
        }
    }

    [[nodiscard]] std::int64_t step_until_free(SQLite::Statement& statement, const char* sql,
                                               std::int64_t at);

    Connection& connection_;
    /// The key that was given last, of each statement.
    std::map<const char*, std::int64_t> last_;
};

}  // namespace history
