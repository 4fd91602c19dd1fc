#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include "api/candidates.hpp"
#include "base/result.hpp"
#include "config/node_names.hpp"
#include "monitor/candidate.hpp"

namespace app {

/// Names are never forgotten, so the API brings no more of them from one start to the next; those
/// of the config do not count.
inline constexpr std::size_t kApiNamesMax = 4096;

/// A list that was checked whole, and what it brings about.
struct CandidatesPlan {
    std::vector<config::NodeSpec> nodes;
    /// For the file of saved lists. A secret.
    std::string saved_text;
    /// Of the list that it was made over.
    std::uint64_t revision = 0;
    api::CandidateChange change;
};

/// Which list of nodes is in force: the config's, or one that was set over the API. One of the API
/// holds until the config has another content. Pure; lives on the event loop.
class CandidatesState {
  public:
    /// The config's list is in force. `start_id` begins the revisions, `salt` the names of nodes
    /// that have none (config::machine_salt()).
    CandidatesState(std::vector<monitor::Candidate> of_config, std::string content_mark,
                    std::string start_id, std::string salt);

    enum class SavedUse : std::uint8_t { kFollowed, kOutdated };
    /// Puts the list that an earlier start has saved in force, if it was set over this content of
    /// the config. Fails with kBadValue when it is no such list; nothing has changed then.
    [[nodiscard]] base::Result<SavedUse> take_saved(std::string_view text);

    /// What a request would do; nothing has changed yet.
    [[nodiscard]] boost::system::result<CandidatesPlan, api::CandidateRefusal> plan(
        const api::CandidateRequest& request) const;
    /// The list in force is another one than that which the plan was made over.
    [[nodiscard]] bool is_outdated(const CandidatesPlan& plan) const {
        return plan.revision != revision_;
    }
    /// Puts a plan that is not outdated in force.
    void adopt(CandidatesPlan plan, bool is_saved);

    /// Whether the list in force was set over the API, over this content of the config.
    [[nodiscard]] bool holds_over(std::string_view content_mark) const {
        return is_from_api_ && content_mark == content_mark_;
    }
    /// Puts the list of a config that was read again in force.
    void take_config(std::vector<monitor::Candidate> of_config, std::string content_mark);

    [[nodiscard]] const std::vector<monitor::Candidate>& nodes() const { return nodes_; }
    [[nodiscard]] bool is_from_api() const { return is_from_api_; }
    /// As it may be shown.
    [[nodiscard]] api::CandidateList list() const;

  private:
    [[nodiscard]] api::CandidateChange compare(const std::vector<config::NodeSpec>& next) const;
    [[nodiscard]] std::size_t count_new_names(const std::vector<config::NodeSpec>& next) const;
    [[nodiscard]] std::string revision_text(std::uint64_t revision) const;

    std::vector<monitor::Candidate> of_config_;
    std::string content_mark_;
    std::string start_id_;
    std::string salt_;
    /// In force.
    std::vector<monitor::Candidate> nodes_;
    std::uint64_t revision_ = 1;
    bool is_from_api_ = false;
    bool is_saved_ = false;
    /// That the API has brought.
    std::set<std::string, std::less<>> names_;
};

}  // namespace app
