#include "api/answer_bodies.hpp"

#include <utility>

namespace api {

std::optional<AnswerBodies::Body> AnswerBodies::get(const std::string& name, base::MonoTime now,
                                                    const std::function<Answer()>& make) {
    std::erase_if(large_,
                  [now](const auto& entry) { return now - entry.second.made >= kLargeAge; });
    if (const auto known = large_.find(name); known != large_.end()) {
        return known->second.body;
    }
    if (!has_room()) {
        return std::nullopt;
    }
    Answer answer = make();
    const bool is_large = answer.body.size() >= kLargeBytes;
    const Body body{answer.status, count(std::move(answer.body))};
    if (is_large) {
        large_.emplace(name, Large{body, now});
    }
    return body;
}

bool AnswerBodies::has_room() {
    const bool has_room = *bytes_ < bytes_max_;
    refused_ += has_room ? 0 : 1;
    return has_room;
}

std::shared_ptr<const std::string> AnswerBodies::count(std::string text) const {
    const auto body = std::make_shared<const std::string>(std::move(text));
    *bytes_ += body->size();
    return {body.get(), [body, bytes = bytes_](const std::string*) { *bytes -= body->size(); }};
}

}  // namespace api
