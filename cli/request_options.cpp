#include "base/text.hpp"
#include "cli/options.hpp"
#include "config/config.hpp"
#include "http/header.hpp"

namespace cli {
namespace {

/// `url` with the headers and TLS files that belong to it.
http::Endpoint endpoint_of(const http::Url& url, const RawOptions& raw) {
    http::Endpoint endpoint{url, {}, raw.tls};
    for (const std::string& header : raw.headers) {
        const auto colon = header.find(':');
        const std::string name = header.substr(0, colon);
        std::string value = colon == std::string::npos ? "" : header.substr(colon + 1);
        value.erase(0, value.find_first_not_of(" \t"));
        if (colon == std::string::npos || !http::is_header(name, value)) {
            throw UsageError{"--header wants 'NAME: VALUE'"};
        }
        endpoint.headers.push_back(http::Header{name, value});
    }
    if (const auto problem = config::find_tls_problem(raw.tls)) {
        throw UsageError{*problem};
    }
    return endpoint;
}

std::string topics_query(const std::string& topics) {
    constexpr std::string_view kTopic =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    for (const std::string& topic : base::split(topics, ',')) {
        if (topic.empty() || topic.find_first_not_of(kTopic) != std::string::npos) {
            throw UsageError{"--topics wants names with commas between, such as head,block"};
        }
    }
    return "topics=" + topics;
}

}  // namespace

void take_doctor(RawOptions& raw) {
    if (raw.url.empty()) {
        throw UsageError{"no node; give its URL: headmon doctor http://HOST:PORT"};
    }
    const auto url = http::Url::parse(raw.url);
    if (!url) {
        throw UsageError{"URL: " + url.error().detail + "; give http://HOST:PORT"};
    }
    raw.doctor.settings.nodes = {config::NodeSpec{"", endpoint_of(*url, raw), "URL"}};
}

void take_events(RawOptions& raw) {
    if (raw.url.empty()) {
        throw UsageError{"--url is required; see headmon --help"};
    }
    const auto url = http::Url::parse_whole(raw.url);
    if (!url) {
        throw UsageError{"--url: " + url.error().detail + "; give the stream's whole URL"};
    }
    const http::Url whole =
        raw.topics.empty() ? *url : url->with_path("", topics_query(raw.topics));
    raw.events.endpoint = endpoint_of(whole, raw);
}

}  // namespace cli
