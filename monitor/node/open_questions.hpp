#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "updates/node_status.hpp"

namespace monitor {

/// What a node was asked by REST and has not answered, question by question: one endpoint that a
/// proxy hides says nothing of the others. A slot counts when the question was put in it, or would
/// have been if the node's REST API were not left alone, and no answer came. A question that is not
/// put keeps its count: only an answer ends it. Pure; one for each node.
class OpenQuestions {
  public:
    /// Slots without an answer before it is reported.
    static constexpr std::uint32_t kPatienceSlots = 3;

    /// The question is put in this slot.
    void put(updates::RestQuestion question);
    void answered(updates::RestQuestion question);
    /// No answer came that can be used; `reason` is printable.
    void failed(updates::RestQuestion question, std::string reason);
    /// The slot's tick.
    void on_tick();

    /// For how many slots the question has been put without an answer.
    [[nodiscard]] std::uint32_t slots(updates::RestQuestion question) const;
    /// The questions that are open for as long as the patience lasts, or longer.
    [[nodiscard]] std::vector<updates::UnansweredQuestion> overdue() const;

  private:
    struct Question {
        bool is_put = false;
        std::uint32_t slots = 0;
        std::string reason;
    };

    [[nodiscard]] Question& at(updates::RestQuestion question) {
        return questions_[static_cast<std::size_t>(question)];
    }

    std::array<Question, updates::kRestQuestions.size()> questions_;
};

}  // namespace monitor
