#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "api/answers.hpp"
#include "api/bearer_token.hpp"
#include "api/candidates.hpp"
#include "base/task.hpp"
#include "http/router.hpp"

namespace api {

/// How often clients have met a limit of the list of candidates.
struct CandidateLimitsMet {
    /// Requests without the token, or with another one.
    std::uint64_t token = 0;
    /// Changes while another one was on.
    std::uint64_t changes = 0;
    /// Lists with more new names than are ever known.
    std::uint64_t names = 0;
};

/// `GET` and `PUT /v1/candidates`, and `POST /lighthouse/beacon/update`, for whoever sends the
/// token. Lives on the event loop.
class CandidateRoutes {
  public:
    /// Without a list or a token every request is a 403. `candidates` outlives this.
    CandidateRoutes(Candidates* candidates, std::optional<BearerToken> token);
    CandidateRoutes(const CandidateRoutes&) = delete;
    CandidateRoutes& operator=(const CandidateRoutes&) = delete;

    /// This outlives the router.
    void add_to(http::Router& router);

    [[nodiscard]] const CandidateLimitsMet& limits_met() const { return limits_met_; }

  private:
    using Form = CandidateRequest::Form;

    /// Answers a request that may not come in. Whether it may.
    [[nodiscard]] base::Task<bool> admit(http::ServerExchange& exchange);
    [[nodiscard]] base::Task<void> get(http::ServerExchange& exchange);
    [[nodiscard]] base::Task<void> change(http::ServerExchange& exchange,
                                          const http::RouteArguments& arguments, Form form);
    [[nodiscard]] base::Task<void> refuse(http::ServerExchange& exchange, CandidateRefusal refusal);

    Candidates* candidates_;
    std::optional<BearerToken> token_;
    CandidateLimitsMet limits_met_;
};

/// The bodies of the answers: docs/openapi.yaml.
[[nodiscard]] Answer candidates_answer(const CandidateList& list);
[[nodiscard]] Answer candidate_change_answer(const CandidateChange& change, bool is_dry_run);
[[nodiscard]] Answer lighthouse_update_answer(const CandidateList& list);

}  // namespace api
