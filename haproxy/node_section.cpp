#include "haproxy/node_section.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <boost/asio/ip/address.hpp>

#include "haproxy/words.hpp"
#include "http/header.hpp"

namespace haproxy {
namespace {

/// What comes of a URL, as its parts are named in RFC 3986.
struct Parts {
    /// Without the brackets of an IPv6 address.
    std::string host;
    std::string port;
    /// Empty, or begins with '/'.
    std::string path;
    /// Without '?'.
    std::string query;
    bool has_zone = false;
};

Parts cut(const http::Url& url) {
    Parts parts;
    const std::string authority = url.host_and_port();
    const std::size_t colon = authority.rfind(':');
    parts.host = authority.substr(0, colon);
    parts.port = authority.substr(colon + 1);
    if (parts.host.starts_with('[')) {
        parts.host = parts.host.substr(1, parts.host.size() - 2);
    }
    const std::string text = url.without_userinfo().secret_text();
    const std::size_t begin = text.find("://") + 3;
    const std::size_t path = std::min(text.find_first_of("/?", begin), text.size());
    const std::size_t query = std::min(text.find('?', path), text.size());
    parts.has_zone = text.substr(begin, path - begin).find('%') != std::string::npos;
    parts.path = text.substr(path, query - path);
    while (parts.path.ends_with('/')) {
        parts.path.pop_back();
    }
    parts.query = text.substr(std::min(query + 1, text.size()));
    return parts;
}

/// Header lines that belong to a connection or a body, which HAProxy makes itself.
bool is_made_by_haproxy(std::string_view header) {
    constexpr std::array<std::string_view, 8> kNames{
        "Connection", "Content-Length",    "Keep-Alive", "TE",
        "Trailer",    "Transfer-Encoding", "Upgrade",    "Expect"};
    return std::any_of(std::begin(kNames), std::end(kNames),
                       [&](std::string_view name) { return http::is_same_word(header, name); });
}

/// Gathers one node's section.
class Writer {
  public:
    Writer(const Node& node, std::size_t number)
        : node_{node}, number_{number}, parts_{cut(node.endpoint.url)} {}

    [[nodiscard]] std::optional<base::Error> write(const std::string& pem_prefix) {
        if (parts_.has_zone) {
            return bad("its address has a zone, which HAProxy does not take; give its name");
        }
        if (!is_address() && !is_host_name(parts_.host)) {
            return bad("HAProxy does not take its host for a name; give its address");
        }
        write_target();
        for (const auto write : {&Writer::write_userinfo, &Writer::write_headers}) {
            if (auto error = (this->*write)()) {
                return error;
            }
        }
        return write_server(pem_prefix);
    }

    [[nodiscard]] NodeSection take() { return std::move(section_); }

  private:
    [[nodiscard]] base::Error bad(const std::string& problem) const {
        return base::bad_value("node \"" + node_.name + "\": " + problem);
    }

    [[nodiscard]] bool is_address() const {
        boost::system::error_code error;
        (void)boost::asio::ip::make_address(parts_.host, error);
        return !error;
    }
    [[nodiscard]] bool is_ipv6() const { return parts_.host.find(':') != std::string::npos; }
    [[nodiscard]] bool is_localhost() const { return parts_.host == "localhost"; }

    /// The sample that gives it back, at run time, so that nothing in it is special to HAProxy.
    std::string keep(const std::string& what, std::string value) {
        std::string name = "HEADMON_" + std::to_string(number_) + "_" + what;
        section_.secrets.push_back(Secret{name, std::move(value)});
        return "env(" + name + ")";
    }

    void add(std::string line) { section_.lines.push_back(std::move(line)); }

    void write_target() {
        const std::string host = is_ipv6() ? "[" + parts_.host + "]" : parts_.host;
        const bool is_usual = parts_.port == (node_.endpoint.url.is_https() ? "443" : "80");
        add("http-request set-header Host " + quote(host + (is_usual ? "" : ":" + parts_.port)));
        if (!parts_.path.empty()) {
            add("http-request set-path \"%[" + keep("PATH", parts_.path) + "]%[path]\"");
        }
        if (!parts_.query.empty()) {
            const std::string own = keep("QUERY", parts_.query);
            add("http-request set-query \"%[" + own + "]&%[query]\" if { query -m found }");
            add("http-request set-query \"%[" + own + "]\" unless { query -m found }");
        }
    }

    [[nodiscard]] std::optional<base::Error> write_userinfo() {
        const auto [user, password] = node_.endpoint.url.secret_userinfo();
        const auto& headers = node_.endpoint.headers;
        const bool is_overruled =
            std::any_of(headers.begin(), headers.end(), [](const http::Header& header) {
                return http::is_same_word(header.name, "Authorization");
            });
        if ((user.empty() && password.empty()) || is_overruled) {
            return std::nullopt;
        }
        std::string both = user;
        both.append(":").append(password);
        if (!is_quotable(both)) {
            return bad("its user or password has a control character, which HAProxy does not take");
        }
        add("http-request set-header Authorization \"Basic %[" + keep("USERINFO", both) +
            ",base64]\"");
        return std::nullopt;
    }

    [[nodiscard]] std::optional<base::Error> write_headers() {
        std::vector<std::string> written;
        for (const auto& [name, value] : node_.endpoint.headers) {
            if (http::is_same_word(name, "Accept-Encoding")) {
                // headmon does not send it either, and the client has its own.
                continue;
            }
            if (is_made_by_haproxy(name)) {
                return bad("HAProxy makes the header " + name + " itself; leave it out");
            }
            if (value.empty()) {
                return bad("HAProxy sends no empty header (" + name + "); leave it out");
            }
            const bool is_again = std::any_of(
                written.begin(), written.end(),
                [&, &own = name](const auto& other) { return http::is_same_word(other, own); });
            written.push_back(name);
            add("http-request " + std::string{is_again ? "add" : "set"} + "-header " + quote(name) +
                " \"%[" + keep("HEADER_" + std::to_string(written.size()), value) + "]\"");
        }
        return std::nullopt;
    }

    [[nodiscard]] std::optional<base::Error> write_server(const std::string& pem_prefix) {
        std::string host = is_ipv6() ? "[" + parts_.host + "]" : parts_.host;
        if (is_localhost()) {
            host = "127.0.0.1";
        }
        std::string line = "server node " + host + ":" + parts_.port;
        if (!is_address() && !is_localhost()) {
            section_.is_resolved = true;
            line += std::string{" resolvers "} + kResolvers +
                    " resolve-prefer ipv4 init-addr last,libc,none";
        }
        if (node_.endpoint.url.is_https()) {
            if (auto error = append_tls(line, pem_prefix)) {
                return error;
            }
        }
        add(std::move(line));
        return std::nullopt;
    }

    [[nodiscard]] std::optional<base::Error> append_tls(std::string& line,
                                                        const std::string& pem_prefix) {
        if (is_address()) {
            return bad(
                "HAProxy checks the name in a certificate and no address; give a URL with a name");
        }
        std::string name = parts_.host;
        if (name.ends_with('.')) {
            name.pop_back();
        }
        const http::TlsFiles& files = node_.endpoint.tls;
        for (const std::string& file :
             {files.ca_file, files.client_certificate_file, files.client_key_file, pem_prefix}) {
            if (!is_quotable(file)) {
                return bad("the path of a TLS file has a control character");
            }
        }
        line += " ssl verify required ssl-min-ver TLSv1.2 ca-file " +
                (files.ca_file.empty() ? std::string{"@system-ca"} : quote(files.ca_file)) +
                " sni str(" + name + ") verifyhost " + name;
        if (files.client_certificate_file.empty()) {
            return std::nullopt;
        }
        std::string pem = files.client_certificate_file;
        if (files.client_key_file != pem && files.client_key_file != pem + ".key") {
            if (pem_prefix.empty()) {
                return bad(
                    "HAProxy wants its client certificate and key in one file: give --secrets-file "
                    "FILE, which has one written beside it, or join them in your own");
            }
            pem = pem_prefix + ".node-" + std::to_string(number_) + ".pem";
            section_.client_pem =
                ClientPem{pem, files.client_certificate_file, files.client_key_file};
        }
        line += " crt " + quote(pem);
        return std::nullopt;
    }

    const Node& node_;
    std::size_t number_;
    Parts parts_;
    NodeSection section_;
};

}  // namespace

base::Result<NodeSection> make_node_section(const Node& node, std::size_t number,
                                            const std::string& pem_prefix) {
    Writer writer{node, number};
    if (auto error = writer.write(pem_prefix)) {
        return *error;
    }
    return writer.take();
}

}  // namespace haproxy
