#include "monitor/node/open_questions.hpp"

#include <catch2/catch.hpp>

namespace open_questions_test {

using monitor::OpenQuestions;
using updates::RestQuestion;

namespace {

/// A slot in which the question is put, and perhaps answered.
void slot(OpenQuestions& questions, RestQuestion question, bool is_answered,
          const char* reason = nullptr) {
    questions.put(question);
    if (is_answered) {
        questions.answered(question);
    } else if (reason != nullptr) {
        questions.failed(question, reason);
    }
    questions.on_tick();
}

}  // namespace

TEST_CASE("a question is overdue after three slots without an answer", "[monitor]") {
    for (const RestQuestion question : updates::kRestQuestions) {
        OpenQuestions questions;
        for (int i = 0; i < 2; ++i) {
            slot(questions, question, false, "status 403");
            CHECK(questions.overdue().empty());
        }
        slot(questions, question, false, "status 429");
        REQUIRE(questions.overdue().size() == 1);
        CHECK((questions.overdue()[0] == updates::UnansweredQuestion{question, "status 429", 3}));
        slot(questions, question, true);
        CHECK(questions.overdue().empty());
        CHECK(questions.slots(question) == 0);
    }
}

TEST_CASE("one answer now and then is an answer, and one question says nothing of another",
          "[monitor]") {
    OpenQuestions questions;
    for (int i = 0; i < 30; ++i) {
        questions.put(RestQuestion::kHead);
        questions.failed(RestQuestion::kHead, "no answer in time");
        slot(questions, RestQuestion::kSyncing, i % 3 == 2);
        CHECK(questions.slots(RestQuestion::kSyncing) < 3);
    }
    REQUIRE(questions.overdue().size() == 1);
    CHECK((questions.overdue()[0].question == RestQuestion::kHead));
    CHECK(questions.overdue()[0].slots == 30);
}

TEST_CASE("a question that is kept back counts like one without an answer", "[monitor]") {
    OpenQuestions questions;
    for (int i = 0; i < 3; ++i) {
        slot(questions, RestQuestion::kSyncing, false);
    }
    REQUIRE(questions.overdue().size() == 1);
    CHECK(questions.overdue()[0].reason == "no answer");
}

TEST_CASE("a question that is not put any more stays as it is: only an answer ends it",
          "[monitor]") {
    OpenQuestions questions;
    for (int i = 0; i < 3; ++i) {
        slot(questions, RestQuestion::kGenesis, false, "status 404");
    }
    for (int i = 0; i < 5; ++i) {
        questions.on_tick();
    }
    REQUIRE(questions.overdue().size() == 1);
    CHECK(questions.overdue()[0].slots == 3);
    questions.answered(RestQuestion::kGenesis);
    CHECK(questions.overdue().empty());
}

}  // namespace open_questions_test
