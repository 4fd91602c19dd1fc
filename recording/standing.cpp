#include "recording/standing.hpp"

#include <utility>
#include <variant>

namespace recording {

void Standing::apply(const Entry& entry) {
    const Event& event = entry.event;
    if (const auto* started = std::get_if<Started>(&event)) {
        if (!started->is_continuation || started->lost > 0) {
            list_.reset();
            streams_.clear();
            requests_.clear();
            answers_.clear();
        }
        started_ = *started;
    } else if (const auto* list = std::get_if<Listed>(&event)) {
        list_ = *list;
    } else if (const auto* opening = std::get_if<StreamOpening>(&event)) {
        streams_.try_emplace(opening->stream, Stream{*opening, false, std::nullopt});
    } else if (const auto* connected = std::get_if<StreamConnected>(&event)) {
        if (const auto found = streams_.find(connected->stream); found != streams_.end()) {
            found->second.is_connected = true;
        }
    } else if (const auto* head = std::get_if<StreamHead>(&event)) {
        if (const auto found = streams_.find(head->stream); found != streams_.end()) {
            found->second.head = head->head;
        }
    } else if (const auto* end = std::get_if<StreamEnd>(&event)) {
        streams_.erase(end->stream);
    } else if (const auto* closed = std::get_if<StreamClosed>(&event)) {
        streams_.erase(closed->stream);
    } else if (const auto* request = std::get_if<Requested>(&event)) {
        if (is_lasting(request->path)) {
            requests_.insert_or_assign(request->request, *request);
        }
    } else if (const auto* answer = std::get_if<Answered>(&event)) {
        const auto asked = requests_.extract(answer->request);
        constexpr int kOk = 200;
        if (asked && answer->result && answer->result->head.status == kOk) {
            answers_.insert_or_assign(std::pair{asked.mapped().node, asked.mapped().path},
                                      std::pair{asked.mapped(), *answer});
        }
    }
}

bool Standing::is_lasting(const std::string& path) {
    return path == "/eth/v1/beacon/genesis" || path == "/eth/v1/config/spec" ||
           path == "/eth/v1/node/version";
}

std::vector<Entry> Standing::first_entries(base::Instant at) const {
    std::vector<Entry> entries;
    if (!started_) {
        return entries;
    }
    Started started = *started_;
    started.is_continuation = true;
    started.lost = 0;
    entries.push_back({at, std::move(started)});
    if (list_) {
        entries.push_back({at, *list_});
    }
    for (const auto& [number, stream] : streams_) {
        entries.push_back({at, stream.opening});
        if (stream.is_connected) {
            entries.push_back({at, StreamConnected{number}});
        }
        if (stream.head) {
            entries.push_back({at, StreamHead{number, *stream.head}});
        }
    }
    for (const auto& [asked, answer] : answers_) {
        entries.push_back({at, answer.first});
        entries.push_back({at, answer.second});
    }
    std::get<Started>(entries.front().event).repeats = entries.size() - 1;
    return entries;
}

std::string Standing::node_of(std::uint64_t stream) const {
    const auto found = streams_.find(stream);
    return found == streams_.end() ? "" : found->second.opening.node;
}

}  // namespace recording
