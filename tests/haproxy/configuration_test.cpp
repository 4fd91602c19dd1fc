#include "haproxy/configuration.hpp"

#include <catch2/catch.hpp>

namespace {

using Catch::Contains;
using haproxy::Configuration;
using haproxy::Node;
using haproxy::Plan;

Node node(const std::string& name, const std::string& url, std::vector<http::Header> headers = {}) {
    return Node{name, http::Endpoint{http::Url::parse(url).value(), std::move(headers), {}}};
}

boost::asio::ip::tcp::endpoint endpoint(const char* host, std::uint16_t port) {
    return {boost::asio::ip::make_address(host), port};
}

Plan plan(std::vector<Node> nodes) {
    Plan plan;
    plan.nodes = std::move(nodes);
    plan.frontend = endpoint("127.0.0.1", 9467);
    plan.api = endpoint("127.0.0.1", 9465);
    plan.agent = endpoint("127.0.0.1", 9466);
    return plan;
}

Configuration made(const Plan& plan) {
    return haproxy::make_configuration(plan).value();
}

std::string problem(const Plan& plan) {
    const auto result = haproxy::make_configuration(plan);
    REQUIRE(result.has_error());
    return result.error().detail;
}

std::size_t count(const std::string& text, const std::string& what) {
    std::size_t found = 0;
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
        ++found;
    }
    return found;
}

TEST_CASE("events go to headmon, with the nodes' own behind it, and all else to the best node",
          "[haproxy]") {
    const Configuration c = made(plan({node("alpha", "http://10.0.0.1:5052")}));
    CHECK_THAT(c.text, Contains("bind 127.0.0.1:9467\n"));
    CHECK_THAT(c.text, Contains("use_backend headmon_events if { path /eth/v1/events }\n"));
    CHECK_THAT(c.text, Contains("default_backend headmon_nodes\n"));
    CHECK_THAT(c.text, Contains("server headmon abns@headmon-9467-own check "));
    // What is meant for headmon alone is sent to no node, when that one takes its place.
    const std::size_t own = c.text.find("listen headmon_own\n    bind abns@headmon-9467-own\n");
    REQUIRE(own != std::string::npos);
    CHECK(count(c.text, "wait_for") == 1);
    const std::string section = c.text.substr(own, c.text.find("\n\n", own) - own);
    CHECK_THAT(section, Contains("http-request set-query %[query]&wait_for=best_node\n"));
    CHECK_THAT(section, Contains("server headmon 127.0.0.1:9465"));
    CHECK_THAT(c.text,
               Contains("server alpha abns@headmon-9467-1 backup track headmon_nodes/alpha\n"));
    CHECK_THAT(c.text, Contains("use-server alpha if { srv_weight(headmon_nodes/alpha) ge 50 }\n"));
    CHECK_THAT(c.text, Contains("agent-addr 127.0.0.1 agent-port 9466\n"));
    CHECK_THAT(c.text, Contains("server alpha abns@headmon-9467-1 agent-send 'alpha'\\n\n"));
    CHECK_THAT(c.text, Contains("server node 10.0.0.1:5052\n"));
    CHECK_THAT(c.text, Contains("set-header Host '10.0.0.1:5052'\n"));
    CHECK(c.nodes_with_secrets.empty());
}

TEST_CASE("each secret of a node is in the secrets and nowhere else", "[haproxy]") {
    const Configuration c =
        made(plan({node("plain", "http://a:1"),
                   node("secret", "https://us3r:p4ss@b/p4th?k=qu3ry", {{"X-Key", "h3ad'er"}})}));
    for (const char* secret : {"us3r", "p4ss", "p4th", "qu3ry", "h3ad"}) {
        CHECK_THAT(c.text, !Contains(secret));
    }
    CHECK_THAT(c.secrets, Contains("setenv HEADMON_2_PATH '/p4th'\n"));
    CHECK_THAT(c.secrets, Contains("setenv HEADMON_2_QUERY 'k=qu3ry'\n"));
    CHECK_THAT(c.secrets, Contains("setenv HEADMON_2_USERINFO 'us3r:p4ss'\n"));
    CHECK_THAT(c.secrets, Contains(R"(setenv HEADMON_2_HEADER_1 'h3ad'\''er')"));
    CHECK_THAT(c.text, Contains("set-header 'X-Key' \"%[env(HEADMON_2_HEADER_1)]\"\n"));
    CHECK(c.nodes_with_secrets == std::vector<std::string>{"secret"});
}

TEST_CASE("a node that moves is found again, and an address needs nobody to find it", "[haproxy]") {
    const std::string named = made(plan({node("a", "http://node.example:5052")})).text;
    CHECK_THAT(named, Contains("\nresolvers headmon_names\n"));
    CHECK_THAT(named, Contains("server node node.example:5052 resolvers headmon_names"));
    for (const char* url :
         {"http://10.0.0.1:5052", "http://[fd00::1]:5052", "http://localhost:1"}) {
        CHECK_THAT(made(plan({node("a", url)})).text, !Contains("resolvers"));
    }
    CHECK_THAT(made(plan({node("a", "http://[fd00::1]:5052")})).text,
               Contains("server node [fd00::1]:5052\n"));
}

TEST_CASE("a certificate is checked, with the node's own name and authority", "[haproxy]") {
    Node own = node("own", "https://node.example");
    own.endpoint.tls = {"/etc/it's/ca.pem", "/etc/c.pem", "/etc/c.pem.key"};
    const Configuration c = made(plan({node("system", "https://a.example:8443"), own}));
    CHECK(count(c.text, "ssl verify required") == 2);
    CHECK_THAT(c.text, Contains("ca-file @system-ca sni str(a.example) verifyhost a.example\n"));
    CHECK_THAT(c.text, Contains(R"(ca-file '/etc/it'\''s/ca.pem' sni str(node.example))"));
    CHECK_THAT(c.text, Contains(" crt '/etc/c.pem'\n"));
    CHECK_THAT(c.text, Contains("set-header Host 'node.example'\n"));
    CHECK_THAT(c.text, Contains("set-header Host 'a.example:8443'\n"));
    CHECK(c.client_pems.empty());
    // A name from the root on is the same name in a certificate.
    CHECK_THAT(made(plan({node("rooted", "https://a.example.:8443")})).text,
               Contains(" sni str(a.example) verifyhost a.example\n"));
}

TEST_CASE("a client certificate and its key are joined beside the secrets", "[haproxy]") {
    Node own = node("own", "https://node.example");
    own.endpoint.tls = {"", "/etc/c.pem", "/etc/private/k.pem"};
    Plan wanted = plan({own});
    CHECK_THAT(problem(wanted), Contains("node \"own\"") && Contains("--secrets-file FILE"));
    wanted.secrets_file = "/etc/haproxy/s.cfg";
    const Configuration c = made(wanted);
    REQUIRE(c.client_pems.size() == 1);
    CHECK(c.client_pems[0].path == "/etc/haproxy/s.cfg.node-1.pem");
    CHECK(c.client_pems[0].key_file == "/etc/private/k.pem");
    CHECK_THAT(c.text, Contains(" crt '/etc/haproxy/s.cfg.node-1.pem'\n"));
}

TEST_CASE("what HAProxy cannot carry is an error that names the node", "[haproxy]") {
    CHECK_THAT(problem(plan({node("n", "https://10.0.0.1")})),
               Contains("node \"n\"") && Contains("no address"));
    CHECK_THAT(problem(plan({node("n", "https://[fd00::1]")})), Contains("no address"));
    CHECK_THAT(problem(plan({node("n", "http://[fe80::1%25eth0]:1")})), Contains("zone"));
    CHECK_THAT(problem(plan({node("n", "http://a", {{"Content-Length", "s3cret"}})})),
               Contains("Content-Length") && !Contains("s3cret"));
    CHECK_THAT(problem(plan({node("n", "http://a", {{"X-Empty", ""}})})), Contains("X-Empty"));
    CHECK_THAT(problem(plan({node("n", "http://u:p%7Fx@a")})), Contains("control character"));
    Plan wanted = plan({node("n", "http://a")});
    wanted.agent = endpoint("127.0.0.1", 0);
    CHECK_THAT(problem(wanted), Contains("agent checks"));
    wanted = plan({node("n", "http://a")});
    wanted.frontend = wanted.api;
    CHECK_THAT(problem(wanted), Contains("address of headmon itself"));
}

TEST_CASE(
    "a header that a node has twice is sent twice, and one for Authorization goes before the URL's "
    "user",
    "[haproxy]") {
    const Configuration c = made(plan({node("n", "http://u:p@a",
                                            {{"X-A", "1"},
                                             {"x-a", "2"},
                                             {"Accept-Encoding", "gzip"},
                                             {"authorization", "Bearer x"}})}));
    CHECK_THAT(c.text, Contains("http-request set-header 'X-A' "));
    CHECK_THAT(c.text, Contains("http-request add-header 'x-a' "));
    CHECK_THAT(c.text, Contains("http-request set-header 'authorization' "));
    CHECK_THAT(c.text, !Contains("Basic"));
    CHECK_THAT(c.text, !Contains("Accept-Encoding"));
}

TEST_CASE("preferred nodes come first while headmon has said nothing", "[haproxy]") {
    Plan wanted = plan({node("a", "http://a"), node("b", "http://b"), node("c", "http://c")});
    wanted.preferred_nodes = {"c", "unknown"};
    const std::string text = made(wanted).text;
    CHECK(text.find("use-server c ") < text.find("use-server a "));
    CHECK(text.find("use-server a ") < text.find("use-server b "));
    CHECK(count(text, "use-server ") == 3);
}

TEST_CASE("headmon is asked on this machine where it listens on every address", "[haproxy]") {
    Plan wanted = plan({node("a", "http://a")});
    wanted.api = endpoint("0.0.0.0", 9465);
    wanted.agent = endpoint("::", 9466);
    const std::string text = made(wanted).text;
    CHECK_THAT(text, Contains("server headmon 127.0.0.1:9465\n"));
    CHECK_THAT(text, Contains("agent-addr ::1 agent-port 9466\n"));
}

}  // namespace
