#include "api/request_rules.hpp"

#include <algorithm>
#include <charconv>

#include <boost/asio/ip/address.hpp>

#include "api/beacon_events.hpp"
#include "base/printable.hpp"
#include "base/text.hpp"
#include "http/header.hpp"

namespace api {
namespace {

/// `name:80`, `[::1]:80` without the port; the text as it is where that is no port.
std::string_view without_port(std::string_view host) {
    const std::size_t colon = host.rfind(':');
    if (colon == std::string_view::npos || host.find(']', colon) != std::string_view::npos) {
        return host;
    }
    return base::parse_number(host.substr(colon + 1), 0, 65535) ? host.substr(0, colon) : host;
}

bool is_address(std::string_view host) {
    boost::system::error_code error;
    if (host.starts_with('[') && host.ends_with(']')) {
        static_cast<void>(
            boost::asio::ip::make_address_v6(std::string{host.substr(1, host.size() - 2)}, error));
    } else {
        static_cast<void>(boost::asio::ip::make_address_v4(std::string{host}, error));
    }
    return !error;
}

bool is_our_name(std::string_view host, const std::vector<std::string>& names) {
    constexpr std::string_view kLocal = "localhost";
    constexpr std::string_view kBelowLocal = ".localhost";
    if (host.ends_with('.')) {
        host.remove_suffix(1);
    }
    const bool is_local =
        http::is_same_word(host, kLocal) ||
        (host.size() > kBelowLocal.size() &&
         http::is_same_word(host.substr(host.size() - kBelowLocal.size()), kBelowLocal));
    return is_local || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
               return http::is_same_word(host, name);
           });
}

/// Whether one range of an `Accept` takes an event stream, and with a weight that is not 0.
bool takes_event_stream(std::string_view range) {
    const std::vector<std::string> parts = base::split(range, ';');
    const std::string_view type = base::trimmed(parts.front());
    if (!http::is_same_word(type, "text/event-stream") && !http::is_same_word(type, "text/*") &&
        type != "*/*") {
        return false;
    }
    return std::none_of(parts.begin() + 1, parts.end(), [](const std::string& part) {
        const std::string_view parameter = base::trimmed(part);
        const bool is_weight = parameter.starts_with("q=") || parameter.starts_with("Q=");
        return is_weight && parameter.find_first_of("123456789") == std::string_view::npos;
    });
}

}  // namespace

std::string_view find_header(const std::vector<http::Header>& headers, std::string_view name) {
    const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& header) {
        return http::is_same_word(header.name, name);
    });
    return found == headers.end() ? std::string_view{} : std::string_view{found->value};
}

bool is_our_host(const std::vector<http::Header>& headers, const std::vector<std::string>& names) {
    return std::all_of(headers.begin(), headers.end(), [&](const http::Header& header) {
        if (!http::is_same_word(header.name, "Host")) {
            return true;
        }
        const std::string_view host = without_port(header.value);
        return is_address(host) || is_our_name(host, names);
    });
}

bool accepts_event_stream(const std::vector<http::Header>& headers) {
    bool has_accept = false;
    for (const http::Header& header : headers) {
        if (!http::is_same_word(header.name, "Accept") || base::trimmed(header.value).empty()) {
            continue;
        }
        has_accept = true;
        const std::vector<std::string> ranges = base::split(header.value, ',');
        if (std::any_of(ranges.begin(), ranges.end(), takes_event_stream)) {
            return true;
        }
    }
    return !has_accept;
}

base::Result<std::vector<std::string>> parse_words(const http::Query& query,
                                                   std::string_view parameter) {
    std::vector<std::string> words;
    for (const std::string_view value : query.find_all(parameter)) {
        for (std::string& word : base::split(value, ',')) {
            if (word.empty() || std::find(words.begin(), words.end(), word) != words.end()) {
                continue;
            }
            if (words.size() == kFilterWordsMax) {
                return base::Error{base::ErrorCode::kTooLong, "too many " + std::string{parameter}};
            }
            words.push_back(std::move(word));
        }
    }
    return words;
}

base::Result<std::vector<std::string>> parse_topics(const http::Query& query,
                                                    const std::vector<std::string>& extra) {
    auto topics = parse_words(query, "topics");
    if (!topics) {
        return topics.error();
    }
    if (topics->empty()) {
        return base::Error{base::ErrorCode::kBadValue, "Invalid topics: none is given"};
    }
    for (const std::string& topic : *topics) {
        if (std::find(kTopics.begin(), kTopics.end(), topic) == kTopics.end() &&
            std::find(extra.begin(), extra.end(), topic) == extra.end()) {
            return base::Error{base::ErrorCode::kBadValue,
                               "Invalid topic: " + base::printable(topic, kShownBytesMax)};
        }
    }
    return topics;
}

}  // namespace api
