#include "app/candidates_keeper.hpp"

#include <sys/stat.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <catch2/catch.hpp>

#include "app/candidates_access.hpp"
#include "app/token_file.hpp"
#include "tests/app/candidates_fixture.hpp"

namespace app_candidates_keeper_test {

using app::CandidatesKeeper;
using tests::CandidatesFolder;
using tests::config_with;
using tests::KeptCandidates;
using tests::request_of;
using Names = std::vector<std::string>;
using Reason = api::CandidateRefusal::Reason;
namespace fs = std::filesystem;

const Names kTwo{"alpha=http://a:1", "beta=http://b:2"};

mode_t mode_of_file(const std::string& path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 0777U;
}

TEST_CASE("a list is saved before it is in force, and the next start follows it", "[candidates]") {
    const CandidatesFolder folder;
    {
        KeptCandidates kept{config_with(kTwo, "m1", folder.text())};
        const auto result = kept.start(request_of(R"({"name":"beta"})"));
        kept.loop.run_one();
        // The disk has it first.
        CHECK(kept.followed() == Names{"alpha", "beta"});
        tests::run_until(kept.loop, [&] { return result->has_value(); });
        REQUIRE((*result)->has_value());
        CHECK(kept.followed() == Names{"beta"});
        CHECK((*result)->value().list.is_saved);
        CHECK(mode_of_file(folder.file("candidates.json")) == 0600);
        CHECK_FALSE(folder.has("candidates.json.new"));
    }
    {
        KeptCandidates next{config_with(kTwo, "m1", folder.text())};
        CHECK(next.followed() == Names{"beta"});
        REQUIRE(next.keeper.start_lines().size() == 1);
        CHECK_THAT(next.keeper.start_lines().front().message,
                   Catch::StartsWith("following the nodes that were set over the API"));
    }
    KeptCandidates changed{config_with(kTwo, "m2", folder.text())};
    CHECK(changed.followed() == Names{"alpha", "beta"});
    CHECK_THAT(changed.keeper.start_lines().front().message,
               Catch::StartsWith("following the nodes of the config: it has changed"));
    // So that the old content, should it come back, does not bring the list back.
    CHECK_FALSE(folder.has("candidates.json"));
}

TEST_CASE("a list that cannot be saved changes nothing", "[candidates]") {
    const CandidatesFolder folder;
    KeptCandidates kept{config_with(kTwo, "m1", folder.text())};
    fs::create_directory(folder.file("candidates.json"));
    const auto result = kept.change(request_of(R"({"name":"beta"})"));
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().reason == Reason::kNotSaved);
    CHECK(kept.followed() == Names{"alpha", "beta"});
    CHECK_FALSE(kept.keeper.list().is_from_api);
    fs::remove(folder.file("candidates.json"));
    CHECK(kept.change(request_of(R"({"name":"beta"})")).has_value());
    CHECK(kept.followed() == Names{"beta"});
}

TEST_CASE("one change is on at a time, and a dry run is none", "[candidates]") {
    const CandidatesFolder folder;
    KeptCandidates kept{config_with(kTwo, "m1", folder.text())};
    const auto first = kept.start(request_of(R"({"name":"beta"})"));
    const auto second = kept.start(request_of(R"({"name":"alpha"})"));
    api::CandidateRequest dry = request_of(R"({"name":"alpha"})");
    dry.is_dry_run = true;
    const auto third = kept.start(dry);
    tests::run_until(kept.loop, [&] { return *first && *second && *third; });
    CHECK((*first)->has_value());
    REQUIRE_FALSE((*second)->has_value());
    CHECK((*second)->error().reason == Reason::kBusy);
    CHECK((*third)->has_value());
    CHECK(kept.followed() == Names{"beta"});
}

TEST_CASE("a client that leaves changes nothing about its change", "[candidates]") {
    const CandidatesFolder folder;
    KeptCandidates kept{config_with(kTwo, "m1", folder.text())};
    boost::asio::cancellation_signal leave;
    bool is_gone = false;
    boost::asio::co_spawn(kept.loop, kept.keeper.change(request_of(R"({"name":"beta"})")),
                          boost::asio::bind_cancellation_slot(
                              leave.slot(), [&](const std::exception_ptr&,
                                                const api::CandidateResult&) { is_gone = true; }));
    kept.loop.run_one();
    leave.emit(boost::asio::cancellation_type::terminal);
    tests::run_until(kept.loop, [&] { return is_gone && kept.keeper.list().is_from_api; });
    CHECK(kept.followed() == Names{"beta"});
    CHECK(folder.has("candidates.json"));
}

TEST_CASE("a config that changes while a list is being saved comes first", "[candidates]") {
    const CandidatesFolder folder;
    KeptCandidates kept{config_with(kTwo, "m1", folder.text())};
    const auto result = kept.start(request_of(R"({"name":"beta"})"));
    kept.loop.run_one();
    CHECK(
        (kept.keeper.take_config(config_with({"gamma=http://g:3"}, "m2", folder.text())).value() ==
         CandidatesKeeper::ConfigUse::kNewNodes));
    tests::run_until(kept.loop, [&] { return result->has_value(); });
    REQUIRE_FALSE((*result)->has_value());
    CHECK((*result)->error().reason == Reason::kOutdated);
    CHECK(kept.followed() == Names{"gamma"});
    tests::run_until(kept.loop, [&] { return !folder.has("candidates.json"); });
}

TEST_CASE("a config read again with the same content leaves the list of the API", "[candidates]") {
    const CandidatesFolder folder;
    KeptCandidates kept{config_with(kTwo, "m1", folder.text())};
    using Use = CandidatesKeeper::ConfigUse;
    const auto take = [&](const Names& nodes, const std::string& mark) {
        return kept.keeper.take_config(config_with(nodes, mark, folder.text())).value();
    };
    CHECK((take(kTwo, "m1") == Use::kSameNodes));
    REQUIRE(kept.change(request_of(R"({"name":"beta"})")).has_value());
    CHECK((take(kTwo, "m1") == Use::kSavedStay));
    CHECK(kept.followed() == Names{"beta"});
    CHECK((take(kTwo, "m2") == Use::kNewNodes));
    CHECK(kept.followed() == Names{"alpha", "beta"});
    tests::run_until(kept.loop, [&] { return !folder.has("candidates.json"); });
    CHECK((take(kTwo, "m3") == Use::kSameNodes));
}

TEST_CASE("without a state directory a list holds until the end", "[candidates]") {
    KeptCandidates kept{config_with(kTwo, "m1")};
    const auto result = kept.change(request_of(R"({"name":"beta"})"));
    REQUIRE(result.has_value());
    CHECK_FALSE(result->list.is_saved);
    CHECK(kept.followed() == Names{"beta"});
    CHECK((kept.keeper.take_config(config_with(kTwo, "m1")).value() ==
           CandidatesKeeper::ConfigUse::kSavedStay));
}

TEST_CASE("a saved list that is none is left alone, and reported", "[candidates]") {
    const CandidatesFolder folder;
    std::ofstream{folder.file("candidates.json")} << "{\"candidates\":[{\"name\":\"s3cr3t";
    KeptCandidates kept{config_with(kTwo, "m1", folder.text())};
    CHECK(kept.followed() == Names{"alpha", "beta"});
    REQUIRE(kept.keeper.start_lines().size() == 1);
    const logging::LogLine& line = kept.keeper.start_lines().front();
    CHECK((line.level == logging::LogLevel::kWarning));
    CHECK(to_text(line).find("s3cr3t") == std::string::npos);
    CHECK(to_text(line).find("candidates.json") != std::string::npos);
    CHECK(folder.has("candidates.json"));
}

TEST_CASE("a token is made once, for its owner alone", "[candidates]") {
    const CandidatesFolder folder;
    const std::string path = folder.file("state/api_token");
    const auto made = app::open_token_file(path);
    REQUIRE(made.has_value());
    CHECK(made->secret_text().size() == 64);
    CHECK(mode_of_file(path) == 0600);
    CHECK(mode_of_file(folder.file("state")) == 0700);
    CHECK(app::open_token_file(path)->secret_text() == made->secret_text());
    CHECK(app::open_token_file(folder.file("another"))->secret_text() != made->secret_text());
}

TEST_CASE("a token file that holds none is an error without what it holds", "[candidates]") {
    const CandidatesFolder folder;
    const std::string path = folder.file("token");
    std::ofstream{path} << "s3cr3t";
    const auto token = app::open_token_file(path);
    REQUIRE_FALSE(token.has_value());
    CHECK(token.error().detail == path + ": holds no token: 16 to 512 letters, digits and -._~+/=");
    // Somebody's file is not replaced.
    CHECK(folder.read("token") == "s3cr3t");
    CHECK_FALSE(app::open_token_file(folder.text()).has_value());
    CHECK_FALSE(app::open_token_file(folder.file("token/below")).has_value());
}

TEST_CASE("who may change the list depends on a token", "[candidates]") {
    const CandidatesFolder folder;
    KeptCandidates kept{config_with(kTwo, "m1")};
    config::Config config = config_with(kTwo, "m1");
    CHECK_FALSE(app::open_candidates_access(&kept.keeper, config).token.has_value());
    CHECK(app::open_candidates_access(&kept.keeper, config).start_lines.empty());
    config.state.directory = folder.text();
    const auto access = app::open_candidates_access(&kept.keeper, config);
    CHECK(access.token.has_value());
    REQUIRE(access.start_lines.size() == 1);
    CHECK(to_text(access.start_lines.front()).find(access.token->secret_text()) ==
          std::string::npos);
    ::chmod(folder.file("api_token").c_str(), 0604);
    CHECK(app::open_candidates_access(&kept.keeper, config).start_lines.size() == 2);
    // That of the state directory may fail; one that is named may not.
    config.state.directory = "/proc/none";
    CHECK_FALSE(app::open_candidates_access(&kept.keeper, config).token.has_value());
    CHECK((app::open_candidates_access(&kept.keeper, config).start_lines.front().level ==
           logging::LogLevel::kWarning));
    config.api.token_file = "/proc/none/token";
    CHECK_THROWS_AS(app::open_candidates_access(&kept.keeper, config), app::TokenFileError);
}

}  // namespace app_candidates_keeper_test
