#include "app/candidates_state.hpp"

#include <random>

#include <catch2/catch.hpp>

#include "config/node_entries.hpp"
#include "tests/app/candidates_fixture.hpp"

namespace app_candidates_state_test {

using app::CandidatesState;
using tests::candidates_of;
using tests::names_of;
using tests::request_of;
using Names = std::vector<std::string>;
using Reason = api::CandidateRefusal::Reason;

CandidatesState two_nodes(const std::string& mark = "m1") {
    return CandidatesState{candidates_of({"alpha=http://user:s3cr3t@a:1/k3y", "beta=http://b:2"}),
                           mark, "start", "salt"};
}

Reason refusal_of(const CandidatesState& state, const api::CandidateRequest& request) {
    const auto plan = state.plan(request);
    REQUIRE_FALSE(plan.has_value());
    return plan.error().reason;
}

TEST_CASE("a plan says what opens, closes and opens again, and changes nothing", "[candidates]") {
    const CandidatesState state = two_nodes();
    const auto plan =
        state.plan(request_of(R"({"name":"alpha"},{"name":"gamma","url":"http://g:3/secret"})"));
    REQUIRE(plan.has_value());
    CHECK(plan->change.is_changed);
    CHECK(plan->change.opens == Names{"gamma"});
    CHECK(plan->change.closes == Names{"beta"});
    CHECK(plan->change.reopens == Names{"alpha"});
    CHECK(plan->change.list.candidates ==
          std::vector<api::ShownCandidate>{{"alpha", "http://a:1"}, {"gamma", "http://g:3"}});
    CHECK(names_of(state.list()) == Names{"alpha", "beta"});
    CHECK_FALSE(state.list().is_from_api);
    CHECK(state.list().revision == "start-1");
}

TEST_CASE("a node that is another one under its name closes and opens", "[candidates]") {
    const CandidatesState state = two_nodes();
    const auto plan =
        state.plan(request_of(R"({"name":"alpha","url":"http://a:1/other"},{"name":"beta"})"));
    CHECK(plan->change.opens == Names{"alpha"});
    CHECK(plan->change.closes == Names{"alpha"});
    CHECK(plan->change.reopens == Names{"beta"});
}

TEST_CASE("the same list is no change, in another order it is", "[candidates]") {
    const CandidatesState state = two_nodes();
    const auto same = state.plan(request_of(R"({"name":"alpha"},{"name":"beta"})"));
    CHECK_FALSE(same->change.is_changed);
    CHECK(same->change.opens.empty());
    CHECK(same->change.closes.empty());
    CHECK(same->change.reopens.empty());
    const auto other = state.plan(request_of(R"({"name":"beta"},{"name":"alpha"})"));
    CHECK(other->change.is_changed);
    CHECK(other->change.reopens == Names{"beta", "alpha"});
}

TEST_CASE("a node of the config that was left out comes back by its name", "[candidates]") {
    CandidatesState state = two_nodes();
    state.adopt(*state.plan(request_of(R"({"name":"beta"})")), true);
    CHECK(names_of(state.list()) == Names{"beta"});
    state.adopt(*state.plan(request_of(R"({"name":"beta"},{"name":"alpha"})")), true);
    CHECK(state.nodes().back().endpoint.url.secret_text() == "http://user:s3cr3t@a:1/k3y");
}

TEST_CASE("a plan over another list is outdated, and so is a revision", "[candidates]") {
    CandidatesState state = two_nodes();
    auto first = state.plan(request_of(R"({"name":"beta"})"));
    const auto second = state.plan(request_of(R"({"name":"alpha"})"));
    api::CandidateRequest late = request_of(R"({"name":"alpha"})");
    late.revision = state.list().revision;
    CHECK(state.plan(late).has_value());
    state.adopt(std::move(*first), true);
    CHECK(state.is_outdated(*second));
    CHECK(refusal_of(state, late) == Reason::kOutdated);
    late.revision = "other-" + state.list().revision;
    CHECK(refusal_of(state, late) == Reason::kOutdated);
    late.revision = state.list().revision;
    CHECK(state.plan(late).has_value());
}

TEST_CASE("a list of the API holds until the config has another content", "[candidates]") {
    CandidatesState state = two_nodes("m1");
    CHECK_FALSE(state.holds_over("m1"));
    state.adopt(*state.plan(request_of(R"({"name":"beta"})")), true);
    CHECK(state.holds_over("m1"));
    CHECK_FALSE(state.holds_over("m2"));
    CHECK(state.list().is_from_api);
    CHECK(state.list().is_saved);
    const std::string before = state.list().revision;
    state.take_config(candidates_of({"beta=http://b:2"}), "m2");
    CHECK_FALSE(state.list().is_from_api);
    CHECK_FALSE(state.list().is_saved);
    CHECK(state.list().revision != before);
}

TEST_CASE("another content makes a plan outdated, though its nodes are the same", "[candidates]") {
    CandidatesState state = two_nodes("m1");
    const auto plan = state.plan(request_of(R"({"name":"beta"})"));
    const auto same = state.nodes();
    state.take_config(same, "m1");
    CHECK_FALSE(state.is_outdated(*plan));
    state.take_config(same, "m2");
    CHECK(state.is_outdated(*plan));
}

TEST_CASE("a saved list is followed over the same content alone", "[candidates]") {
    CandidatesState earlier = two_nodes("m1");
    auto plan = earlier.plan(
        request_of(R"({"name":"alpha"},{"name":"gamma","url":"http://g:3","headers":{"A":"b"}})"));
    const std::string text = plan->saved_text;
    CHECK(text.find("s3cr3t") == std::string::npos);
    earlier.adopt(std::move(*plan), true);

    CandidatesState same = two_nodes("m1");
    CHECK((same.take_saved(text).value() == CandidatesState::SavedUse::kFollowed));
    CHECK((same.nodes() == earlier.nodes()));
    CHECK(same.list().is_from_api);
    CHECK(same.list().is_saved);

    CandidatesState other = two_nodes("m2");
    CHECK((other.take_saved(text).value() == CandidatesState::SavedUse::kOutdated));
    CHECK(names_of(other.list()) == Names{"alpha", "beta"});
    CHECK_FALSE(other.list().is_from_api);

    for (std::size_t size = 0; size + 2 < text.size(); ++size) {
        CandidatesState cut = two_nodes("m1");
        CHECK_FALSE(cut.take_saved(text.substr(0, size)).has_value());
        CHECK(names_of(cut.list()) == Names{"alpha", "beta"});
    }
}

TEST_CASE("the API brings so many names and no more, those of the config not counted",
          "[candidates]") {
    CandidatesState state = two_nodes();
    const auto list_from = [](std::size_t begin, std::size_t end) {
        std::string entries = R"({"name":"alpha"})";
        for (std::size_t i = begin; i < end; ++i) {
            entries += R"(,{"name":"n)" + std::to_string(i) + R"(","url":"http://n"})";
        }
        return request_of(entries);
    };
    constexpr std::size_t kMax = app::kApiNamesMax;
    state.adopt(*state.plan(list_from(0, kMax / 2)), true);
    state.adopt(*state.plan(list_from(kMax / 2, kMax)), true);
    CHECK(refusal_of(state, list_from(kMax, kMax + 1)) == Reason::kTooManyNames);
    // The ones that were there before.
    state.adopt(*state.plan(list_from(0, 10)), true);
    CHECK(state.plan(request_of(R"({"name":"alpha"},{"name":"beta"})")).has_value());
}

TEST_CASE("no request, however mangled, breaks a rule of the list", "[candidates]") {
    const CandidatesState state = two_nodes();
    const std::string good = request_of(R"({"name":"alpha"},{"name":"gamma","url":"http://g:3/p",)"
                                        R"("headers":{"X-A":"s3cr3t"},"stalled_slots":7})")
                                 .body;
    const char* const seed_text = std::getenv("HEADMON_SEED");  // NOLINT(concurrency-mt-unsafe)
    const unsigned seed = seed_text == nullptr ? std::random_device{}()
                                               : static_cast<unsigned>(std::stoul(seed_text));
    INFO("HEADMON_SEED=" << seed);
    std::mt19937 dice{seed};
    constexpr std::string_view kBytes = "{}[]\":,\\nu0e-/ \xff\x01htp@#";
    std::size_t taken = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string body = good;
        for (unsigned edits = 1 + dice() % 4; edits > 0 && !body.empty(); --edits) {
            const std::size_t at = dice() % body.size();
            switch (dice() % 3) {
                case 0:
                    body[at] = kBytes[dice() % kBytes.size()];
                    break;
                case 1:
                    body.erase(at, 1 + dice() % 8);
                    break;
                default:
                    body.insert(at, 1, kBytes[dice() % kBytes.size()]);
            }
        }
        api::CandidateRequest request;
        request.body = body;
        if (dice() % 4 == 0) {
            request.form = api::CandidateRequest::Form::kLighthouse;
        }
        const auto plan = state.plan(request);
        if (!plan) {
            CHECK(plan.error().message.find("s3cr3t") == std::string::npos);
            continue;
        }
        ++taken;
        CHECK_FALSE(plan->nodes.empty());
        const auto again = config::parse_node_entries(plan->saved_text, config::EntriesForm::kSaved,
                                                      state.nodes(), "salt");
        REQUIRE(again.has_value());
        CHECK(again->nodes.size() == plan->nodes.size());
    }
    CHECK(taken > 100);
}

}  // namespace app_candidates_state_test
