#include "fleet/sequencer.hpp"

#include <algorithm>
#include <iterator>

namespace fleet {

void Sequencer::follow(const MessageId& id) {
    Output none;
    Line& line = line_of(id, none);
    line.next = line.has_begun ? std::max(line.next, id.sequence + 1) : id.sequence + 1;
    line.has_begun = true;
}

Sequencer::Line& Sequencer::line_of(const MessageId& id, Output& out) {
    const Key key{id.instance, id.origin};
    if (const auto known = lines_.find(key); known != lines_.end()) {
        return known->second;
    }
    if (lines_.size() >= limits_.origins_max) {
        const auto oldest = std::min_element(
            lines_.begin(), lines_.end(),
            [](const auto& a, const auto& b) { return a.second.last < b.second.last; });
        while (!oldest->second.waiting.empty()) {
            give_up(oldest->first, oldest->second, out);
        }
        lines_.erase(oldest);
    }
    return lines_[key];
}

void Sequencer::add(Received message, Output& out) {
    if (!message.id) {
        out.messages.push_back(std::move(message));
        return;
    }
    const MessageId& id = *message.id;
    Line& line = line_of(id, out);
    line.last = std::max(line.last, message.stored_at);
    if (!line.has_begun && line.waiting.empty() && id.sequence == 1) {
        line.has_begun = true;
    }
    if (line.has_begun && id.sequence == line.next) {
        ++line.next;
        out.messages.push_back(std::move(message));
        release(line, out);
        return;
    }
    if (line.has_begun && id.sequence < line.next) {
        if (take_lost(line, id.sequence)) {
            out.found.push_back(id);
            out.messages.push_back(std::move(message));
        } else {
            ++repeats_;
        }
        return;
    }
    const Key key{id.instance, id.origin};
    hold(line, std::move(message), out, key);
}

void Sequencer::hold(Line& line, Received message, Output& out, const Key& key) {
    const std::uint64_t sequence = message.id->sequence;
    const base::WallTime stored_at = message.stored_at;
    const std::size_t bytes = message.body.size();
    if (line.waiting.empty()) {
        line.since = stored_at;
    }
    if (!line.waiting.emplace(sequence, std::move(message)).second) {
        ++repeats_;
        return;
    }
    ++held_;
    held_bytes_ += bytes;
    while (!line.waiting.empty() && (is_due(line, stored_at) || held_ > limits_.held_max ||
                                     held_bytes_ > limits_.held_bytes_max)) {
        give_up(key, line, out);
    }
}

bool Sequencer::is_due(const Line& line, base::WallTime now) const {
    return !line.waiting.empty() &&
           now - line.since >= (line.has_begun ? limits_.patience : limits_.patience_at_start);
}

void Sequencer::release(Line& line, Output& out) {
    bool has_moved = false;
    while (!line.waiting.empty() && line.waiting.begin()->first == line.next) {
        Received& first = line.waiting.begin()->second;
        --held_;
        held_bytes_ -= first.body.size();
        out.messages.push_back(std::move(first));
        line.waiting.erase(line.waiting.begin());
        ++line.next;
        has_moved = true;
    }
    // What is missing now is another message, for which the wait begins.
    if (has_moved && !line.waiting.empty()) {
        line.since = std::max(line.since, line.waiting.begin()->second.stored_at);
    }
}

void Sequencer::give_up(const Key& key, Line& line, Output& out) {
    const std::uint64_t first = line.waiting.begin()->first;
    if (line.has_begun && first > line.next) {
        const std::uint64_t count = first - line.next;
        out.losses.push_back(Loss{key.first, key.second, line.next, count});
        line.lost.emplace(line.next, count);
        if (line.lost.size() > kLostMax) {
            line.lost.erase(line.lost.begin());
        }
    }
    line.has_begun = true;
    line.next = first;
    release(line, out);
}

bool Sequencer::take_lost(Line& line, std::uint64_t sequence) {
    auto place = line.lost.upper_bound(sequence);
    if (place == line.lost.begin()) {
        return false;
    }
    place = std::prev(place);
    const auto [first, count] = *place;
    if (sequence - first >= count) {
        return false;
    }
    line.lost.erase(place);
    if (sequence > first) {
        line.lost.emplace(first, sequence - first);
    }
    if (sequence + 1 < first + count) {
        line.lost.emplace(sequence + 1, first + count - sequence - 1);
    }
    return true;
}

void Sequencer::pass(base::WallTime now, Output& out) {
    for (auto& [key, line] : lines_) {
        while (is_due(line, now)) {
            give_up(key, line, out);
        }
    }
}

void Sequencer::finish(base::WallTime now, Output& out) {
    pass(now, out);
    Output rest;
    for (auto& [key, line] : lines_) {
        while (!line.waiting.empty()) {
            give_up(key, line, rest);
        }
    }
    std::move(rest.messages.begin(), rest.messages.end(), std::back_inserter(out.messages));
}

}  // namespace fleet
