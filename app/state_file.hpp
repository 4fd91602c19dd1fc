#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>

#include "base/result.hpp"
#include "chain/slot_clock.hpp"
#include "updates/update.hpp"

namespace app {

/// `slot_time.toml` in the state directory: slot time as a node reported it last, for the next
/// start, when ticks shall be in phase before any node has answered. Holds genesis time and slot
/// duration and nothing else: no verdict on a node rests on what is read from disk.
class StateFile {
  public:
    explicit StateFile(std::string directory);

    /// What is kept; nothing while there is no file. Fails with kBadValue when the file cannot be
    /// read or is no such file; the detail is `PATH: problem; what to do`.
    [[nodiscard]] base::Result<std::optional<chain::SlotClock>> read() const;
    /// Replaces the file whole or not at all, also when the machine goes down meanwhile; mode 0600.
    /// Makes the directory when it is not there. Waits for the disk: any thread. Fails as `read`.
    [[nodiscard]] base::Result<void> write(const chain::SlotClock& clock) const;

  private:
    std::string directory_;
    std::string path_;
};

/// Keeps a state file up to date without ever holding up the loop: writes on a thread of its own,
/// one write at a time, and only what is news. Lives on the event loop; not thread-safe. Its end
/// waits for the write that is on.
class StateKeeper {
  public:
    /// Called on the loop with what is wrong; once until a write succeeds again.
    using OnProblem = std::function<void(const std::string& problem)>;

    /// `kept` is what the file holds.
    StateKeeper(boost::asio::any_io_executor loop, StateFile file,
                std::optional<chain::SlotClock> kept, OnProblem on_problem);
    StateKeeper(const StateKeeper&) = delete;
    StateKeeper& operator=(const StateKeeper&) = delete;
    ~StateKeeper();

    /// Keeps what a node has reported, and nothing that the operator has set or that was read from
    /// disk.
    void record(const updates::SlotTime& slot_time);

  private:
    void write_next();
    void written(const chain::SlotClock& clock, const base::Result<void>& result);

    boost::asio::any_io_executor loop_;
    StateFile file_;
    OnProblem on_problem_;
    /// What the file holds, as far as we know.
    std::optional<chain::SlotClock> kept_;
    /// What it is to hold next.
    std::optional<chain::SlotClock> wanted_;
    bool is_writing_ = false;
    bool is_reported_ = false;
    /// Made with the first write: most starts have nothing to write.
    std::unique_ptr<boost::asio::thread_pool> thread_;
    /// Gone with the keeper: a write that ends later calls nobody.
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace app
