#include "api/candidate_request.hpp"

#include <string>
#include <string_view>

#include "api/request_rules.hpp"

namespace api {

base::Result<CandidateRequest> parse_candidate_request(const http::ServerRequest& request,
                                                       const http::Query& query,
                                                       CandidateRequest::Form form) {
    CandidateRequest made;
    made.form = form;
    made.body = request.body;
    for (const std::string_view value : query.find_all("dry_run")) {
        if (value != "true" && value != "false") {
            return base::bad_value("dry_run wants true or false");
        }
        made.is_dry_run = made.is_dry_run || value == "true";
    }
    // A list of them is never ours, which is one.
    std::string_view wanted = find_header(request.headers, "If-Match");
    if (!wanted.empty() && wanted != "*") {
        if (wanted.size() < 2 || !wanted.starts_with('"') || !wanted.ends_with('"')) {
            return base::bad_value("If-Match wants the ETag of GET /v1/candidates");
        }
        wanted.remove_prefix(1);
        wanted.remove_suffix(1);
        made.revision = std::string{wanted};
    }
    return made;
}

}  // namespace api
