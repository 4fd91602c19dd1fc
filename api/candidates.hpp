#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>

#include "base/task.hpp"

namespace api {

/// A candidate, as far as it may be shown.
struct ShownCandidate {
    std::string name;
    /// `scheme://host:port`: all of its URL that is no secret.
    std::string origin;

    friend bool operator==(const ShownCandidate&, const ShownCandidate&) = default;
};

/// The list of candidates that is in force.
struct CandidateList {
    /// Another one with each list; of no other start. Letters, digits and '-'.
    std::string revision;
    /// It was set over the API, and is not that of the config.
    bool is_from_api = false;
    /// The next start follows it too, as long as the config's content stays. False for the config's
    /// own.
    bool is_saved = false;
    std::vector<ShownCandidate> candidates;
};

struct CandidateRequest {
    enum class Form : std::uint8_t {
        /// `{"candidates":[{"name":"alpha"},{"name":"beta","url":"http://…"}]}`
        kHeadmon,
        /// `{"beacon_nodes":["http://…"]}`
        kLighthouse,
    };

    Form form = Form::kHeadmon;
    /// As the client sent it.
    std::string body;
    /// The revision that the list must still have.
    std::optional<std::string> revision;
    /// Says what would happen, and changes nothing.
    bool is_dry_run = false;
};

/// What a new list brings about, by names.
struct CandidateChange {
    /// False: the list is the one that was in force.
    bool is_changed = false;
    std::vector<std::string> opens;
    std::vector<std::string> closes;
    /// Stay as they are; their streams are opened again, as a new run begins.
    std::vector<std::string> reopens;
    /// The list that is in force then; after a dry run, would be.
    CandidateList list;
};

/// Why a list was not put in force. `message` is one line, fit to be shown.
struct CandidateRefusal {
    enum class Reason : std::uint8_t {
        /// The list is wrong, or is no list.
        kInvalid,
        /// The list in force is not, or no longer, the one that the request is about.
        kOutdated,
        /// Another change is on.
        kBusy,
        /// More names than are ever known since the start.
        kTooManyNames,
        /// It cannot be saved, and so nothing was changed.
        kNotSaved,
    };

    Reason reason = Reason::kInvalid;
    std::string message;
};

/// Found by argument lookup when `.value()` is called on a refusal: a bug in the caller.
[[noreturn]] void throw_exception_from_error(const CandidateRefusal& refusal,
                                             const boost::source_location& where);

using CandidateResult = boost::system::result<CandidateChange, CandidateRefusal>;

/// The list of candidates as the API may see and change it; carried out by whoever owns the list.
/// Lives on the event loop.
class Candidates {
  public:
    Candidates() = default;
    Candidates(const Candidates&) = delete;
    Candidates& operator=(const Candidates&) = delete;
    virtual ~Candidates() = default;

    [[nodiscard]] virtual CandidateList list() const = 0;

    /// Checks the request's list whole, then saves it, then puts it in force; or does none of it.
    /// A client that leaves meanwhile changes nothing about that. This outlives the task.
    [[nodiscard]] virtual base::Task<CandidateResult> change(CandidateRequest request) = 0;
};

}  // namespace api
