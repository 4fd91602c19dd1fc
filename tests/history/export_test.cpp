#include "history/file.hpp"
#include "tests/history/history_fixture.hpp"

using namespace tests;

namespace export_test {

std::string exported(const std::string& path, std::string_view name, history::ExportFormat format,
                     std::optional<base::WallTime> from = std::nullopt) {
    std::string text;
    const auto result =
        history::export_file(path, name, from, std::nullopt, format, [&](std::string_view piece) {
            text += piece;
            return true;
        });
    REQUIRE(result.has_value());
    return text;
}

}  // namespace export_test

using export_test::exported;

TEST_CASE("rows are exported with the words of the updates", "[history]") {
    const TemporaryFolder folder;
    {
        Recording recording{folder.file()};
        auto polled = head("beta", 8, 2);
        polled.source = updates::HeadSource::kPoll;
        polled.timing = {};
        polled.timing.timeliness = updates::HeadTimeliness::kPolled;
        polled.head.payload_status = chain::PayloadStatus::kFull;
        updates::SlotVerdict verdict;
        verdict.slot = chain::Slot{7};
        verdict.verdict = updates::Verdict::kMissed;
        auto first = head("al\"pha", 7, 1, 1250ms);
        first.is_first = true;
        recording.write({update(first, 13s), update(polled, 14s),
                         update(updates::HeadProven{root(1), chain::Slot{7}, root(0)}, 15s),
                         update(verdict, 16s)},
                        20s);
    }
    std::string root_text = "0x";
    for (int i = 0; i < 32; ++i) {
        root_text += "01";
    }
    CHECK_THAT(exported(folder.file(), "heads", history::ExportFormat::kNdjson),
               Catch::StartsWith(
                   R"({"at":"2026-01-01T00:00:13.000000Z","node":"al\"pha","slot":"7","block":")" +
                   root_text +
                   R"(","is_proven":true,"delay_seconds":1.25,"lag_seconds":0,"is_first":true,)"
                   R"("is_latest":false,"is_late":false,"source":"stream","timeliness":"live",)"
                   R"("is_repeat":false,"is_payload":false,"execution_optimistic":false,)"
                   R"("payload_status":null,"topic_set":"head_v2_full"})"));
    CHECK_THAT(exported(folder.file(), "heads", history::ExportFormat::kNdjson, wall(14s)),
               Catch::Contains(R"("is_proven":false,"delay_seconds":null,"lag_seconds":null,)") &&
                   Catch::Contains(R"("source":"poll","timeliness":"polled")") &&
                   Catch::Contains(R"("payload_status":"full")"));
    CHECK_THAT(exported(folder.file(), "heads", history::ExportFormat::kCsv),
               Catch::StartsWith("at,node,slot,block,is_proven,delay_seconds") &&
                   Catch::Contains("2026-01-01T00:00:13.000000Z,\"al\"\"pha\",7,0x0101"));
    CHECK(exported(folder.file(), "slots", history::ExportFormat::kNdjson) ==
          R"({"at":"2026-01-01T00:00:16.000000Z","slot":"7","verdict":"missed",)"
          R"("first_reported_by":null,"block":null,"delay_seconds":null,"deadline_seconds":0,)"
          R"("deadline_assumed":false})"
          "\n");
    for (const std::string_view name : history::export_names()) {
        INFO(name);
        CHECK(exported(folder.file(), name, history::ExportFormat::kCsv).starts_with("at,"));
    }
}

TEST_CASE("no text of a node is a formula in a spreadsheet", "[history]") {
    const TemporaryFolder folder;
    {
        Recording recording{folder.file()};
        std::vector<updates::Message> batch;
        for (const char* const name : {"=1+1", "+1", "-1", "@x", "a=1"}) {
            batch.push_back(update(head(name, 1, 1), 13s));
        }
        recording.write(std::move(batch), 20s);
    }
    const std::string csv = exported(folder.file(), "heads", history::ExportFormat::kCsv);
    for (const char* const cell : {"\"'=1+1\"", "\"'+1\"", "\"'-1\"", "\"'@x\"", "\"a=1\""}) {
        CHECK_THAT(csv, Catch::Contains(std::string{","} + cell + ","));
    }
    CHECK_THAT(exported(folder.file(), "heads", history::ExportFormat::kNdjson),
               Catch::Contains(R"("node":"=1+1")"));
}

TEST_CASE("a vacuum keeps every row and gives the room back", "[history]") {
    const TemporaryFolder folder;
    {
        Recording recording{folder.file()};
        for (int i = 0; i < 20; ++i) {
            std::vector<updates::Message> batch;
            for (std::uint64_t k = 0; k < 500; ++k) {
                batch.push_back(update(head("alpha", k, 0), std::chrono::seconds{i}));
            }
            recording.write(std::move(batch), std::chrono::seconds{i});
        }
        recording.connection->database().exec("DELETE FROM heads WHERE at % 10 > 0");
    }
    const auto before = exported(folder.file(), "heads", history::ExportFormat::kCsv);
    const auto result = history::vacuum_file(folder.file());
    REQUIRE(result.has_value());
    CHECK(result->bytes_after < result->bytes_before / 2);
    CHECK(exported(folder.file(), "heads", history::ExportFormat::kCsv) == before);
    CHECK(history::vacuum_file(folder.file("none.db")).error().code ==
          history::ErrorCode::kCannotOpen);
}
