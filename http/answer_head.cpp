#include "http/answer_head.hpp"

#include <algorithm>
#include <chrono>

#include <boost/beast/http/status.hpp>

#include "http/date.hpp"

namespace http {
namespace {

void append_field(std::string& text, std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

bool has_body(int status) {
    return status != 204 && status != 304;
}

std::string write_head(const AnswerHead& head, const std::vector<Header>& headers,
                       std::string_view connection) {
    namespace beast_http = boost::beast::http;
    std::string text = "HTTP/1.1 " + std::to_string(head.status) + " ";
    text +=
        beast_http::obsolete_reason(beast_http::int_to_status(static_cast<unsigned>(head.status)));
    text += "\r\n";
    const bool has_date = std::any_of(headers.begin(), headers.end(),
                                      [](const Header& header) { return header.name == "Date"; });
    if (!has_date) {
        append_field(text, "Date", format_date(std::chrono::system_clock::now()));
    }
    if (head.framing == Framing::kLength && has_body(head.status)) {
        append_field(text, "Content-Length", std::to_string(head.body_bytes));
    } else if (head.framing == Framing::kChunked) {
        append_field(text, "Transfer-Encoding", "chunked");
    }
    if (!head.content_type.empty()) {
        append_field(text, "Content-Type", head.content_type);
    }
    for (const Header& header : headers) {
        append_field(text, header.name, header.value);
    }
    if (!connection.empty()) {
        append_field(text, "Connection", connection);
    }
    return text + "\r\n";
}

}  // namespace http
