#include "monitor/candidate_list.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/printable.hpp"

namespace monitor {
namespace {

constexpr std::size_t kNameBytesMax = 64;

base::Result<void> check(const std::vector<Candidate>& candidates) {
    if (candidates.empty()) {
        return base::Error{base::ErrorCode::kBadValue, "no candidates"};
    }
    std::set<std::string_view> names;
    for (const Candidate& candidate : candidates) {
        const std::string& name = candidate.id.name();
        if (updates::find_node_name_problem(name)) {
            return base::Error{base::ErrorCode::kBadValue,
                               "a candidate's name is 1 to 64 printable ASCII characters, not '" +
                                   base::printable(name, kNameBytesMax) + "'"};
        }
        if (!names.insert(name).second) {
            return base::Error{base::ErrorCode::kBadValue, "two candidates named " + name};
        }
    }
    return {};
}

}  // namespace

CandidateList::CandidateList(const boost::asio::any_io_executor& executor) : changed_{executor} {}

base::Result<bool> CandidateList::replace(std::vector<Candidate> candidates) {
    if (const auto checked = check(candidates); !checked) {
        return checked.error();
    }
    if (candidates == candidates_) {
        return false;
    }
    candidates_ = std::move(candidates);
    changed_.notify();
    return true;
}

const std::vector<Candidate>& CandidateList::read() {
    (void)changed_.take();
    return candidates_;
}

base::Notify& CandidateList::changed() {
    return changed_;
}

}  // namespace monitor
