#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>

#include "api/candidates.hpp"
#include "app/candidates_file.hpp"
#include "app/candidates_state.hpp"
#include "base/notify.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "config/config.hpp"
#include "logging/log.hpp"
#include "monitor/candidate_list.hpp"

namespace app {

/// The one way to another list of nodes: for the config that is read again, and for the API, whose
/// list it saves before it puts it in force. Writes on a thread of its own, one list at a time.
/// Lives on the event loop; its end waits for the write that is on.
class CandidatesKeeper final : public api::Candidates {
  public:
    /// Reads what an earlier start has saved, where `config` has a state directory. `list` and
    /// `log` outlive this.
    CandidatesKeeper(boost::asio::any_io_executor loop, monitor::CandidateList& list,
                     logging::Log& log, const config::Config& config);
    ~CandidatesKeeper() override;

    /// The list in force: from the start that of the config or the saved one, which the owner puts
    /// into the `list`.
    [[nodiscard]] const std::vector<monitor::Candidate>& nodes() const { return state_.nodes(); }
    /// Which list was chosen at the start, and why, where there was a choice.
    [[nodiscard]] const std::vector<logging::LogLine>& start_lines() const { return start_lines_; }

    enum class ConfigUse : std::uint8_t { kNewNodes, kSameNodes, kSavedStay };
    /// A config was read again. Its list is put in force, unless one of the API holds over this
    /// content. Fails with kBadValue when the list cannot be followed; nothing has changed then.
    [[nodiscard]] base::Result<ConfigUse> take_config(const config::Config& config);

    [[nodiscard]] api::CandidateList list() const override { return state_.list(); }
    [[nodiscard]] base::Task<api::CandidateResult> change(api::CandidateRequest request) override;

  private:
    /// A change that is being saved.
    struct Pending {
        Pending(const boost::asio::any_io_executor& loop, CandidatesPlan made)
            : plan{std::move(made)}, done{loop} {}

        CandidatesPlan plan;
        base::Notify done;
        std::optional<api::CandidateResult> result;
    };

    void read_saved();
    void begin(const std::shared_ptr<Pending>& pending);
    void finish(Pending& pending, const base::Result<void>& saved);
    [[nodiscard]] api::CandidateResult put_in_force(CandidatesPlan plan,
                                                    const base::Result<void>& saved);
    void remove_saved();
    [[nodiscard]] boost::asio::thread_pool& thread();

    boost::asio::any_io_executor loop_;
    monitor::CandidateList& list_;
    logging::Log& log_;
    CandidatesState state_;
    /// Nothing where there is no state directory.
    std::optional<CandidatesFile> file_;
    std::vector<logging::LogLine> start_lines_;
    /// Null while no change is on.
    std::shared_ptr<Pending> pending_;
    /// Made with the first write: most starts have nothing to write.
    std::unique_ptr<boost::asio::thread_pool> thread_;
    /// Gone with this: a write that ends later calls nobody.
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace app
