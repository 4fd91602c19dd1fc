#include "app/candidates_state.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "config/node_entries.hpp"
#include "files/bounded_file.hpp"

namespace app {
namespace {

using api::CandidateRefusal;
using config::EntriesForm;
using config::NodeSpec;
using monitor::Candidate;
using Reason = CandidateRefusal::Reason;

EntriesForm form_of(api::CandidateRequest::Form form) {
    return form == api::CandidateRequest::Form::kLighthouse ? EntriesForm::kLighthouse
                                                            : EntriesForm::kRequest;
}

}  // namespace

CandidatesState::CandidatesState(std::vector<Candidate> of_config, std::string content_mark,
                                 std::string start_id, std::string salt)
    : of_config_{std::move(of_config)},
      content_mark_{std::move(content_mark)},
      start_id_{std::move(start_id)},
      salt_{std::move(salt)},
      nodes_{of_config_} {}

base::Result<CandidatesState::SavedUse> CandidatesState::take_saved(std::string_view text) {
    auto saved = config::parse_node_entries(text, EntriesForm::kSaved, of_config_, salt_);
    if (!saved) {
        return saved.error();
    }
    if (saved->content_mark != content_mark_) {
        return SavedUse::kOutdated;
    }
    CandidatesPlan plan;
    plan.nodes = std::move(saved->nodes);
    adopt(std::move(plan), true);
    return SavedUse::kFollowed;
}

boost::system::result<CandidatesPlan, CandidateRefusal> CandidatesState::plan(
    const api::CandidateRequest& request) const {
    if (request.revision && *request.revision != revision_text(revision_)) {
        return CandidateRefusal{Reason::kOutdated,
                                "the list has changed since; get it again, then change it"};
    }
    // The nodes of the config that are not in force may be named as well.
    std::vector<Candidate> known = nodes_;
    known.insert(known.end(), of_config_.begin(), of_config_.end());
    auto read = config::parse_node_entries(request.body, form_of(request.form), known, salt_);
    if (!read) {
        return CandidateRefusal{Reason::kInvalid, read.error().detail};
    }
    if (names_.size() + count_new_names(read->nodes) > kApiNamesMax) {
        return CandidateRefusal{Reason::kTooManyNames,
                                "too many different names since the start; restart headmon, or "
                                "put the nodes into its config"};
    }
    CandidatesPlan plan;
    plan.saved_text = config::saved_node_entries(read->nodes, of_config_, content_mark_);
    if (plan.saved_text.size() > files::kBoundedFileBytesMax) {
        return CandidateRefusal{Reason::kInvalid, "the list is over 1 MiB, the most that is saved"};
    }
    plan.change = compare(read->nodes);
    plan.nodes = std::move(read->nodes);
    plan.revision = revision_;
    return plan;
}

api::CandidateChange CandidatesState::compare(const std::vector<NodeSpec>& next) const {
    api::CandidateChange change;
    change.is_changed =
        !std::equal(next.begin(), next.end(), nodes_.begin(), nodes_.end(), config::is_same_node);
    change.list.is_from_api = change.is_changed || is_from_api_;
    change.list.is_saved = !change.is_changed && is_saved_;
    change.list.revision = revision_text(revision_);
    std::map<std::string_view, const Candidate*> now;
    for (const Candidate& candidate : nodes_) {
        now.emplace(candidate.id.name(), &candidate);
    }
    for (const NodeSpec& node : next) {
        change.list.candidates.push_back({node.name, node.endpoint.url.origin()});
        const auto found = now.find(node.name);
        const bool stays = found != now.end() && config::is_same_node(node, *found->second);
        if (stays) {
            now.erase(found);
        }
        if (change.is_changed) {
            (stays ? change.reopens : change.opens).push_back(node.name);
        }
    }
    for (const auto& [name, candidate] : now) {
        change.closes.emplace_back(name);
    }
    return change;
}

std::size_t CandidatesState::count_new_names(const std::vector<NodeSpec>& next) const {
    std::set<std::string_view> of_config;
    for (const Candidate& candidate : of_config_) {
        of_config.insert(candidate.id.name());
    }
    const auto is_known = [&](const NodeSpec& node) {
        return names_.contains(node.name) || of_config.contains(node.name);
    };
    return next.size() -
           static_cast<std::size_t>(std::count_if(next.begin(), next.end(), is_known));
}

void CandidatesState::adopt(CandidatesPlan plan, bool is_saved) {
    for (const NodeSpec& node : plan.nodes) {
        names_.insert(node.name);
    }
    for (const Candidate& candidate : of_config_) {
        names_.erase(candidate.id.name());
    }
    nodes_ = config::make_candidates(std::move(plan.nodes));
    is_from_api_ = true;
    is_saved_ = is_saved;
    ++revision_;
}

void CandidatesState::take_config(std::vector<Candidate> of_config, std::string content_mark) {
    if (content_mark != content_mark_ || of_config != nodes_) {
        ++revision_;
    }
    of_config_ = std::move(of_config);
    content_mark_ = std::move(content_mark);
    nodes_ = of_config_;
    is_from_api_ = false;
    is_saved_ = false;
}

api::CandidateList CandidatesState::list() const {
    api::CandidateList list;
    list.revision = revision_text(revision_);
    list.is_from_api = is_from_api_;
    list.is_saved = is_saved_;
    for (const Candidate& candidate : nodes_) {
        list.candidates.push_back({candidate.id.name(), candidate.endpoint.url.origin()});
    }
    return list;
}

std::string CandidatesState::revision_text(std::uint64_t revision) const {
    return start_id_ + "-" + std::to_string(revision);
}

}  // namespace app
