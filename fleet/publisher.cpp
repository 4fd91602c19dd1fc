#include "fleet/publisher.hpp"

#include <algorithm>
#include <exception>
#include <optional>

#include "base/time_text.hpp"
#include "fleet/message.hpp"
#include "fleet/subject.hpp"
#include "updates/json_writer.hpp"

namespace fleet {
namespace {

/// How often it is looked whether the broker still answers.
constexpr base::Duration kLookInterval = std::chrono::seconds{5};

std::string gap_text(base::WallTime now, std::uint64_t dropped) {
    std::string body;
    {
        updates::JsonWriter out{body};
        out.begin_object();
        out.text("update", kGapKind);
        out.text("at", base::to_rfc3339(now));
        out.null("at_monotonic_seconds");
        out.null("from");
        out.text("reason", "dropped");
        out.count("dropped", dropped);
        out.end_object();
    }
    return body;
}

}  // namespace

std::vector<Entry> fill_holes(std::uint64_t after, std::vector<Entry> entries, base::WallTime now,
                              std::uint64_t& lost) {
    std::vector<Entry> whole;
    whole.reserve(entries.size() + 1);
    for (Entry& entry : entries) {
        const std::uint64_t missing = entry.sequence - after - 1;
        if (missing > 0) {
            lost += missing;
            whole.push_back(
                {entry.sequence - 1, std::string{kGapKind}, std::nullopt, gap_text(now, missing)});
        }
        after = entry.sequence;
        whole.push_back(std::move(entry));
    }
    return whole;
}

Publisher::Publisher(base::Clock& clock, std::string instance, Source& source,
                     std::unique_ptr<Link> link, StatusText status_text, PublisherCounts& counts,
                     Window::Limits limits)
    : clock_{clock},
      instance_{std::move(instance)},
      source_{source},
      link_{std::move(link)},
      status_text_{std::move(status_text)},
      counts_{counts},
      limits_{limits} {}

base::Task<void> Publisher::run() {
    const auto executor = co_await base::asio::this_coro::executor;
    room_.emplace(executor);
    std::exception_ptr end;
    try {
        co_await begin();
        co_await base::run_all(send_all(), take_answers(), tell_status(), watch_broker());
    } catch (...) {
        end = std::current_exception();
    }
    const bool was_connected = std::exchange(counts_.is_connected, false);
    if (!end) {
        co_return;
    }
    if (!base::is_cancellation(end)) {
        ++counts_.failures;
    } else if (was_connected) {
        co_await base::asio::this_coro::reset_cancellation_state(
            base::asio::disable_cancellation());
        co_await base::run_first(say_last_words(), clock_.sleep_until(clock_.now() + kLastWords));
    }
    std::rethrow_exception(end);
}

base::Task<void> Publisher::begin() {
    const auto start = co_await source_.begin();
    if (!start) {
        throw PublishError{start.error()};
    }
    origin_ = start->published.origin;
    newest_ = start->newest;
    window_ = Window{limits_, start->published.sequence};
    counts_.waiting = newest_ - std::min(newest_, window_.acknowledged());
    if (const auto opened = co_await link_->open(); !opened) {
        throw PublishError{opened.error()};
    }
    counts_.is_connected = true;
}

base::Task<void> Publisher::say_last_words() {
    try {
        co_await base::run_all(send_all(), take_answers());
    } catch (const PublishError&) {
        // What is not with the broker by now waits for the next start, or is gone with the process.
    }
}

base::Task<void> Publisher::send_all() {
    while (true) {
        while (!window_.has_room()) {
            (void)room_->take();
            co_await room_->wait();
        }
        auto entries = co_await source_.next(window_.last_sent(),
                                             {window_.messages_free(), window_.bytes_free()});
        if (!entries) {
            throw PublishError{entries.error()};
        }
        if (entries->origin != origin_) {
            throw PublishError{{base::ErrorCode::kUnreachable,
                                "another history is in the place of the one before"}};
        }
        send(std::move(*entries));
    }
}

void Publisher::send(Entries entries) {
    newest_ = std::max(newest_, entries.newest);
    std::vector<Outgoing> messages;
    for (Entry& entry : fill_holes(window_.last_sent(), std::move(entries.entries),
                                   clock_.wall_now(), counts_.lost)) {
        window_.sent(entry.sequence, entry.body.size(), clock_.now());
        messages.push_back(outgoing(std::move(entry)));
    }
    counts_.waiting = newest_ - std::min(newest_, window_.acknowledged());
    link_->send(std::move(messages));
}

Outgoing Publisher::outgoing(Entry entry) const {
    return {entry.sequence,
            to_string(Subject{instance_, std::move(entry.kind), std::move(entry.node)}),
            to_string(MessageId{instance_, origin_, entry.sequence}), std::move(entry.body)};
}

base::Task<void> Publisher::take_answers() {
    while (true) {
        const auto answers = co_await link_->answers();
        if (!answers) {
            throw PublishError{answers.error()};
        }
        take(*answers);
    }
}

void Publisher::take(const std::vector<Acknowledgement>& answers) {
    std::optional<base::Error> refused;
    bool has_moved = false;
    for (const Acknowledgement& answer : answers) {
        if (answer.refused) {
            refused = refused ? refused : answer.refused;
            continue;
        }
        has_moved = window_.acknowledge(answer.sequence) || has_moved;
        ++counts_.published;
        counts_.duplicates += answer.is_duplicate ? 1 : 0;
    }
    if (has_moved) {
        source_.acknowledge({origin_, window_.acknowledged()});
        counts_.waiting = newest_ - std::min(newest_, window_.acknowledged());
        room_->notify();
    }
    if (refused) {
        throw PublishError{*refused};
    }
}

base::Task<void> Publisher::tell_status() {
    while (true) {
        std::vector<Outgoing> messages;
        messages.push_back(
            {0, to_string(Subject{instance_, std::string{kInstanceStatusKind}, std::nullopt}), "",
             status_text_(origin_)});
        link_->send(std::move(messages));
        co_await clock_.sleep_until(clock_.now() + kStatusInterval);
    }
}

base::Task<void> Publisher::watch_broker() {
    while (true) {
        co_await clock_.sleep_until(std::min(window_.deadline(), clock_.now() + kLookInterval));
        if (clock_.now() >= window_.deadline()) {
            throw PublishError{
                {base::ErrorCode::kDeadline, "the broker does not acknowledge what it is sent"}};
        }
    }
}

}  // namespace fleet
