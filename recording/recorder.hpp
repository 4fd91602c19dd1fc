#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "http/transport.hpp"
#include "monitor/candidate_list.hpp"
#include "monitor/monitor_options.hpp"
#include "monitor/node_access.hpp"
#include "monitor/turns.hpp"
#include "recording/entry.hpp"
#include "recording/standing.hpp"
#include "recording/writer_thread.hpp"
#include "updates/broadcast.hpp"
#include "updates/node_map.hpp"

namespace recording {

/// A directory cannot be recorded into; the text is for people.
class DirectoryError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

struct RecorderOptions {
    std::string directory;
    WriterLimits limits{};
    /// A file has so many bytes before compression, and lasts so long, at most.
    std::uint64_t file_bytes_max = std::uint64_t{64} * 1024 * 1024;
    base::Duration file_age_max = std::chrono::hours{1};
    std::string version{};
};

/// Keeps what comes to the monitor from outside: each turn, each list, each byte of a stream, each
/// answer, in order and with the moment that the monitor takes it for. A replay of that gives the
/// same updates. Lives on the event loop; never waits for the disk.
class Recorder final : public monitor::Turns {
  public:
    /// Clock, transport, list and broadcast outlive it. Throws DirectoryError.
    Recorder(base::Clock& clock, http::Transport& transport,
             const monitor::CandidateList& candidates, monitor::MonitorOptions monitor,
             updates::Broadcast& broadcast, RecorderOptions options);
    ~Recorder() override;

    /// The access to nodes that is recorded.
    [[nodiscard]] monitor::NodeAccess& access();

    [[nodiscard]] base::Task<void> begin(Kind kind) override;
    void stopping(Stop why) override;
    [[nodiscard]] base::Instant now() const override { return now_; }
    [[nodiscard]] std::optional<base::KernelClock> kernel_clock() const override { return kernel_; }

    /// What keeps it from recording; empty when all is written.
    [[nodiscard]] std::string find_problem() const { return writer_->counts().problem; }
    [[nodiscard]] WriterCounts counts() const { return writer_->counts(); }
    /// Entries that are missing, of this start.
    [[nodiscard]] std::uint64_t lost() const { return writer_->counts().lost; }

  private:
    class Access;
    class NodeTransport;
    class Transfer;
    /// It is now: what follows is recorded with this moment.
    void look() { now_ = clock_.instant(); }
    void note(Event event) { note(Entry{now_, std::move(event)}); }
    void note(const Entry& entry);
    void note_list();
    void begin_file(std::vector<Entry> first);
    /// The number of the node's place; another one where its endpoint has changed.
    std::uint64_t place_of(const monitor::Candidate& candidate);

    base::Clock& clock_;
    http::Transport& transport_;
    const monitor::CandidateList& candidates_;
    monitor::MonitorOptions monitor_;
    RecorderOptions options_;
    std::unique_ptr<WriterThread> writer_;
    std::unique_ptr<Access> access_;
    base::Instant now_;
    std::optional<base::KernelClock> kernel_;
    std::optional<std::vector<monitor::Candidate>> list_;
    /// How often a node's endpoint has changed, and what it is.
    struct Place {
        http::Endpoint endpoint;
        std::uint64_t number = 0;
    };
    updates::NodeMap<Place> places_;
    Standing standing_;
    std::uint64_t next_stream_ = 1;
    std::uint64_t next_request_ = 1;
    std::uint64_t file_bytes_ = 0;
    base::MonoTime file_began_;
    std::unique_ptr<updates::Broadcast::Subscription> subscription_;
};

}  // namespace recording
