#include "monitor/node/open_questions.hpp"

#include <limits>
#include <utility>

namespace monitor {

using updates::RestQuestion;

void OpenQuestions::put(RestQuestion question) {
    at(question).is_put = true;
}

void OpenQuestions::answered(RestQuestion question) {
    at(question) = Question{};
}

void OpenQuestions::failed(RestQuestion question, std::string reason) {
    at(question).is_put = true;
    at(question).reason = std::move(reason);
}

void OpenQuestions::on_tick() {
    for (Question& question : questions_) {
        const bool counts = std::exchange(question.is_put, false) &&
                            question.slots < std::numeric_limits<std::uint32_t>::max();
        question.slots += counts ? 1 : 0;
    }
}

std::uint32_t OpenQuestions::slots(RestQuestion question) const {
    return questions_[static_cast<std::size_t>(question)].slots;
}

std::vector<updates::UnansweredQuestion> OpenQuestions::overdue() const {
    std::vector<updates::UnansweredQuestion> out;
    for (const RestQuestion which : updates::kRestQuestions) {
        const Question& question = questions_[static_cast<std::size_t>(which)];
        if (question.slots >= kPatienceSlots) {
            const bool was_sent = !question.reason.empty();
            out.push_back({which, was_sent ? question.reason : "no answer", question.slots});
        }
    }
    return out;
}

}  // namespace monitor
