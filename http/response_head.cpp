#include "http/response_head.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>

#include "base/text.hpp"
#include "http/date.hpp"
#include "http/header.hpp"
#include "http/redactor.hpp"

namespace http {
namespace {

constexpr int kOk = 200;
constexpr std::size_t kContentTypeBytesMax = 128;
constexpr std::size_t kDateBytesMax = 64;
constexpr std::size_t kCodingBytesMax = 40;

/// Whether each header of that name has `value`: lengths that differ are how answers are smuggled.
bool all_equal(CURL* easy, const char* name, std::string_view value) {
    curl_header* header = nullptr;
    for (std::size_t i = 0; curl_easy_header(easy, name, i, CURLH_HEADER, -1, &header) == CURLHE_OK;
         ++i) {
        if (header->value != value) {
            return false;
        }
    }
    return true;
}

/// A coding of the body but chunks; nothing when it is sent as it is.
std::optional<std::string> find_coding(CURL* easy) {
    for (const char* name : {"content-encoding", "transfer-encoding"}) {
        curl_header* header = nullptr;
        for (std::size_t i = 0;
             curl_easy_header(easy, name, i, CURLH_HEADER, -1, &header) == CURLHE_OK; ++i) {
            for (const std::string& item : base::split(header->value, ',')) {
                const std::string_view coding = base::trimmed(item);
                if (!coding.empty() && !is_same_word(coding, "identity") &&
                    !is_same_word(coding, "chunked")) {
                    return std::string{coding};
                }
            }
        }
    }
    return std::nullopt;
}

/// "Text/Event-Stream; charset=utf-8" is "text/event-stream".
std::string content_type_of(std::string_view value) {
    std::string type{
        base::trimmed(value.substr(0, value.find(';'))).substr(0, kContentTypeBytesMax)};
    std::transform(type.begin(), type.end(), type.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return type;
}

}  // namespace

std::string_view header_of(void* easy, const char* name) {
    curl_header* header = nullptr;
    if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK) {
        return {};
    }
    return header->value;
}

bool is_chunked(void* easy) {
    const auto codings = base::split(header_of(easy, "transfer-encoding"), ',');
    return std::any_of(codings.begin(), codings.end(), [](const std::string& coding) {
        return is_same_word(base::trimmed(coding), "chunked");
    });
}

std::optional<TransferError> read_response_head(void* easy, base::WallTime now,
                                                const Endpoint& endpoint, ResponseHead& head) {
    head.content_type = content_type_of(header_of(easy, "content-type"));
    head.date = header_of(easy, "date").substr(0, kDateBytesMax);
    head.retry_after =
        parse_retry_after(header_of(easy, "retry-after").substr(0, kDateBytesMax), now);
    head.is_from_cache = !header_of(easy, "age").empty();
    // Of an answer that is rejected anyway the status says more.
    const auto coding = head.status == kOk ? find_coding(easy) : std::nullopt;
    if (coding) {
        return TransferError{FailureReason::kContentCoding,
                             "the answer has the coding " +
                                 Redactor{endpoint}.show(*coding, kCodingBytesMax) +
                                 ", though none was accepted (Accept-Encoding: identity)"};
    }
    const std::string_view length = header_of(easy, "content-length");
    // A chunked body ends where its chunks end, whatever the length is given as.
    if (header_of(easy, "transfer-encoding").empty() && !length.empty()) {
        std::uint64_t bytes = 0;
        const char* const end = length.data() + length.size();
        if (std::from_chars(length.data(), end, bytes) != std::from_chars_result{end, {}} ||
            !all_equal(easy, "content-length", length)) {
            return TransferError{FailureReason::kMalformed, "no one content length"};
        }
        head.content_length = bytes;
    }
    return std::nullopt;
}

}  // namespace http
