#include "history/outbox.hpp"

#include "history/session.hpp"
#include "tests/history/history_fixture.hpp"

using namespace tests;

namespace outbox_test {

using history::OutboxJob;

/// Reads the outbox of the file as the read lane does.
std::shared_ptr<OutboxJob> read(const std::string& path, std::uint64_t after = 0,
                                OutboxJob::Limits limits = {}) {
    const auto connection = history::Connection::open_reader(path);
    history::Session session{path, [&]() -> history::Connection& { return *connection; }, nullptr};
    auto job = std::make_shared<OutboxJob>(after, limits);
    job->run(session);
    return job;
}

/// "1 run_started, 2 node_head alpha": what waits.
std::string waiting(OutboxJob& job) {
    std::string text;
    for (const history::OutboxEntry& entry : job.take_entries()) {
        text += (text.empty() ? "" : ", ") + std::to_string(entry.sequence) + " " + entry.kind +
                (entry.node ? " " + *entry.node : "");
    }
    return text;
}
std::string waiting(const std::string& path, std::uint64_t after = 0,
                    OutboxJob::Limits limits = {}) {
    return waiting(*read(path, after, limits));
}

std::vector<updates::Message> some_updates() {
    return {update(updates::RunStarted{{updates::NodeId{"alpha"}}}, 1s),
            update(head("alpha", 7, 1), 2s), update(updates::CycleFailed{}, 3s)};
}

TEST_CASE("what is written waits in the outbox until it has been passed on", "[history]") {
    const TemporaryFolder folder;
    Recording recording{folder.file(), true};
    recording.write(some_updates(), 4s);
    const auto job = read(folder.file());
    CHECK(job->origin() != 0);
    CHECK(job->removed() == 0);
    CHECK(job->newest() == 3);
    const auto entries = job->take_entries();
    REQUIRE(entries.size() == 3);
    CHECK(entries[1].body.find("\"update\":\"node_head\"") != std::string::npos);
    CHECK(waiting(folder.file()) == "1 run_started, 2 node_head alpha, 3 cycle_failed");
    CHECK(waiting(folder.file(), 1) == "2 node_head alpha, 3 cycle_failed");
    CHECK(waiting(folder.file(), 0, {.entries = 2}) == "1 run_started, 2 node_head alpha");
    CHECK(waiting(folder.file(), 0, {.bytes = 1}) == "1 run_started");

    recording.write({}, 5s, false, history::PassedOn{job->origin(), 2});
    CHECK(waiting(folder.file()) == "3 cycle_failed");
    CHECK(read(folder.file())->removed() == 2);
    // A sequence is not used again, also when nothing waits.
    recording.write({}, 6s, false, history::PassedOn{job->origin(), 3});
    CHECK(waiting(folder.file()).empty());
    recording.write({update(updates::CycleFailed{}, 7s)}, 8s);
    CHECK(waiting(folder.file()) == "4 cycle_failed");
}

TEST_CASE("what another outbox had passed on removes nothing", "[history]") {
    const TemporaryFolder folder;
    Recording recording{folder.file(), true};
    recording.write(some_updates(), 4s);
    recording.write({}, 5s, false, history::PassedOn{1, 3});
    CHECK(waiting(folder.file()) == "1 run_started, 2 node_head alpha, 3 cycle_failed");
    CHECK(read(folder.file())->removed() == 0);
}

TEST_CASE("the outbox goes on from one process to the next, and tells what was not watched",
          "[history]") {
    const TemporaryFolder folder;
    std::uint64_t origin = 0;
    {
        Recording recording{folder.file(), true};
        recording.write(some_updates(), 4s);
        origin = read(folder.file())->origin();
    }
    Recording recording{folder.file(), true};
    recording.write({update(updates::CycleFailed{}, 90s)}, 91s);
    const auto job = read(folder.file(), 3);
    CHECK(job->origin() == origin);
    const auto entries = job->take_entries();
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].kind == "gap");
    CHECK(entries[0].body ==
          "{\"update\":\"gap\",\"at\":\"2026-01-01T00:01:31.000000Z\","
          "\"at_monotonic_seconds\":null,\"from\":\"2026-01-01T00:00:04.000000Z\","
          "\"reason\":\"killed\",\"dropped\":0}");
}

TEST_CASE("updates that the queue dropped are a gap in the outbox", "[history]") {
    const TemporaryFolder folder;
    Recording recording{folder.file(), true};
    recording.write({update(updates::CycleFailed{}, 1s), updates::Lagged{17}, updates::Snapshot{},
                     update(updates::CycleFailed{}, 3s)},
                    4s);
    const auto entries = read(folder.file())->take_entries();
    REQUIRE(entries.size() == 3);
    CHECK(entries[1].kind == "gap");
    CHECK(entries[1].body.find("\"reason\":\"lagged\",\"dropped\":17") != std::string::npos);
}

TEST_CASE("a history that is not published has no outbox, and a new one has another origin",
          "[history]") {
    const TemporaryFolder folder;
    std::uint64_t origin = 0;
    {
        Recording recording{folder.file(), true};
        recording.write(some_updates(), 4s);
        origin = read(folder.file())->origin();
    }
    {
        Recording recording{folder.file()};
        recording.write(some_updates(), 5s);
        CHECK(recording.count("outbox") == 0);
        CHECK(read(folder.file())->origin() == 0);
    }
    Recording recording{folder.file(), true};
    recording.write({update(updates::CycleFailed{}, 6s)}, 7s);
    CHECK(read(folder.file())->origin() != origin);
    // The gap between the processes comes first.
    CHECK(waiting(folder.file()) == "1 gap, 2 cycle_failed");
}

TEST_CASE("a batch that fails leaves nothing in the outbox, and is told whole once it is written",
          "[history]") {
    const TemporaryFolder folder;
    Recording recording{folder.file(), true};
    recording.write({}, 1s);
    updates::NodeStatus status{updates::NodeId{"alpha"}};
    history::Batch batch{2, {update(status, 2s), update(updates::CycleFailed{}, 2s)}, wall(3s)};
    recording.connection->database().exec(
        "CREATE TRIGGER full BEFORE INSERT ON failed_cycles BEGIN SELECT raise(ABORT, 'full'); "
        "END");
    CHECK_THROWS(recording.recorder.record(batch, *recording.connection));
    CHECK(waiting(folder.file()).empty());
    recording.connection->database().exec("DROP TRIGGER full");
    recording.recorder.record(batch, *recording.connection);
    CHECK(waiting(folder.file()) == "1 node_status alpha, 2 cycle_failed");
    // It comes again, because nobody knows how that ended.
    recording.recorder.record(batch, *recording.connection);
    CHECK(recording.count("outbox") == 2);
}

TEST_CASE("a status that tells nothing new is not put into the outbox again", "[history]") {
    const TemporaryFolder folder;
    Recording recording{folder.file(), true};
    updates::NodeStatus status{updates::NodeId{"alpha"}};
    recording.write({update(status, 1s)}, 2s);
    recording.write({update(status, 13s)}, 14s);
    status.is_behind = true;
    recording.write({update(status, 25s)}, 26s);
    CHECK(waiting(folder.file()) == "1 node_status alpha, 2 node_status alpha");
}

}  // namespace outbox_test
