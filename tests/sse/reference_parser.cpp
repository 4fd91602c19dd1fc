#include "tests/sse/reference_parser.hpp"

#include <algorithm>
#include <filesystem>

namespace tests {
namespace {

/// "Lines must be separated by either a U+000D U+000A pair, a single U+000A, or a single U+000D."
/// What follows the last line end is no line.
std::vector<std::string> split_lines(std::string_view stream) {
    std::vector<std::string> lines;
    std::string line;
    for (std::size_t i = 0; i < stream.size(); ++i) {
        if (stream[i] == '\r' || stream[i] == '\n') {
            if (stream[i] == '\r' && i + 1 < stream.size() && stream[i + 1] == '\n') {
                ++i;
            }
            lines.push_back(line);
            line.clear();
        } else {
            line += stream[i];
        }
    }
    return lines;
}

class Interpreter {
  public:
    void line(const std::string& line) {
        if (line.empty()) {
            dispatch();
            return;
        }
        const std::size_t colon = line.find(':');
        if (colon == 0) {
            contents.comments.push_back(line.substr(1));
            return;
        }
        if (colon == std::string::npos) {
            field(line, "");
            return;
        }
        std::string value = line.substr(colon + 1);
        if (!value.empty() && value[0] == ' ') {
            value = value.substr(1);
        }
        field(line.substr(0, colon), value);
    }

    StreamContents contents;

  private:
    void field(const std::string& name, const std::string& value) {
        if (name == "event") {
            event_type_buffer_ = value;
        }
        if (name == "data") {
            data_buffer_ = data_buffer_ + value + "\n";
        }
        if (name == "id" && value.find('\0') == std::string::npos) {
            last_event_id_buffer_ = value;
        }
    }

    void dispatch() {
        if (data_buffer_.empty()) {
            event_type_buffer_ = "";
            return;
        }
        data_buffer_ = data_buffer_.substr(0, data_buffer_.size() - 1);
        const std::string type = event_type_buffer_.empty() ? "message" : event_type_buffer_;
        contents.events.push_back(OwnedEvent{type, data_buffer_, last_event_id_buffer_});
        data_buffer_ = "";
        event_type_buffer_ = "";
    }

    std::string data_buffer_;
    std::string event_type_buffer_;
    std::string last_event_id_buffer_;
};

}  // namespace

StreamContents read_stream_slowly(std::string_view stream) {
    if (stream.substr(0, 3) == "\xEF\xBB\xBF") {
        stream = stream.substr(3);
    }
    Interpreter interpreter;
    for (const std::string& line : split_lines(stream)) {
        interpreter.line(line);
    }
    return interpreter.contents;
}

const std::vector<std::string>& stream_fixtures() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> found;
        const std::filesystem::path root{HEADMON_FIXTURES};
        for (const auto& entry : std::filesystem::recursive_directory_iterator{root}) {
            const std::string extension = entry.path().extension().string();
            // Raw answers of a server are no event streams, and must do no harm.
            if (extension == ".sse" || extension == ".bin") {
                found.push_back(std::filesystem::relative(entry.path(), root).string());
            }
        }
        std::sort(found.begin(), found.end());
        return found;
    }();
    return names;
}

}  // namespace tests
