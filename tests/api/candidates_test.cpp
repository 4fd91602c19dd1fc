// Requests for another list of nodes, over real sockets; the list is not there.
#include <catch2/catch.hpp>

#include "api/api.hpp"
#include "tests/http/server_fixture.hpp"
#include "tests/support/manual_clock.hpp"

namespace api_candidates_test {

using api::CandidateRefusal;

constexpr const char* kToken = "0123456789abcdef0123456789abcdef";

/// Records what is asked of it, and answers as the test says.
class FakeCandidates final : public api::Candidates {
  public:
    [[nodiscard]] api::CandidateList list() const override {
        ++reads;
        return {"r-1", false, false, {{"alpha", "http://a:1"}}};
    }
    [[nodiscard]] base::Task<api::CandidateResult> change(api::CandidateRequest request) override {
        requests.push_back(std::move(request));
        if (refusal) {
            co_return *refusal;
        }
        api::CandidateChange change;
        change.is_changed = true;
        change.opens = {"beta"};
        change.closes = {"gamma"};
        change.reopens = {"alpha"};
        change.list = {"r-2", true, true, {{"alpha", "http://a:1"}, {"beta", "http://b:2"}}};
        co_return change;
    }

    mutable int reads = 0;
    std::vector<api::CandidateRequest> requests;
    std::optional<CandidateRefusal> refusal;
};

struct CandidatesFixture {
    explicit CandidatesFixture(bool has_token = true)
        : server{[this](http::ServerExchange& exchange) { return it->handle(exchange); },
                 api::server_options(64)},
          clock{server.loop} {
        api::ApiOptions options;
        options.start_id = "start1";
        options.candidates = &candidates;
        if (has_token) {
            options.token = api::BearerToken::parse(kToken).value();
        }
        it = std::make_unique<api::Api>(server.loop.get_executor(), clock, options);
    }
    ~CandidatesFixture() { server.stop_and_wait(); }
    CandidatesFixture(const CandidatesFixture&) = delete;
    CandidatesFixture& operator=(const CandidatesFixture&) = delete;

    static std::string request(const std::string& line, const std::string& headers,
                               const std::string& body = "") {
        return line +
               " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n" + headers + "\r\n" + body;
    }
    /// The answer to a request with these header lines.
    std::string ask(const std::string& line, const std::string& headers = right(),
                    const std::string& body = "") {
        return server.answer_to(request(line, "Connection: close\r\n" + headers, body));
    }
    static std::string right() { return std::string{"Authorization: Bearer "} + kToken + "\r\n"; }

    tests::ServerFixture server;
    tests::ManualClock clock;
    FakeCandidates candidates;
    std::unique_ptr<api::Api> it;
};

int status(const std::string& answer) {
    return std::stoi(answer.substr(9, 3));
}

std::string body(const std::string& answer) {
    return answer.substr(answer.find("\r\n\r\n") + 4);
}

TEST_CASE("without the token nobody reads or changes the list, wherever else it is", "[api]") {
    CandidatesFixture fixture;
    const std::string token = kToken;
    const std::vector<std::string> wrong{
        "", "Authorization: Bearer\r\n", "Authorization: Bearer \r\n",
        "Authorization: Bearer x\r\n", "Authorization: Bearer " + token.substr(1) + "\r\n",
        "Authorization: Bearer " + token + "0\r\n",
        "Authorization: Bearer " + token.substr(0, 31) + "\r\n",
        "Authorization: Bearer " + token.substr(0, 31) + "0\r\n",
        "Authorization: Basic " + token + "\r\n", "Authorization: " + token + "\r\n",
        // Two of them: which one counts?
        CandidatesFixture::right() + "Authorization: Bearer x\r\n",
        CandidatesFixture::right() + CandidatesFixture::right(),
        "X-Authorization: Bearer " + token + "\r\n", "Cookie: token=" + token + "\r\n"};
    std::uint64_t refused = 0;
    for (const std::string line : {"GET /v1/candidates", "HEAD /v1/candidates",
                                   "PUT /v1/candidates", "POST /lighthouse/beacon/update"}) {
        for (const std::string& headers : wrong) {
            INFO(line << " " << headers);
            const std::string answer = fixture.ask(line, headers, "{}");
            CHECK(status(answer) == 401);
            CHECK(answer.find("WWW-Authenticate: Bearer\r\n") != std::string::npos);
            CHECK(answer.find(token.substr(1, 20)) == std::string::npos);
            ++refused;
        }
        for (const std::string query :
             {"?token=", "?access_token=", "?Authorization=Bearer%20", "?bearer="}) {
            CHECK(status(fixture.ask(line + query + token, "", "{}")) == 401);
            ++refused;
        }
    }
    CHECK(fixture.it->limits_met().candidates.token == refused);
    CHECK(fixture.candidates.requests.empty());
    CHECK(fixture.candidates.reads == 0);
}

TEST_CASE("where there is no token nobody may, whatever is sent", "[api]") {
    CandidatesFixture fixture{false};
    for (const std::string line :
         {"GET /v1/candidates", "PUT /v1/candidates", "POST /lighthouse/beacon/update"}) {
        CHECK(status(fixture.ask(line)) == 403);
        CHECK(status(fixture.ask(line, "")) == 403);
        CHECK(status(fixture.ask(line, "Authorization: Bearer \r\n")) == 403);
    }
    CHECK(fixture.candidates.requests.empty());
}

TEST_CASE("the scheme's case and blanks around the token make no difference", "[api]") {
    CandidatesFixture fixture;
    CHECK(status(fixture.ask("GET /v1/candidates",
                             std::string{"authorization: bEARER   "} + kToken + "  \r\n")) == 200);
}

TEST_CASE("who has the token reads the list, with its revision", "[api]") {
    CandidatesFixture fixture;
    const std::string answer = fixture.ask("GET /v1/candidates");
    CHECK(status(answer) == 200);
    CHECK(answer.find("ETag: \"r-1\"\r\n") != std::string::npos);
    CHECK(answer.find("Cache-Control: no-store\r\n") != std::string::npos);
    CHECK(body(answer) == R"({"revision":"r-1","source":"config","is_saved":false,)"
                          R"("candidates":[{"name":"alpha","origin":"http://a:1"}]})");
}

TEST_CASE("a list is handed on as it was sent, and its answer says what follows", "[api]") {
    CandidatesFixture fixture;
    const std::string answer = fixture.ask(
        "PUT /v1/candidates", CandidatesFixture::right() + "If-Match: \"r-1\"\r\n", "anything");
    CHECK(status(answer) == 200);
    CHECK(answer.find("ETag: \"r-2\"\r\n") != std::string::npos);
    CHECK(body(answer) ==
          R"({"is_dry_run":false,"is_changed":true,"opens":["beta"],"closes":["gamma"],)"
          R"("reopens":["alpha"],"revision":"r-2","source":"api","is_saved":true,)"
          R"("candidates":[{"name":"alpha","origin":"http://a:1"},)"
          R"({"name":"beta","origin":"http://b:2"}]})");
    REQUIRE(fixture.candidates.requests.size() == 1);
    const api::CandidateRequest& request = fixture.candidates.requests.front();
    CHECK(request.body == "anything");
    CHECK(request.revision == "r-1");
    CHECK_FALSE(request.is_dry_run);
    CHECK((request.form == api::CandidateRequest::Form::kHeadmon));
}

TEST_CASE("Lighthouse's request has Lighthouse's answer", "[api]") {
    CandidatesFixture fixture;
    const std::string answer =
        fixture.ask("POST /lighthouse/beacon/update", CandidatesFixture::right(), "{}");
    CHECK(status(answer) == 200);
    CHECK(body(answer) == R"({"data":{"new_beacon_nodes_list":["http://a:1","http://b:2"]}})");
    CHECK((fixture.candidates.requests.front().form == api::CandidateRequest::Form::kLighthouse));
    CHECK(status(fixture.ask("GET /lighthouse/beacon/update")) == 405);
    CHECK(status(fixture.ask("POST /v1/candidates")) == 405);
}

TEST_CASE("a dry run is one however it is asked for, and what it asks for must be clear", "[api]") {
    CandidatesFixture fixture;
    const auto ask = [&](const std::string& query, const std::string& headers = "") {
        return status(
            fixture.ask("PUT /v1/candidates" + query, CandidatesFixture::right() + headers, "{}"));
    };
    CHECK(ask("?dry_run=true") == 200);
    CHECK(ask("?dry_run=true&dry_run=false") == 200);
    CHECK(ask("?dry_run=false&dry_run=true") == 200);
    for (const api::CandidateRequest& request : fixture.candidates.requests) {
        CHECK(request.is_dry_run);
    }
    for (const std::string query :
         {"?dry_run", "?dry_run=", "?dry_run=1", "?dry_run=TRUE", "?dry_run=true&dry_run=yes"}) {
        CHECK(ask(query) == 400);
    }
    // It has made no list that a client could hold on to.
    CHECK(fixture.ask("PUT /v1/candidates?dry_run=true", CandidatesFixture::right(), "{}")
              .find("ETag") == std::string::npos);
    fixture.candidates.requests.pop_back();
    CHECK(ask("", "If-Match: r-1\r\n") == 400);
    CHECK(ask("", "If-Match: \"\r\n") == 400);
    CHECK(fixture.candidates.requests.size() == 3);
    CHECK(ask("", "If-Match: *\r\n") == 200);
    CHECK_FALSE(fixture.candidates.requests.back().revision.has_value());
}

TEST_CASE("each refusal has a status of its own, and limits are counted", "[api]") {
    CandidatesFixture fixture;
    using Reason = CandidateRefusal::Reason;
    const auto refused = [&](Reason reason) {
        fixture.candidates.refusal = CandidateRefusal{reason, "why"};
        const std::string answer =
            fixture.ask("PUT /v1/candidates", CandidatesFixture::right(), "{}");
        CHECK_THAT(body(answer), Catch::EndsWith("\"message\":\"why\"}"));
        CHECK((answer.find("Retry-After: 1\r\n") != std::string::npos) ==
              (reason == Reason::kBusy));
        return status(answer);
    };
    CHECK(refused(Reason::kInvalid) == 400);
    CHECK(refused(Reason::kOutdated) == 412);
    CHECK(refused(Reason::kBusy) == 503);
    CHECK(refused(Reason::kTooManyNames) == 409);
    CHECK(refused(Reason::kNotSaved) == 500);
    CHECK(fixture.it->limits_met().candidates.changes == 1);
    CHECK(fixture.it->limits_met().candidates.names == 1);
}

TEST_CASE("a body that is too large or wrongly chunked never becomes a list", "[api]") {
    CandidatesFixture fixture;
    const std::string head = "PUT /v1/candidates HTTP/1.1\r\nHost: localhost\r\n" +
                             CandidatesFixture::right() + "Connection: close\r\n";
    const auto answer = [&](const std::string& rest) {
        return status(fixture.server.answer_to(head + rest));
    };
    CHECK(answer("Content-Length: 65537\r\n\r\n") == 413);
    CHECK(answer("Content-Length: 99999999999999999999\r\n\r\n") == 400);
    CHECK(answer("Content-Length: -1\r\n\r\n") == 400);
    CHECK(answer("Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}") == 400);
    CHECK(answer("Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n") == 400);
    CHECK(answer("Transfer-Encoding: chunked\r\n\r\n2\r\n{}xx0\r\n\r\n") == 400);
    CHECK(answer("Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}\r\n0\r\n\r\n") == 413);
    CHECK(answer("Transfer-Encoding: chunked\r\n\r\n10001\r\n" + std::string(65537, ' ') +
                 "\r\n0\r\n\r\n") == 413);
    CHECK(answer("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n") ==
          400);
    CHECK(fixture.candidates.requests.empty());
    CHECK(answer("Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n") == 200);
    REQUIRE(fixture.candidates.requests.size() == 1);
    CHECK(fixture.candidates.requests.front().body == "{}");
}

TEST_CASE("what comes behind a list on one connection needs the token again", "[api]") {
    CandidatesFixture fixture;
    const std::string all = fixture.server.answer_to(
        CandidatesFixture::request("PUT /v1/candidates", CandidatesFixture::right(), "{}") +
        CandidatesFixture::request("PUT /v1/candidates", "", "{}") +
        CandidatesFixture::request("GET /v1/candidates",
                                   CandidatesFixture::right() + "Connection: close\r\n"));
    std::vector<std::string> lines;
    for (std::size_t at = 0; (at = all.find("HTTP/1.1 ", at)) != std::string::npos; ++at) {
        lines.push_back(all.substr(at + 9, 3));
    }
    CHECK(lines == std::vector<std::string>{"200", "401", "200"});
    CHECK(fixture.candidates.requests.size() == 1);
}

TEST_CASE("no other path is the list's", "[api]") {
    CandidatesFixture fixture;
    for (const std::string target :
         {"/v1/candidates/", "/v1/candidates/..", "/v1/../v1/candidates", "/v1//candidates",
          "/v1/%2e%2e/v1/candidates", "//v1/candidates", "/lighthouse/beacon/update/",
          "/lighthouse/../v1/candidates", "/V1/candidates"}) {
        CHECK(status(fixture.ask("PUT " + target, CandidatesFixture::right(), "{}")) == 404);
    }
    CHECK(fixture.candidates.requests.empty());
    // The same path, written otherwise.
    CHECK(status(fixture.ask("PUT /v1/%63andidates", CandidatesFixture::right(), "{}")) == 200);
    CHECK(status(fixture.ask("PUT /v1/%63andidates", "", "{}")) == 401);
}

TEST_CASE("a token is of letters, digits and a few signs", "[api]") {
    CHECK(api::BearerToken::parse(std::string{"\n  "} + kToken + "\r\n").has_value());
    for (const std::string text :
         {"", "short", "0123456789abcde", "0123456789 abcdef", "0123456789abcdef\"",
          "0123456789abcdef\nmore", "0123456789abcdef\xff"}) {
        const auto token = api::BearerToken::parse(text);
        REQUIRE_FALSE(token.has_value());
        CHECK(token.error().detail == "holds no token: 16 to 512 letters, digits and -._~+/=");
    }
    CHECK_FALSE(api::BearerToken::parse(std::string(513, 'a')).has_value());
}

}  // namespace api_candidates_test
