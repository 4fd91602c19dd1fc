// However a node comes and goes, the log stays short: hours of virtual time, each kind of end in
// many rhythms.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "logging/update_log.hpp"
#include "monitor/head_monitor.hpp"

using namespace std::chrono_literals;
using updates::StreamEndReason;

namespace {

constexpr int kSlotsPerHour = 300;
/// A node has no more lines in an hour, at a level that is shown. In the first one there are those
/// of the start too.
constexpr std::size_t kLinesMax = 60;

/// What is wrong with the node in the bad slots.
enum class Trouble {
    kCutBehindHead,
    kReset,
    kConnectFailed,
    kStatus503,
    kStatus400,
    kRetryAfter,
    kEmptyBody,
    kMalformedHead,
    kErrorEvent,
    kSilent,
    kStalled,
    kRepeats,
    kIgnoredEvents,
    kMalformedBlock,
    kOtherVersion,
    kHeaps,
    kSyncing,
    kElOffline,
};
constexpr std::array kTroubles{
    Trouble::kCutBehindHead, Trouble::kReset,          Trouble::kConnectFailed,
    Trouble::kStatus503,     Trouble::kStatus400,      Trouble::kRetryAfter,
    Trouble::kEmptyBody,     Trouble::kMalformedHead,  Trouble::kErrorEvent,
    Trouble::kSilent,        Trouble::kStalled,        Trouble::kRepeats,
    Trouble::kIgnoredEvents, Trouble::kMalformedBlock, Trouble::kOtherVersion,
    Trouble::kHeaps,         Trouble::kSyncing,        Trouble::kElOffline};

/// So many good slots, then so many bad ones, again and again.
struct Rhythm {
    int good = 0;
    int bad = 0;
};

chain::Root root_of(std::uint64_t slot) {
    chain::Root root;
    for (std::size_t i = 0; i < 8; ++i) {
        root.bytes[i] = static_cast<std::uint8_t>(slot >> (8 * i));
    }
    return root;
}

/// One node in one rhythm, from the head monitor to the log.
class Play {
  public:
    Play(Trouble trouble, Rhythm rhythm) : trouble_{trouble}, rhythm_{rhythm} {
        monitor::HeadMonitor::Options options;
        options.slot_time =
            updates::SlotTime{clock_, updates::SlotTimeSource::kConfiguration, std::nullopt};
        options_ = std::move(options);
        begin(monitor::PersistentState{});
    }

    /// The lines of each hour.
    std::vector<std::size_t> lines_by_hour(int hours) {
        std::vector<std::size_t> lines;
        for (int hour = 0; hour < hours; ++hour) {
            lines_ = 0;
            for (int i = 0; i < kSlotsPerHour; ++i) {
                play_slot();
            }
            lines.push_back(lines_);
        }
        return lines;
    }

  private:
    void begin(monitor::PersistentState state) {
        monitor_.emplace(std::vector<updates::NodeId>{node_}, options_, std::move(state));
        take(monitor_->started(now_));
    }

    void play_slot() {
        const int place = static_cast<int>(slot_ - kFirstSlot) % (rhythm_.good + rhythm_.bad);
        is_bad_ = place >= rhythm_.good;
        to(1s);
        if (is_open()) {
            deliver();
        }
        to(6s);
        if (is_bad_ && is_open()) {
            end_in_mid_slot();
        }
        to(11s);
        if (monitor_->is_over()) {
            monitor::PersistentState state = std::move(*monitor_).take_state();
            begin(std::move(state));
        } else {
            take(monitor_->on_tick(now_));
        }
        ++slot_;
        to(0s);
        take(monitor_->slot_began(now_));
    }

    void to(base::Duration into) {
        const base::WallTime wall = clock_.start_of(chain::Slot{slot_}) + into;
        now_ = base::Instant{base::MonoTime{1h} + (wall - kStart), wall};
    }
    [[nodiscard]] bool is_open() const {
        return monitor_->state(node_) == updates::StreamState::kOpen;
    }

    void deliver() {
        take(monitor_->bytes_received(node_, now_));
        if (!is_bad_) {
            return head(slot_);
        }
        switch (trouble_) {
            case Trouble::kMalformedHead:
                return event(topic_, base::Error{base::ErrorCode::kMalformedJson, topic_});
            case Trouble::kErrorEvent:
                return event("error", other("error"));
            case Trouble::kRepeats:
                return head(kFirstSlot);
            case Trouble::kStalled:
            case Trouble::kSilent:
                return;
            case Trouble::kIgnoredEvents:
                event("ping", other("ping"));
                return head(slot_);
            case Trouble::kMalformedBlock:
                event("block", base::Error{base::ErrorCode::kMalformedJson, "block"});
                return head(slot_);
            case Trouble::kHeaps:
                if (slot_ % 3 == 0) {
                    head(slot_ - 2);
                    head(slot_ - 1);
                    head(slot_);
                }
                return;
            default:
                return head(slot_);
        }
    }

    void end_in_mid_slot() {
        switch (trouble_) {
            case Trouble::kCutBehindHead:
            case Trouble::kOtherVersion:
            case Trouble::kEmptyBody:
                return end({StreamEndReason::kEof});
            case Trouble::kReset:
            case Trouble::kConnectFailed:
            case Trouble::kStatus503:
            case Trouble::kStatus400:
            case Trouble::kRetryAfter:
                return end({StreamEndReason::kReset, "Connection reset by peer"});
            default:
                return;
        }
    }

    void opening(const monitor::OpenStream& opening) {
        topic_ = opening.topics.substr(0, opening.topics.find(','));
        if (is_bad_ && trouble_ == Trouble::kConnectFailed) {
            return end({StreamEndReason::kConnectFailed, "Connection refused"});
        }
        take(monitor_->stream_connected(node_, now_));
        if (is_bad_) {
            switch (trouble_) {
                case Trouble::kStatus503:
                    return end({StreamEndReason::kHttpStatus, "status 503", 503});
                case Trouble::kStatus400:
                    return end({StreamEndReason::kHttpStatus, "status 400", 400});
                case Trouble::kRetryAfter:
                    return end({StreamEndReason::kHttpStatus, "status 429", 429, 30s});
                case Trouble::kOtherVersion:
                    if (topic_ == "head_v2") {
                        return end({StreamEndReason::kHttpStatus, "status 400", 400});
                    }
                    break;
                default:
                    break;
            }
        }
        take(monitor_->stream_opened(node_, now_));
        if (is_bad_ && trouble_ == Trouble::kEmptyBody) {
            end({StreamEndReason::kEmptyBody});
        }
    }

    void end(const monitor::StreamEnd& why) { take(monitor_->stream_ended(node_, why, now_)); }

    static base::Result<beacon_api::ChainEvent> other(const std::string& topic) {
        return beacon_api::ChainEvent{beacon_api::OtherEvent{topic, "{}"}};
    }
    void event(const std::string& topic, const base::Result<beacon_api::ChainEvent>& decoded) {
        take(monitor_->event_received(node_, topic, decoded, now_));
    }
    void head(std::uint64_t slot) {
        chain::Head head;
        head.slot = chain::Slot{slot};
        head.block = root_of(slot);
        event(topic_, beacon_api::ChainEvent{head});
    }

    void answer(const monitor::RestRequest& request) {
        using Kind = monitor::RestRequest::Kind;
        if (is_bad_ && trouble_ == Trouble::kSilent) {
            const monitor::RestAnswer none{base::Error{base::ErrorCode::kDeadline, ""}, {}};
            return take(monitor_->rest_answered(node_, request, none, now_));
        }
        monitor::RestAnswer::Value value;
        switch (request.kind) {
            case Kind::kIdentity: {
                chain::Spec spec;
                spec.slot_duration = clock_.slot_duration();
                value = monitor::Identity{{clock_.genesis(), clock_.slot_duration(), {}}, spec};
                break;
            }
            case Kind::kVersion: {
                const bool is_other = trouble_ == Trouble::kOtherVersion && slot_ % 2 == 0;
                value = std::string{is_other ? "Lighthouse/v7.1.0" : "Lighthouse/v7.0.0"};
                break;
            }
            case Kind::kSyncing: {
                chain::SyncStatus status;
                status.is_syncing = is_bad_ && trouble_ == Trouble::kSyncing;
                status.el_offline = is_bad_ && trouble_ == Trouble::kElOffline;
                value = status;
                break;
            }
            case Kind::kHead:
            case Kind::kHeader: {
                beacon_api::BlockHeader header;
                header.slot = chain::Slot{slot_};
                header.root = request.kind == Kind::kHeader ? request.root : root_of(slot_);
                header.parent_root = root_of(slot_ - 1);
                value = header;
                break;
            }
        }
        beacon_api::Exchange exchange;
        exchange.status = 200;
        exchange.sent = now_.mono;
        exchange.received = now_;
        const monitor::RestAnswer answer{std::move(value), {exchange}};
        take(monitor_->rest_answered(node_, request, answer, now_));
    }

    void publish(const updates::Update& update) {
        for (const logging::LogLine& line : log_.lines(update)) {
            // A slot without a block has a line of its own: here it is the node that lost it.
            const bool is_of_slot = line.message == "slot missed" || line.message == "slot late";
            lines_ += line.level >= logging::LogLevel::kInfo && !is_of_slot ? 1U : 0U;
        }
    }

    void take(monitor::Actions actions) {
        for (monitor::Action& action : actions) {
            if (const auto* const published = std::get_if<monitor::Publish>(&action)) {
                publish(published->update);
            } else if (const auto* const opened = std::get_if<monitor::OpenStream>(&action)) {
                opening(*opened);
            } else if (const auto* const asked = std::get_if<monitor::SendRequest>(&action)) {
                answer(asked->request);
            } else if (std::holds_alternative<monitor::GiveUp>(action)) {
                publish({updates::ServiceEnded{"monitor", updates::ServiceEndReason::kFailed,
                                               "gave up", 12s, false, 1},
                         now_});
            }
        }
    }

    static constexpr std::uint64_t kFirstSlot = 1000;
    static constexpr base::WallTime kStart{std::chrono::seconds{1'767'225'600}};

    Trouble trouble_;
    Rhythm rhythm_;
    updates::NodeId node_{"alpha"};
    /// The play begins with the first slot.
    chain::SlotClock clock_{kStart - kFirstSlot * std::chrono::seconds{12},
                            std::chrono::milliseconds{12'000}};
    std::uint64_t slot_ = kFirstSlot;
    base::Instant now_{base::MonoTime{1h}, kStart};
    bool is_bad_ = false;
    std::string topic_;
    monitor::HeadMonitor::Options options_;
    std::optional<monitor::HeadMonitor> monitor_;
    logging::UpdateLog log_;
    std::size_t lines_ = 0;
};

}  // namespace

TEST_CASE("the log of a node has few lines an hour, whatever it has and in whatever rhythm",
          "[monitor][log]") {
    constexpr std::array kRhythms{Rhythm{300, 0}, Rhythm{0, 300}, Rhythm{1, 1},   Rhythm{1, 2},
                                  Rhythm{2, 1},   Rhythm{5, 1},   Rhythm{9, 3},   Rhythm{31, 1},
                                  Rhythm{63, 1},  Rhythm{64, 1},  Rhythm{66, 1},  Rhythm{66, 4},
                                  Rhythm{70, 8},  Rhythm{80, 16}, Rhythm{130, 3}, Rhythm{16, 60},
                                  Rhythm{299, 1}};
    for (const Trouble trouble : kTroubles) {
        for (const Rhythm rhythm : kRhythms) {
            INFO("trouble " << static_cast<int>(trouble) << ", " << rhythm.good << " good and "
                            << rhythm.bad << " bad");
            for (const std::size_t lines : Play{trouble, rhythm}.lines_by_hour(2)) {
                CHECK(lines <= kLinesMax);
            }
        }
    }
}

TEST_CASE("what is bad all the time has a line or two an hour later on", "[monitor][log]") {
    for (const Trouble trouble : kTroubles) {
        INFO("trouble " << static_cast<int>(trouble));
        CHECK(Play(trouble, Rhythm{0, 300}).lines_by_hour(3).back() <= 6);
    }
}
