#include "monitor/candidate_list.hpp"

#include <catch2/catch.hpp>

#include "tests/monitor/candidates.hpp"

using monitor::CandidateList;
using tests::candidate;

TEST_CASE("a list that is put in force notifies, and reading it takes the notification",
          "[monitor]") {
    boost::asio::io_context loop;
    CandidateList list{loop.get_executor()};
    REQUIRE(list.replace({candidate("alpha")}).has_value());
    REQUIRE(list.replace({candidate("alpha"), candidate("beta")}).value());
    CHECK(list.read().size() == 2);
    CHECK_FALSE(list.changed().take());
}

TEST_CASE("a list equal to the one in force changes nothing", "[monitor]") {
    boost::asio::io_context loop;
    CandidateList list{loop.get_executor()};
    CHECK(list.replace({candidate("alpha")}).value());
    (void)list.read();
    CHECK_FALSE(list.replace({candidate("alpha")}).value());
    CHECK_FALSE(list.changed().take());
    CHECK(list.replace({candidate("alpha", "http://127.0.0.1:2")}).value());
    CHECK(list.changed().take());
}

TEST_CASE("an invalid list changes nothing and says why", "[monitor]") {
    boost::asio::io_context loop;
    CandidateList list{loop.get_executor()};
    REQUIRE(list.replace({candidate("alpha")}).has_value());
    (void)list.read();
    std::vector<monitor::Candidate> wrong;
    SECTION("empty") {}
    SECTION("a name twice") {
        wrong = {candidate("a"), candidate("a")};
    }
    SECTION("an empty name") {
        wrong = {candidate("")};
    }
    SECTION("a long name") {
        wrong = {candidate(std::string(65, 'a'))};
    }
    SECTION("a name that is not printable") {
        wrong = {candidate("a\nb")};
    }
    const auto replaced = list.replace(wrong);
    REQUIRE(replaced.has_error());
    CHECK((replaced.error().code == base::ErrorCode::kBadValue));
    CHECK(replaced.error().detail.find('\n') == std::string::npos);
    CHECK_FALSE(list.changed().take());
    CHECK(list.read().front().id.name() == "alpha");
}
