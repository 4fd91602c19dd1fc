#include "http/plain_body.hpp"

#include <system_error>

#include "http/curl_error.hpp"
#include "http/failure_reason.hpp"

namespace http {

PlainBody::PlainBody(bool is_chunked, std::size_t header_bytes_max) {
    if (is_chunked) {
        chunks_.emplace(header_bytes_max);
    }
}

std::string_view PlainBody::take(std::string_view bytes, std::string& joined) {
    if (chunks_) {
        bytes = chunks_->state() == ChunkedBody::State::kOpen ? chunks_->take(bytes, joined)
                                                              : std::string_view{};
    }
    has_bytes_ = has_bytes_ || !bytes.empty();
    return bytes;
}

std::optional<TransferError> PlainBody::end() const {
    switch (chunks_ ? chunks_->state() : ChunkedBody::State::kOpen) {
        case ChunkedBody::State::kOpen:
            break;
        case ChunkedBody::State::kComplete:
            return end_of_body(has_bytes_);
        case ChunkedBody::State::kMalformed:
            return TransferError{FailureReason::kMalformed, "a chunk of the body is broken"};
        case ChunkedBody::State::kTooLarge:
            return TransferError{FailureReason::kTooLarge, "the line before a chunk, or trailers"};
    }
    return std::nullopt;
}

TransferError PlainBody::connection_end(int error) const {
    if (error != 0) {
        return {FailureReason::kReset, std::generic_category().message(error)};
    }
    return chunks_ ? body_cut_short() : end_of_body(has_bytes_);
}

}  // namespace http
