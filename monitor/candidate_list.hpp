#pragma once

#include <vector>

#include <boost/asio/any_io_executor.hpp>

#include "base/notify.hpp"
#include "base/result.hpp"
#include "monitor/candidate.hpp"

namespace monitor {

/// The list of candidates that is in force, and the notification of its change.
/// Lives on the event loop; not thread-safe.
class CandidateList {
  public:
    explicit CandidateList(const boost::asio::any_io_executor& executor);

    /// Puts `candidates` in force and notifies. A list equal to the one in force changes nothing;
    /// so does an invalid one (empty, a name twice, a name that is empty, over 64 bytes or not
    /// printable), which fails with kBadValue. Returns whether the list changed.
    [[nodiscard]] base::Result<bool> replace(std::vector<Candidate> candidates);

    /// The list in force. Takes the notification: a change before this call is contained in the
    /// answer.
    [[nodiscard]] const std::vector<Candidate>& read();

    /// The same, and the notification stays.
    [[nodiscard]] const std::vector<Candidate>& in_force() const { return candidates_; }

    [[nodiscard]] base::Notify& changed();

  private:
    std::vector<Candidate> candidates_;
    base::Notify changed_;
};

}  // namespace monitor
