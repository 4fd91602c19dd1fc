#include "api/candidate_routes.hpp"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "api/candidate_request.hpp"
#include "http/header.hpp"
#include "updates/json_writer.hpp"

namespace api {
namespace {

using updates::JsonWriter;
using Reason = CandidateRefusal::Reason;

constexpr const char* kJsonType = "application/json";

http::Header etag_of(const CandidateList& list) {
    return {"ETag", "\"" + list.revision + "\""};
}

base::Task<void> respond_json(http::ServerExchange& exchange, Answer answer,
                              std::vector<http::Header> headers) {
    headers.push_back({"Cache-Control", "no-store"});
    co_await exchange.respond(answer.status, kJsonType, std::move(answer.body), std::move(headers));
}

/// The members of a list.
void write_list(JsonWriter& out, const CandidateList& list) {
    out.text("revision", list.revision);
    out.text("source", list.is_from_api ? "api" : "config");
    out.flag("is_saved", list.is_saved);
    out.begin_array("candidates");
    for (const ShownCandidate& candidate : list.candidates) {
        out.begin_object();
        out.text("name", candidate.name);
        out.text("origin", candidate.origin);
        out.end_object();
    }
    out.end_array();
}

void write_names(JsonWriter& out, std::string_view member, const std::vector<std::string>& names) {
    out.begin_array(member);
    for (const std::string& name : names) {
        out.element(name);
    }
    out.end_array();
}

int status_of(Reason reason) {
    switch (reason) {
        case Reason::kInvalid:
            return 400;
        case Reason::kOutdated:
            return 412;
        case Reason::kBusy:
            return 503;
        case Reason::kTooManyNames:
            return 409;
        case Reason::kNotSaved:
            return 500;
    }
    return 500;
}

}  // namespace

void throw_exception_from_error(const CandidateRefusal& refusal,
                                const boost::source_location& where) {
    throw std::logic_error{refusal.message + " (value() at " + where.to_string() + ")"};
}

Answer candidates_answer(const CandidateList& list) {
    Answer answer;
    JsonWriter out{answer.body};
    out.begin_object();
    write_list(out, list);
    out.end_object();
    return answer;
}

Answer candidate_change_answer(const CandidateChange& change, bool is_dry_run) {
    Answer answer;
    JsonWriter out{answer.body};
    out.begin_object();
    out.flag("is_dry_run", is_dry_run);
    out.flag("is_changed", change.is_changed);
    write_names(out, "opens", change.opens);
    write_names(out, "closes", change.closes);
    write_names(out, "reopens", change.reopens);
    write_list(out, change.list);
    out.end_object();
    return answer;
}

Answer lighthouse_update_answer(const CandidateList& list) {
    Answer answer;
    JsonWriter out{answer.body};
    out.begin_object();
    out.begin_object("data");
    out.begin_array("new_beacon_nodes_list");
    for (const ShownCandidate& candidate : list.candidates) {
        out.element(candidate.origin);
    }
    out.end_array();
    out.end_object();
    out.end_object();
    return answer;
}

CandidateRoutes::CandidateRoutes(Candidates* candidates, std::optional<BearerToken> token)
    : candidates_{candidates}, token_{std::move(token)} {}

void CandidateRoutes::add_to(http::Router& router) {
    using http::RouteArguments;
    using http::ServerExchange;
    router.add("GET", "/v1/candidates",
               [this](ServerExchange& exchange, const RouteArguments&) { return get(exchange); });
    router.add("PUT", "/v1/candidates",
               [this](ServerExchange& exchange, const RouteArguments& arguments) {
                   return change(exchange, arguments, Form::kHeadmon);
               });
    router.add("POST", "/lighthouse/beacon/update",
               [this](ServerExchange& exchange, const RouteArguments& arguments) {
                   return change(exchange, arguments, Form::kLighthouse);
               });
}

base::Task<bool> CandidateRoutes::admit(http::ServerExchange& exchange) {
    if (candidates_ == nullptr || !token_) {
        co_await exchange.respond_error(
            403,
            "nobody may, for there is no token; start headmon with a state directory, or "
            "give --api-token-file");
        co_return false;
    }
    if (!token_->is_in(exchange.request().headers)) {
        ++limits_met_.token;
        std::vector<http::Header> headers{{"WWW-Authenticate", "Bearer"}};
        co_await exchange.respond_error(
            401, "send Authorization: Bearer and the token of headmon's token file",
            std::move(headers));
        co_return false;
    }
    co_return true;
}

base::Task<void> CandidateRoutes::get(http::ServerExchange& exchange) {
    if (!co_await admit(exchange)) {
        co_return;
    }
    const CandidateList list = candidates_->list();
    std::vector<http::Header> headers{etag_of(list)};
    Answer answer = candidates_answer(list);
    co_await respond_json(exchange, std::move(answer), std::move(headers));
}

base::Task<void> CandidateRoutes::change(http::ServerExchange& exchange,
                                         const http::RouteArguments& arguments, Form form) {
    if (!co_await admit(exchange)) {
        co_return;
    }
    auto request = parse_candidate_request(exchange.request(), arguments.query, form);
    if (!request) {
        co_await exchange.respond_error(400, request.error().detail);
        co_return;
    }
    const bool is_dry_run = request->is_dry_run;
    CandidateResult changed = co_await candidates_->change(std::move(*request));
    if (!changed) {
        co_await refuse(exchange, changed.error());
        co_return;
    }
    std::vector<http::Header> headers;
    if (!is_dry_run) {
        headers.push_back(etag_of(changed->list));
    }
    Answer answer = form == Form::kLighthouse ? lighthouse_update_answer(changed->list)
                                              : candidate_change_answer(*changed, is_dry_run);
    co_await respond_json(exchange, std::move(answer), std::move(headers));
}

base::Task<void> CandidateRoutes::refuse(http::ServerExchange& exchange, CandidateRefusal refusal) {
    std::vector<http::Header> headers;
    if (refusal.reason == Reason::kBusy) {
        ++limits_met_.changes;
        headers.push_back({"Retry-After", "1"});
    } else if (refusal.reason == Reason::kTooManyNames) {
        ++limits_met_.names;
    }
    co_await exchange.respond_error(status_of(refusal.reason), std::move(refusal.message),
                                    std::move(headers));
}

}  // namespace api
