#include "sse/parser.hpp"

#include <algorithm>
#include <utility>

namespace sse {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kPastStart = std::string_view::npos;

/// Finds line ends in one chunk, from left to right. Remembers the next LF and the next CR, so that
/// each byte is compared once for each of them however the line ends are mixed.
class LineEnds {
  public:
    explicit LineEnds(std::string_view bytes)
        : bytes_{bytes}, lf_{find('\n', 0)}, cr_{find('\r', 0)} {}

    /// The first line end at `from` or behind it, or the chunk's size.
    std::size_t next(std::size_t from) {
        if (lf_ < from) {
            lf_ = find('\n', from);
        }
        if (cr_ < from) {
            cr_ = find('\r', from);
        }
        return std::min(lf_, cr_);
    }

  private:
    [[nodiscard]] std::size_t find(char end, std::size_t from) const {
        return std::min(bytes_.find(end, from), bytes_.size());
    }

    std::string_view bytes_;
    std::size_t lf_;
    std::size_t cr_;
};

}  // namespace

Parser::Parser(std::size_t event_bytes_max, Sink sink, CommentSink comment_sink)
    : event_bytes_max_{event_bytes_max},
      sink_{std::move(sink)},
      comment_sink_{std::move(comment_sink)} {}

base::Result<void> Parser::feed(std::string_view bytes) {
    if (failed_) {
        return fail();
    }
    if (mark_bytes_ != kPastStart) {
        bytes = skip_mark(bytes);
    }
    LineEnds ends{bytes};
    std::size_t begin = 0;
    while (begin < bytes.size()) {
        if (std::exchange(after_cr_, false) && bytes[begin] == '\n') {
            ++begin;
            continue;
        }
        const std::size_t end = ends.next(begin);
        const std::string_view line = bytes.substr(begin, end - begin);
        if (end == bytes.size()) {
            if (!fits(line_.size() + line.size())) {
                return fail();
            }
            line_ += line;
            break;
        }
        after_cr_ = bytes[end] == '\r';
        if (!end_line(line)) {
            return fail();
        }
        begin = end + 1;
    }
    return {};
}

std::string_view Parser::skip_mark(std::string_view bytes) {
    while (!bytes.empty() && mark_bytes_ < kByteOrderMark.size() &&
           bytes.front() == kByteOrderMark[mark_bytes_]) {
        bytes.remove_prefix(1);
        ++mark_bytes_;
    }
    if (mark_bytes_ == kByteOrderMark.size()) {
        mark_bytes_ = kPastStart;
    } else if (!bytes.empty()) {
        // What could have been a mark is the beginning of the first line.
        line_ = kByteOrderMark.substr(0, mark_bytes_);
        mark_bytes_ = kPastStart;
    }
    return bytes;
}

bool Parser::end_line(std::string_view line) {
    if (!fits(line_.size() + line.size())) {
        return false;
    }
    if (line_.empty()) {
        read_line(line);
        return true;
    }
    line_ += line;
    read_line(line_);
    line_.clear();
    return true;
}

void Parser::read_line(std::string_view line) {
    if (line.empty()) {
        dispatch();
        return;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) {
        read_field(line, {});
        return;
    }
    std::string_view value = line.substr(colon + 1);
    if (colon == 0) {
        if (comment_sink_) {
            comment_sink_(value);
        }
        return;
    }
    if (value.starts_with(' ')) {
        value.remove_prefix(1);
    }
    read_field(line.substr(0, colon), value);
}

void Parser::read_field(std::string_view name, std::string_view value) {
    if (name == "data") {
        data_ += value;
        data_ += '\n';
    } else if (name == "event") {
        type_ = value;
    } else if (name == "id") {
        if (value.find('\0') == std::string_view::npos) {
            last_event_id_ = value;
        }
    }
}

void Parser::dispatch() {
    if (!data_.empty()) {
        const std::string_view data{data_.data(), data_.size() - 1};
        sink_(Event{type_.empty() ? std::string_view{"message"} : type_, data, last_event_id_});
    }
    data_.clear();
    type_.clear();
}

bool Parser::fits(std::size_t line_bytes) const {
    // Each of them passed this check when it was a line, so no sum here can wrap.
    const std::size_t held = type_.size() + data_.size() + last_event_id_.size();
    return held <= event_bytes_max_ && line_bytes <= event_bytes_max_ - held;
}

base::Result<void> Parser::fail() {
    failed_ = true;
    return base::Error{base::ErrorCode::kTooLong,
                       "event of more than " + std::to_string(event_bytes_max_) + " bytes"};
}

}  // namespace sse
