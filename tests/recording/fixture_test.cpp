// Recordings of incidents that went wrong once.
#include <map>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "recording/file_reader.hpp"
#include "recording/replay.hpp"
#include "updates/kind.hpp"

namespace recording_fixture_test {

std::map<std::string, int> kinds_of(const std::string& name) {
    std::map<std::string, int> kinds;
    recording::Replay replay{{}, [&kinds](const updates::Update& update) {
                                 ++kinds[std::string{to_string(updates::kind_of(update.fact))}];
                             }};
    auto reader = recording::FileReader::open(HEADMON_FIXTURES "/recording/" + name).value();
    while (const auto entry = reader.next().value()) {
        replay.apply(*entry);
    }
    CHECK(reader.torn().empty());
    return kinds;
}

TEST_CASE("a piece that begins in the middle of a run has its heads, verdicts and reorg",
          "[recording]") {
    auto kinds = kinds_of("begins_late");
    CHECK(kinds["run_started"] == 1);
    CHECK(kinds["run_ended"] == 1);
    CHECK(kinds["slot_time"] == 1);
    CHECK(kinds["best_head"] == 19);
    CHECK(kinds["slot_verdict"] == 15);
    CHECK(kinds["reorg"] == 1);
}

}  // namespace recording_fixture_test
