#include "history/rows.hpp"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

namespace history {
namespace {

/// Facts of one moment that come in one go: keys right behind each other.
constexpr std::int64_t kBurstMicros = 1'000'000;
/// More than so many in a row are taken only when something is wrong.
constexpr int kTriesMax = 100'000;

}  // namespace

std::int64_t Rows::step_until_free(SQLite::Statement& statement, const char* sql, std::int64_t at) {
    if (const auto last = last_.find(sql);
        last != last_.end() && last->second >= at && last->second - at < kBurstMicros) {
        at = last->second + 1;
    }
    int code = SQLITE_CONSTRAINT;
    for (int tries = 0; tries < kTriesMax; ++tries, ++at) {
        statement.bind(1, at);
        code = statement.tryExecuteStep();
        const int reset = statement.tryReset();
        if (code == SQLITE_DONE) {
            last_[sql] = at;
            return at;
        }
        // The key is taken: the wall clock was set back.
        if (reset != SQLITE_CONSTRAINT_PRIMARYKEY && reset != SQLITE_CONSTRAINT_ROWID) {
            break;
        }
    }
    throw SQLite::Exception{connection_.database().getHandle(), code};
}

}  // namespace history
