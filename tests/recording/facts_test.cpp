#include "recording/facts.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/time_text.hpp"

namespace recording_facts_test {

using recording::Fact;

/// "…:05Z" of second 5.
std::string line(std::string_view update, double second, std::string_view members) {
    char at[16];
    (void)std::snprintf(at, sizeof at, "%09.6f", second);
    return R"({"update":")" + std::string{update} + R"(","at":"2026-01-31T02:00:)" + at +
           R"(Z","at_monotonic_seconds":7,)" + std::string{members} + "}";
}

std::vector<Fact> facts_of(const std::vector<std::string>& lines,
                           std::optional<base::WallTime> from = {},
                           std::optional<base::WallTime> to = {}) {
    recording::FactReader reader{from, to};
    std::vector<Fact> facts;
    for (const std::string& one : lines) {
        INFO(one);
        const auto fact = reader.read(one);
        REQUIRE(fact.has_value());
        if (*fact) {
            facts.push_back(**fact);
        }
    }
    return facts;
}

/// "-05 words": the second, and what is told.
std::vector<std::string> differences(const std::vector<std::string>& before,
                                     const std::vector<std::string>& after) {
    std::vector<std::string> all;
    for (const auto& one : compare(facts_of(before), facts_of(after)).differences) {
        all.push_back((one.is_after ? "+" : "-") + base::to_rfc3339(one.at).substr(17, 2) + " " +
                      one.words);
    }
    return all;
}

std::string verdict(double second, int slot, std::string_view word) {
    return line("slot_verdict", second,
                R"("slot":")" + std::to_string(slot) + R"(","verdict":")" + std::string{word} +
                    R"(","first_reported_by":"alpha","block":null,"delay_seconds":1.487312,)"
                    R"("deadline_seconds":4)");
}

TEST_CASE("the same updates have no difference, and another verdict is told on both sides",
          "[recording]") {
    const std::vector before{verdict(1, 5, "on_time"), verdict(13, 6, "on_time")};
    CHECK(differences(before, before).empty());
    CHECK(
        differences(before, {verdict(1, 5, "on_time"), verdict(13, 6, "late")}) ==
        std::vector<std::string>{"-13 slot_verdict slot=6 verdict=on_time first_reported_by=alpha "
                                 "delay_seconds=1.487312 deadline_seconds=4",
                                 "+13 slot_verdict slot=6 verdict=late first_reported_by=alpha "
                                 "delay_seconds=1.487312 deadline_seconds=4"});
}

TEST_CASE("the same fact at another moment is another one, beyond a second", "[recording]") {
    const auto lost = [](double second) {
        return line(
            "stream_ended", second,
            R"("node":"alpha","reason":"silent","detail":"so long","consecutive_disconnects":1)");
    };
    CHECK(differences({lost(10)}, {lost(10.9)}).empty());
    CHECK(differences({lost(10.9)}, {lost(10)}).empty());
    CHECK(differences({lost(10)}, {lost(12)}) ==
          std::vector<std::string>{"-10 stream_ended node=alpha reason=silent",
                                   "+12 stream_ended node=alpha reason=silent"});
    // Each has one counterpart at most.
    CHECK(differences({lost(10), lost(20), lost(30)}, {lost(10), lost(30)}) ==
          std::vector<std::string>{"-20 stream_ended node=alpha reason=silent"});
    CHECK(differences({lost(10)}, {lost(10), lost(10.1)}).size() == 1);
}

TEST_CASE("texts, ages and counts are no facts, and a state that is said again is none",
          "[recording]") {
    const auto status = [](double second, std::string_view node, std::string_view issues, int age) {
        return line("node_status", second,
                    R"("node":")" + std::string{node} + R"(","version":"x","disconnects":)" +
                        std::to_string(age) +
                        R"(,"network_check":"match","topic_set":"head_only",)"
                        R"("rest_breaker":"closed","health":"good","issues":[)" +
                        std::string{issues} + "]");
    };
    CHECK(
        facts_of({status(1, "alpha", "", 1), status(13, "alpha", "", 2), status(13, "beta", "", 2),
                  status(25, "alpha", R"("silent")", 2), status(37, "alpha", "", 3)})
            .size() == 4);
    CHECK(differences({status(1, "alpha", "", 1), status(25, "alpha", R"("silent")", 2)},
                      {status(1, "alpha", "", 8), status(13, "alpha", "", 9)}) ==
          std::vector<std::string>{
              "-25 node_status node=alpha health=good issues=[\"silent\"] network_check=match "
              "topic_set=head_only rest_breaker=closed"});
    CHECK(facts_of({line("node_event", 1, R"("node":"alpha","topic":"x","data":{})"),
                    line("weather", 2, R"("mood":"fine")")})
              .empty());
}

TEST_CASE("what one headmon alone has in an update is named, and not compared", "[recording]") {
    const auto cycle = [](std::string_view more) {
        return line("run_ended", 5, R"("reason":"gave_up")" + std::string{more});
    };
    // A member that we do not compare anyway, and one that the other had not yet.
    CHECK(differences({cycle("")}, {cycle(R"(,"mood":"fine")")}).empty());
    const auto before =
        facts_of({line("node_status", 1, R"("node":"alpha","health":"good","issues":[])")});
    const auto after =
        facts_of({line("node_status", 1,
                       R"("node":"alpha","health":"good","issues":[],"rest_breaker":"closed")"),
                  // That member alone has changed: of what is compared it is the same state.
                  line("node_status", 13,
                       R"("node":"alpha","health":"good","issues":[],"rest_breaker":"open")")});
    for (const auto& comparison : {compare(before, after), compare(after, before)}) {
        CHECK(comparison.differences.empty());
        CHECK(comparison.not_compared == std::vector<std::string>{"node_status.rest_breaker"});
    }
    // Updates of a kind that one side has none of are facts like any other.
    CHECK(compare({}, before).differences.size() == 1);
    CHECK(compare({}, before).not_compared.empty());
}

TEST_CASE("facts are those of the time that is asked for", "[recording]") {
    const std::vector lines{verdict(1, 5, "late"), verdict(13, 6, "late"), verdict(25, 7, "late")};
    const auto second = [](std::string_view at) {
        return base::parse_rfc3339("2026-01-31T02:00:" + std::string{at} + "Z").value();
    };
    const auto middle = facts_of(lines, second("13"), second("25"));
    REQUIRE(middle.size() == 1);
    CHECK(middle.front().json == lines.at(1));
}

TEST_CASE("what is no update is an error, and what is shown of one can do no harm", "[recording]") {
    recording::FactReader reader{{}, {}};
    const auto error = [&reader](std::string_view text) {
        const auto read = reader.read(text);
        return read ? std::string{"none"} : to_string(read.error());
    };
    CHECK(error("") == "malformed_json: line");
    CHECK(error("[1]") == "malformed_json: line");
    CHECK(error(verdict(1, 5, "late").substr(0, 90)) == "malformed_json: line");
    CHECK(error("{}") == "missing_field: update");
    CHECK(error(R"({"update":"run_ended"})") == "missing_field: at");
    CHECK(error(R"({"update":"run_ended","at":"yesterday"})") == "bad_value: at");
    CHECK(error(R"({"update":"lagged"})") == "missing_field: count");
    CHECK(reader.updates() == 0);
    CHECK(error(R"({"update":"lagged","count":120})") == "none");
    CHECK(reader.lost() == 120);
    CHECK(differences({}, {line("stream_opened", 1,
                                R"("node":"\u001b[2J a=\u009b","reopened":[)"
                                "\"x y\"]")}) ==
          std::vector<std::string>{
              R"(+01 stream_opened node="\x5cu001b[2J a=\xc2\x9b" reopened=["x y"])"});
}

}  // namespace recording_facts_test
