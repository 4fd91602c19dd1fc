// The history's answers over a real server and a real file.
#include "history/http_routes.hpp"

#include <limits>

#include <boost/json.hpp>

#include "history/http_query.hpp"
#include "history/row_kinds.hpp"
#include "tests/history/served_history.hpp"
#include "tests/http/server_fixture.hpp"

using namespace tests;

namespace http_routes_test {

http::Query query(const std::string& text) {
    return http::Query::parse(text).value();
}

const base::WallTime kNow = wall(24h);

std::string problem_of(const std::string& text, std::string_view kind = "heads") {
    const auto page = history::parse_page(query(text), kind, kNow);
    return page ? "" : page.error().detail;
}

}  // namespace http_routes_test

using namespace http_routes_test;

TEST_CASE("what a client asks the history for is checked, and never repeated to it", "[history]") {
    CHECK(problem_of("").empty());
    CHECK(problem_of("from=10&to=20&node=alpha&limit=1000&cursor=0").empty());
    CHECK(problem_of("from=2026-01-01T00:00:00.000001Z").empty());
    CHECK(problem_of("from=18446744073709551615").empty());
    const std::string wants = " wants a slot, or a moment such as 2026-01-31T00:00:00Z";
    CHECK(problem_of("from=yesterday") == "from" + wants);
    CHECK(problem_of("to=-1") == "to" + wants);
    CHECK(problem_of("to=18446744073709551616") == "to" + wants);
    CHECK(problem_of("from=20&to=20") == "from must be before to");
    CHECK(problem_of("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z") ==
          "from must be before to");
    CHECK(problem_of("limit=0") == "limit wants a whole number from 1 to 1000");
    CHECK(problem_of("limit=1001") == "limit wants a whole number from 1 to 1000");
    CHECK(problem_of("cursor=-1") == "cursor wants what next was in the page before");
    CHECK(problem_of("cursor=9223372036854775808") ==
          "cursor wants what next was in the page before");
    CHECK(problem_of("node=alpha", "gaps") == "gaps are of no node");
    const auto detail = [](const auto& result) { return result ? "" : result.error().detail; };
    CHECK(detail(history::parse_export(query("kind=secrets"), kNow)) ==
          "kind is one of slots, heads, streams, reorgs, health and gaps");
    CHECK(detail(history::parse_export(query("format=xml"), kNow)) == "format is ndjson or csv");
    CHECK(detail(history::parse_summary(query("window=1w"), kNow)) ==
          "window wants a time such as 90m, 24h or 7d");
    CHECK(detail(history::parse_summary(query("window=1h&from=2026-01-01T00:00:00Z"), kNow)) ==
          "window and from exclude each other");
    CHECK(detail(history::parse_summary(query("from=2027-01-01T00:00:00Z"), kNow)) ==
          "from must be before to");
    CHECK((history::parse_summary(query("window=7d"), kNow)->window.since == 168h));
}

TEST_CASE("slots as ends are the rows of those slots, whenever they were recorded", "[history]") {
    const TemporaryFolder folder;
    write_slots(folder.file());
    const auto connection = history::Connection::open_reader(folder.file());
    const auto rows_of = [&](history::RowsRequest request) {
        std::vector<std::int64_t> slots;
        const auto filter = history::resolve(*connection, request);
        const auto& kind = history::find_row_kind(request.kind);
        auto rows = history::select_rows(*connection, kind, filter);
        while (rows.executeStep()) {
            slots.push_back(rows.getColumn(kind.name == "heads" ? 2 : 1).getInt64());
        }
        return slots;
    };
    using Slots = std::vector<std::int64_t>;
    history::RowsRequest request{.kind = "slots", .from = chain::Slot{10}, .to = chain::Slot{13}};
    request.now = kNow;
    CHECK(rows_of(request) == Slots{10, 11, 12});
    request.kind = "heads";
    CHECK(rows_of(request) == Slots{10, 10, 11, 11, 12, 12});
    request.node = "beta";
    CHECK(rows_of(request) == Slots{10, 11, 12});
    request.node = "nobody";
    CHECK(rows_of(request).empty());
    // A moment and a slot.
    request = {.kind = "slots", .from = wall(12s * 298), .to = chain::Slot{298}, .now = kNow};
    CHECK(rows_of(request) == Slots{296, 297});
    // Without ends the last day; and slots that no clock reaches.
    CHECK(rows_of({.kind = "slots", .now = wall(24h + 35s)}).front() == 1);
    request.from = chain::Slot{std::numeric_limits<std::uint64_t>::max()};
    request.to.reset();
    CHECK(rows_of(request).empty());
    request.from.reset();
    request.to = chain::Slot{std::numeric_limits<std::uint64_t>::max()};
    CHECK(rows_of(request).empty());
}

TEST_CASE("where slot time is not known, slots cannot be asked for", "[history]") {
    const TemporaryFolder folder;
    write_slots(folder.file(), false);
    const auto connection = history::Connection::open_reader(folder.file());
    const history::RowsRequest request{.kind = "slots", .from = chain::Slot{1}, .now = kNow};
    try {
        (void)history::resolve(*connection, request);
        FAIL("resolved");
    } catch (const history::DatabaseFailure& failure) {
        CHECK(failure.error.code == ErrorCode::kNoSlotTime);
    }
}

namespace http_routes_test {

/// Over a real file and real threads.
class Over {
  public:
    explicit Over(const std::string& path)
        : server{[this](http::ServerExchange& exchange) { return served->router(exchange); }},
          clock{server.loop},
          database{std::make_unique<history::SqliteDatabase>(server.loop.get_executor(),
                                                             history::SqliteOptions{path})} {
        served.emplace(*database, server.loop.get_executor(), clock);
        reading.emplace(server.loop, served->reader.run());
    }
    ~Over() {
        server.stop_and_wait();
        reading->cancel();
        run_until(server.loop, [this] { return reading->is_over(); });
    }
    Over(const Over&) = delete;
    Over& operator=(const Over&) = delete;

    std::string get(const std::string& target) {
        return server.answer_to("GET " + target +
                                " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    }
    boost::json::value json(const std::string& target) {
        const std::string answer = get(target);
        REQUIRE(answer.starts_with("HTTP/1.1 200 "));
        return boost::json::parse(answer.substr(answer.find("\r\n\r\n") + 4));
    }

    ServerFixture server;
    ManualClock clock;
    std::unique_ptr<history::SqliteDatabase> database;
    std::optional<Served> served;
    std::optional<Spawned<void>> reading;
};

}  // namespace http_routes_test

TEST_CASE("pages lead through all rows, each once", "[history]") {
    const TemporaryFolder folder;
    write_slots(folder.file());
    Over over{folder.file()};
    over.clock.skip(2h);
    std::string target = "/v1/history/heads?limit=70";
    std::vector<std::string> seen;
    int pages = 0;
    while (true) {
        const auto page = over.json(target);
        ++pages;
        for (const auto& row : page.at("rows").as_array()) {
            seen.emplace_back(row.at("slot").as_string().c_str() + std::string{"/"} +
                              row.at("node").as_string().c_str());
        }
        if (page.at("next").is_null()) {
            break;
        }
        REQUIRE(page.at("rows").as_array().size() == 70);
        target =
            "/v1/history/heads?limit=70&cursor=" + std::string{page.at("next").as_string().c_str()};
    }
    CHECK(pages == 9);
    REQUIRE(seen.size() == 600);
    for (std::size_t i = 0; i < seen.size(); ++i) {
        CHECK(seen[i] == std::to_string(i / 2) + (i % 2 == 0 ? "/alpha" : "/beta"));
    }
    const auto exact = over.json("/v1/history/heads?from=0&to=35&limit=70");
    CHECK(exact.at("rows").as_array().size() == 70);
    CHECK(exact.at("next").is_null());
    CHECK(over.json("/v1/history/gaps").at("rows").as_array().empty());
}

TEST_CASE("an export is streamed whole, and a summary is the report", "[history]") {
    const TemporaryFolder folder;
    write_slots(folder.file());
    Over over{folder.file()};
    over.clock.skip(2h);
    const std::string lines = over.get("/v1/history/export?kind=heads&node=alpha");
    CHECK_THAT(lines, Catch::Contains("Content-Type: application/x-ndjson") &&
                          Catch::Contains("Transfer-Encoding: chunked") &&
                          Catch::EndsWith("\r\n0\r\n\r\n"));
    std::size_t count = 0;
    for (auto at = lines.find("\"at\""); at != std::string::npos;
         at = lines.find("\"at\"", at + 1)) {
        ++count;
    }
    CHECK(count == 300);
    const std::string csv = over.get("/v1/history/export?format=csv&from=5&to=6");
    CHECK_THAT(csv, Catch::Contains("Content-Type: text/csv") &&
                        Catch::Contains("at,slot,verdict,") && Catch::Contains(",5,\"on_time\","));
    const auto summary = over.json("/v1/history/summary?window=2h");
    CHECK(summary.at("nodes").as_array().size() == 2);
    CHECK_THAT(over.get("/v1/history/summary?format=text"),
               Catch::Contains("Content-Type: text/plain") && Catch::Contains("alpha"));
    CHECK_THAT(over.get("/v1/history/heads?limit=none"), Catch::StartsWith("HTTP/1.1 400 "));
    CHECK_THAT(over.get("/v1/history/export?kind=none"), Catch::StartsWith("HTTP/1.1 400 "));
    CHECK_THAT(over.get("/v1/history/summary?window=none"), Catch::StartsWith("HTTP/1.1 400 "));
    CHECK(over.served->reader.streams() == 0);
}

TEST_CASE("plots are numbers, of the same window as the summary", "[history]") {
    const TemporaryFolder folder;
    {
        Recording recording{folder.file()};
        std::vector<updates::Message> batch{
            update(
                updates::SlotTime{chain::SlotClock{wall(0s), 12s}, updates::SlotTimeSource::kNode},
                0s),
            update(updates::RunStarted{{updates::NodeId{"alpha"}, updates::NodeId{"beta"}}}, 0s)};
        for (std::uint8_t slot = 0; slot < 20; ++slot) {
            const auto at = 12s * std::int64_t{slot} + 1s;
            batch.push_back(update(head("alpha", slot, slot, 1s), at));
            batch.push_back(
                update(updates::HeadProven{root(slot), chain::Slot{slot}, root(0)}, at));
        }
        recording.write(std::move(batch), 600s);
    }
    Over over{folder.file()};
    over.clock.skip(1h);
    const auto plots = over.json("/v1/history/plots?window=1h");
    const auto summary = over.json("/v1/history/summary?window=1h");
    CHECK(plots.at("to_ms").as_int64() - plots.at("from_ms").as_int64() == 3'600'000);
    CHECK(plots.at("slot_ms") == 12'000);
    const auto& nodes = plots.at("nodes").as_array();
    REQUIRE(nodes.size() == 2);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const auto& node = summary.at("nodes").as_array()[i];
        CHECK(nodes[i].at("node") == node.at("node"));
        std::int64_t heads = 0;
        for (const auto& part : nodes[i].at("heads_by_part").as_array()) {
            heads += part.as_int64();
        }
        CHECK(heads == node.at("heads").as_int64());
        CHECK(nodes[i].at("lags_within").as_array().size() ==
              plots.at("lag_edges_ms").as_array().size());
    }
    CHECK(summary.at("nodes").as_array()[0].at("heads") == 20);
    CHECK_THAT(over.get("/v1/history/plots"), Catch::Contains("Content-Type: application/json"));
    CHECK_THAT(over.get("/v1/history/plots?window=none"), Catch::StartsWith("HTTP/1.1 400 "));
}

TEST_CASE("the worst slots of a node are its late heads that count, the latest first",
          "[history]") {
    const TemporaryFolder folder;
    {
        Recording recording{folder.file()};
        std::vector<updates::Message> batch{update(
            updates::SlotTime{chain::SlotClock{wall(0s), 12s}, updates::SlotTimeSource::kNode},
            0s)};
        const auto add = [&](const std::string& node, std::uint8_t slot, base::Duration delay,
                             const std::function<void(updates::NodeHead&)>& change = nullptr) {
            auto report = head(node, slot, slot, delay);
            if (change) {
                change(report);
            }
            batch.push_back(update(report, 12s * std::int64_t{slot} + delay));
            if (slot != 9) {
                batch.push_back(update(updates::HeadProven{root(slot), chain::Slot{slot}, root(0)},
                                       12s * std::int64_t{slot} + delay));
            }
        };
        add("alpha", 1, 5s);
        add("alpha", 2, 9s);
        add("alpha", 3, 1s);
        add("alpha", 4, 6s);
        add("beta", 5, 11s);
        add("alpha", 6, 7s, [](auto& one) { one.timing.is_repeat = true; });
        add("alpha", 7, 7s, [](auto& one) { one.source = updates::HeadSource::kPoll; });
        add("alpha", 8, 7s,
            [](auto& one) { one.timing.timeliness = updates::HeadTimeliness::kBackfill; });
        // Never proven.
        add("alpha", 9, 8s);
        recording.write(std::move(batch), 200s);
        const auto plan = recording.rows(
            "EXPLAIN QUERY PLAN SELECT at FROM heads h WHERE h.node = 1 AND h.flags & 128 "
            "ORDER BY h.delay_ns DESC");
        CHECK_THAT(plan.front(), Catch::Contains("heads_late"));
        CHECK(plan.size() == 1);
    }
    Over over{folder.file()};
    over.clock.skip(1h);
    const auto slots = [&](const std::string& target) {
        std::string text;
        const auto page = over.json(target);
        for (const auto& row : page.at("rows").as_array()) {
            text += std::string{row.at("slot").as_string().c_str()} + " ";
        }
        return text;
    };
    CHECK(slots("/v1/history/worst?node=alpha") == "2 4 1 ");
    CHECK(slots("/v1/history/worst?node=alpha&limit=1") == "2 ");
    CHECK(slots("/v1/history/worst?node=alpha&from=3&to=5") == "4 ");
    CHECK(slots("/v1/history/worst?node=nobody").empty());
    CHECK_THAT(over.get("/v1/history/worst"), Catch::Contains("node wants the name of a node"));
}

TEST_CASE("what cannot be read is a 503 that shows no path", "[history]") {
    const TemporaryFolder folder;
    Over over{folder.file("none.db")};
    for (const char* const target :
         {"/v1/history/slots", "/v1/history/export", "/v1/history/summary", "/v1/history/plots"}) {
        const std::string answer = over.get(target);
        CHECK_THAT(answer, Catch::StartsWith("HTTP/1.1 503 ") &&
                               Catch::Contains("cannot_open: the history cannot be read"));
        CHECK_THAT(answer, !Catch::Contains(folder.path().string()));
    }
}
