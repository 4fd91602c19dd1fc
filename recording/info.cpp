#include "recording/info.hpp"

#include <variant>

namespace recording {

void Info::apply(const Entry& entry) {
    const Event& event = entry.event;
    if (const auto* started = std::get_if<Started>(&event)) {
        if (!started->is_continuation || starts_.empty()) {
            starts_.push_back({started->version, started->is_continuation, entry.at, {}, 0, 0, {}});
            requests_.clear();
        }
        starts_.back().lost += started->lost;
        repeats_ = started->is_continuation && starts_.back().entries > 0 ? started->repeats : 0;
    } else if (repeats_ > 0) {
        --repeats_;
        standing_.apply(entry);
        return;
    }
    if (starts_.empty()) {
        return;
    }
    StartInfo& start = starts_.back();
    ++start.entries;
    start.last = entry.at;
    if (const auto* opening = std::get_if<StreamOpening>(&event)) {
        ++start.nodes[opening->node].streams;
    } else if (const auto* bytes = std::get_if<StreamBytes>(&event)) {
        start.nodes[standing_.node_of(bytes->stream)].stream_bytes += bytes->bytes.size();
    } else if (const auto* request = std::get_if<Requested>(&event)) {
        requests_.insert_or_assign(request->request, request->node);
    } else if (const auto* answer = std::get_if<Answered>(&event)) {
        const auto asked = requests_.extract(answer->request);
        NodeInfo& node = start.nodes[asked ? asked.mapped() : ""];
        ++node.answers;
        node.answer_bytes += answer->result ? answer->result->body.size() : 0;
    }
    standing_.apply(entry);
}

}  // namespace recording
