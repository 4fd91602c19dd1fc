#pragma once

#include <catch2/catch.hpp>

#include "chain/sync_status.hpp"
#include "logging/update_log.hpp"
#include "updates/update.hpp"

namespace tests {

using namespace std::chrono_literals;
using logging::LogLevel;
using updates::StreamEndReason;

/// Publishes updates to the log and reads the lines that are not below `info`.
class LogFixture {
  public:
    void after(base::Duration duration) { now_.mono += duration; }

    std::vector<std::string> lines_of(updates::Fact fact, LogLevel least = LogLevel::kInfo) {
        const updates::Update update{std::move(fact), now_};
        std::vector<std::string> out;
        for (const logging::LogLine& line : log_.lines(update)) {
            if (line.level >= least) {
                out.push_back(logging::to_text(line));
            }
        }
        return out;
    }

    std::vector<std::string> ends(StreamEndReason reason = StreamEndReason::kEof) {
        return lines_of(updates::StreamEnded{alpha_, reason, "", 1});
    }
    std::vector<std::string> verdict(std::uint64_t slot, updates::Verdict verdict) {
        updates::SlotVerdict fact;
        fact.slot = chain::Slot{slot};
        fact.verdict = verdict;
        return lines_of(fact);
    }
    /// The node's status after `change`, which stays for the next one.
    template <class Change>
    std::vector<std::string> status(Change change, LogLevel least = LogLevel::kInfo) {
        change(status_);
        return lines_of(status_, least);
    }
    [[nodiscard]] base::MonoTime now() const { return now_.mono; }
    std::vector<std::string> opens() { return lines_of(updates::StreamOpened{alpha_, true}); }
    std::vector<std::string> head(std::uint64_t slot,
                                  updates::HeadSource source = updates::HeadSource::kStream) {
        updates::NodeHead head{alpha_, {}};
        head.head.slot = chain::Slot{slot};
        head.source = source;
        return lines_of(head);
    }

  private:
    logging::UpdateLog log_;
    updates::NodeId alpha_{"alpha"};
    updates::NodeStatus status_{alpha_};
    base::Instant now_{base::MonoTime{1h}, base::WallTime{1h}};
};

using Lines = std::vector<std::string>;
using updates::NodeStatus;

inline chain::Root root(std::uint8_t byte) {
    chain::Root root;
    root.bytes.fill(byte);
    return root;
}

inline std::string hex(const char* byte) {
    std::string text = "0x";
    for (int i = 0; i < 32; ++i) {
        text += byte;
    }
    return text;
}

}  // namespace tests
