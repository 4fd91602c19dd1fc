#include "history/schema.hpp"

#include <array>
#include <fstream>
#include <optional>
#include <span>

#include "tests/history/history_fixture.hpp"

using namespace tests;
using history::ErrorCode;

namespace schema_test {

std::unique_ptr<history::Connection> plain(const std::string& path) {
    return std::make_unique<history::Connection>(path,
                                                 SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
}

/// Why it cannot be opened; nothing when it can.
template <class Open>
std::optional<ErrorCode> refusal(const Open& open) {
    try {
        (void)open();
        return std::nullopt;
    } catch (const history::DatabaseFailure& failure) {
        CHECK_FALSE(failure.error.detail.empty());
        return failure.error.code;
    }
}

std::optional<ErrorCode> writer_refusal(const std::string& path) {
    return refusal([&] { return history::Connection::open_writer(path); });
}

std::optional<ErrorCode> reader_refusal(const std::string& path) {
    return refusal([&] { return history::Connection::open_reader(path); });
}

}  // namespace schema_test

using namespace schema_test;

TEST_CASE("a new file has the last version, and its own mark, and only its owner reads it",
          "[history]") {
    const TemporaryFolder folder;
    const auto connection = history::Connection::open_writer(folder.file());
    SQLite::Database& database = connection->database();
    CHECK(database.execAndGet("PRAGMA user_version").getInt64() ==
          static_cast<std::int64_t>(history::migrations().size()));
    CHECK(database.execAndGet("PRAGMA application_id").getInt64() == history::kApplicationId);
    CHECK(database.execAndGet("PRAGMA journal_mode").getString() == "wal");
    CHECK(database.execAndGet("PRAGMA auto_vacuum").getInt64() == 2);
    const auto mode = std::filesystem::status(folder.file()).permissions();
    CHECK((mode == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)));
    CHECK_FALSE(reader_refusal(folder.file()));
}

TEST_CASE("an older file is brought to the last version step by step, keeping its rows",
          "[history]") {
    const TemporaryFolder folder;
    const std::array steps{history::Migration{"CREATE TABLE a (x INTEGER)"},
                           history::Migration{"ALTER TABLE a ADD COLUMN y INTEGER"},
                           history::Migration{"CREATE TABLE a (z INTEGER)"}};
    const auto connection = plain(folder.file());
    history::migrate(*connection, std::span{steps}.first(1));
    connection->database().exec("INSERT INTO a VALUES (5)");
    history::migrate(*connection, std::span{steps}.first(2));
    CHECK(connection->database().execAndGet("SELECT x FROM a").getInt64() == 5);
    CHECK(connection->database().execAndGet("PRAGMA user_version").getInt64() == 2);
    // A step that fails leaves the version before it.
    CHECK_THROWS_AS(history::migrate(*connection, steps), SQLite::Exception);
    CHECK(connection->database().execAndGet("PRAGMA user_version").getInt64() == 2);
    history::migrate(*connection, std::span{steps}.first(2));
}

TEST_CASE("a file of a later headmon is refused, to read and to write, and not changed",
          "[history]") {
    const TemporaryFolder folder;
    (void)history::Connection::open_writer(folder.file());
    plain(folder.file())->database().exec("PRAGMA user_version = 99");
    CHECK(writer_refusal(folder.file()) == ErrorCode::kNewerSchema);
    CHECK(reader_refusal(folder.file()) == ErrorCode::kNewerSchema);
    CHECK(plain(folder.file())->database().execAndGet("PRAGMA user_version").getInt64() == 99);
}

TEST_CASE("another program's database, and what is none, is refused", "[history]") {
    const TemporaryFolder folder;
    plain(folder.file("other.db"))->database().exec("CREATE TABLE theirs (x INTEGER)");
    CHECK(writer_refusal(folder.file("other.db")) == ErrorCode::kDamaged);
    { std::ofstream{folder.file("text.db")} << std::string(8192, 'x'); }
    CHECK(writer_refusal(folder.file("text.db")) == ErrorCode::kDamaged);
    CHECK(reader_refusal(folder.file("text.db")) == ErrorCode::kDamaged);
    CHECK(reader_refusal(folder.file("none.db")) == ErrorCode::kCannotOpen);
    CHECK(writer_refusal(folder.file("none/none.db")) == ErrorCode::kCannotOpen);
    { std::ofstream{folder.file("empty.db")}; }
    CHECK(reader_refusal(folder.file("empty.db")) == ErrorCode::kFailed);
    CHECK_FALSE(writer_refusal(folder.file("empty.db")));
}

TEST_CASE("each step of our own keeps the rows of the one before", "[history]") {
    const TemporaryFolder folder;
    const auto all = history::migrations();
    {
        const auto old = plain(folder.file());
        history::migrate(*old, all.first(1));
        old->database().exec("INSERT INTO nodes (name) VALUES ('alpha')");
        old->database().exec("INSERT INTO heads VALUES (5, 1, 5, 128 + 64, 6000000000, 0)");
    }
    // Until headmon has run with it, a report says so.
    try {
        (void)history::Connection::open_reader(folder.file());
        FAIL("opened");
    } catch (const history::DatabaseFailure& failure) {
        CHECK_THAT(failure.error.detail, Catch::Contains("an earlier headmon has written it"));
    }
    const auto now = history::Connection::open_writer(folder.file());
    CHECK(now->database().execAndGet("SELECT delay_ns FROM heads WHERE node = 1").getInt64() ==
          6'000'000'000);
    CHECK(now->database().execAndGet("PRAGMA user_version").getInt64() ==
          static_cast<std::int64_t>(all.size()));
}
