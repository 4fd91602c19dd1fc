#include "http/chunked_body.hpp"

#include <algorithm>
#include <limits>

namespace http {

namespace {

constexpr unsigned kNoDigit = 16;

unsigned hex_digit(char byte) {
    if (byte >= '0' && byte <= '9') {
        return static_cast<unsigned>(byte - '0');
    }
    if (byte >= 'a' && byte <= 'f') {
        return static_cast<unsigned>(byte - 'a') + 10;
    }
    return byte >= 'A' && byte <= 'F' ? static_cast<unsigned>(byte - 'A') + 10 : kNoDigit;
}

}  // namespace

std::string_view ChunkedBody::take(std::string_view bytes, std::string& joined) {
    std::string_view body;
    bool is_joined = false;
    while (!bytes.empty() && state_ == State::kOpen) {
        if (part_ != Part::kBytes) {
            line_byte(bytes.front());
            bytes.remove_prefix(1);
            continue;
        }
        const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
        if (body.empty()) {
            body = bytes.substr(0, size);
        } else {
            if (!is_joined) {
                joined.assign(body);
                is_joined = true;
            }
            joined.append(bytes.substr(0, size));
            body = joined;
        }
        bytes.remove_prefix(size);
        left_ -= size;
        part_ = left_ == 0 ? Part::kBytesReturn : Part::kBytes;
    }
    return body;
}

void ChunkedBody::line_byte(char byte) {
    if (++header_bytes_ > header_bytes_max_) {
        state_ = State::kTooLarge;
        return;
    }
    switch (part_) {
        case Part::kSize:
            size_byte(byte);
            break;
        case Part::kExtension:
            if (byte == '\r') {
                part_ = Part::kSizeLineFeed;
            }
            break;
        case Part::kSizeLineFeed:
            expect(byte, '\n', left_ == 0 ? Part::kTrailerBegin : Part::kBytes);
            break;
        case Part::kBytesReturn:
            expect(byte, '\r', Part::kBytesLineFeed);
            break;
        case Part::kBytesLineFeed:
            expect(byte, '\n', Part::kSize);
            header_bytes_ = 0;
            has_size_ = false;
            break;
        case Part::kTrailerBegin:
            part_ = byte == '\r' ? Part::kLastLineFeed : Part::kTrailer;
            break;
        case Part::kTrailer:
            if (byte == '\n') {
                part_ = Part::kTrailerBegin;
            }
            break;
        case Part::kLastLineFeed:
            state_ = byte == '\n' ? State::kComplete : State::kMalformed;
            break;
        case Part::kBytes:
            break;
    }
}

void ChunkedBody::size_byte(char byte) {
    const unsigned digit = hex_digit(byte);
    if (digit != kNoDigit && left_ <= std::numeric_limits<std::uint64_t>::max() / 16) {
        left_ = left_ * 16 + digit;
        has_size_ = true;
    } else if (has_size_ && byte == '\r') {
        part_ = Part::kSizeLineFeed;
    } else if (has_size_ && (byte == ';' || byte == ' ' || byte == '\t')) {
        part_ = Part::kExtension;
    } else {
        state_ = State::kMalformed;
    }
}

void ChunkedBody::expect(char byte, char due, Part next) {
    part_ = next;
    if (byte != due) {
        state_ = State::kMalformed;
    }
}

}  // namespace http
