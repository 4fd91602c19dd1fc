#include "cli/recording_command.hpp"

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "app/error_line.hpp"
#include "app/exit_code.hpp"
#include "base/printable.hpp"
#include "base/time_text.hpp"
#include "cli/recording_reading.hpp"
#include "recording/anonymous.hpp"
#include "recording/entry_json.hpp"
#include "recording/file_writer.hpp"
#include "recording/info.hpp"
#include "recording/standing.hpp"

namespace cli {
namespace {

using recording::Entry;

/// `use` for each entry, in order.
template <class Use>
void read_all(recording::FileReader& reader, Use use) {
    while (auto entry = next_entry(reader)) {
        use(std::move(*entry));
    }
}

/// The one file of a recording that is made.
class Output {
  public:
    explicit Output(const std::string& directory) {
        if (::mkdir(directory.c_str(), 0700) != 0) {
            throw RecordingError{"cannot make " + base::printable(directory, 400) + ": " +
                                 std::generic_category().message(errno) +
                                 "; it is to be a new directory"};
        }
        file_ = std::make_unique<recording::FileWriter>(directory + "/" + recording::file_name(1));
    }

    void write(const Entry& entry) {
        line_.clear();
        recording::append_line(line_, entry);
        file_->write(line_);
    }

    void end() { file_->end(); }

  private:
    std::unique_ptr<recording::FileWriter> file_;
    std::string line_;
};

std::string moment_of(const base::Instant& at) {
    return base::to_rfc3339(at.wall);
}

std::string text_of(const recording::StartInfo& start) {
    std::string text = fmt::format("headmon {} from {} to {}: {} entries{}{}\n", start.version,
                                   moment_of(start.first), moment_of(start.last), start.entries,
                                   start.is_cut ? ", its beginning is not there" : "",
                                   start.lost > 0 ? fmt::format(", {} lost", start.lost) : "");
    for (const auto& [name, node] : start.nodes) {
        text += fmt::format("  {}: {} streams with {} bytes, {} answers with {} bytes\n",
                            name.empty() ? "of no known node" : name, node.streams,
                            node.stream_bytes, node.answers, node.answer_bytes);
    }
    return text;
}

int show_info(const std::string& directory) {
    recording::FileReader reader = open_recording(directory);
    recording::Info info;
    read_all(reader, [&info](const Entry& entry) { info.apply(entry); });
    std::uint64_t bytes = 0;
    for (const recording::RecordingFile& file : reader.files()) {
        bytes += file.bytes;
    }
    std::string text = fmt::format("{} files, {} bytes\n", reader.files().size(), bytes);
    for (const recording::StartInfo& start : info.starts()) {
        text += text_of(start);
    }
    for (const recording::FileReader::Torn& torn : reader.torn()) {
        text += base::printable(torn.path, 400) + ": " + torn.why + "; read up to there\n";
    }
    if (reader.unknown() > 0) {
        text +=
            fmt::format("{} entries of kinds that this headmon does not know\n", reader.unknown());
    }
    return app::write_text(text) ? app::kExitOk : app::kExitFatal;
}

void cut(const RecordingArguments& arguments) {
    recording::FileReader reader = open_recording(arguments.directories.at(0));
    Output output{arguments.directories.at(1)};
    recording::Standing standing;
    bool has_begun = false;
    read_all(reader, [&](const Entry& entry) {
        const bool is_before = arguments.from && entry.at.wall < *arguments.from;
        const bool is_behind = arguments.to && entry.at.wall >= *arguments.to;
        if (!is_before && !is_behind) {
            if (!has_begun && !std::holds_alternative<recording::Started>(entry.event)) {
                for (const Entry& first : standing.first_entries(entry.at)) {
                    output.write(first);
                }
            }
            has_begun = true;
            output.write(entry);
        }
        standing.apply(entry);
    });
    if (!has_begun) {
        throw RecordingError{
            "nothing was recorded in that time; headmon recording info says what was"};
    }
    output.end();
}

void merge(const std::vector<std::string>& directories) {
    std::vector<std::pair<base::WallTime, std::string>> inputs;
    for (std::size_t i = 1; i < directories.size(); ++i) {
        recording::FileReader reader = open_recording(directories[i]);
        if (const auto first = next_entry(reader)) {
            inputs.emplace_back(first->at.wall, directories[i]);
        }
    }
    std::sort(inputs.begin(), inputs.end());
    Output output{directories.at(0)};
    for (const auto& [begin, directory] : inputs) {
        recording::FileReader reader = open_recording(directory);
        bool is_first = true;
        read_all(reader, [&](Entry entry) {
            // Whatever stands between two recordings is not known.
            if (auto* const started = std::get_if<recording::Started>(&entry.event);
                started != nullptr && std::exchange(is_first, false) && started->is_continuation &&
                started->lost == 0) {
                started->lost = 1;
            }
            output.write(entry);
        });
    }
    output.end();
}

void anonymise(const RecordingArguments& arguments) {
    recording::FileReader reader = open_recording(arguments.directories.at(0));
    Output output{arguments.directories.at(1)};
    recording::Anonymous anonymous;
    read_all(reader, [&](Entry entry) { output.write(anonymous.apply(std::move(entry))); });
    output.end();
}

int carry_out(const RecordingArguments& arguments) {
    switch (arguments.action) {
        case RecordingAction::kInfo:
            return show_info(arguments.directories.at(0));
        case RecordingAction::kCut:
            cut(arguments);
            break;
        case RecordingAction::kMerge:
            merge(arguments.directories);
            break;
        case RecordingAction::kAnonymise:
            anonymise(arguments);
            break;
    }
    return app::kExitOk;
}

}  // namespace

int run_recording(const RecordingArguments& arguments) {
    try {
        return carry_out(arguments);
    } catch (const RecordingError& error) {
        app::write_error(error.what());
    } catch (const recording::WriteError& error) {
        app::write_error(error.what());
    }
    return app::kExitFatal;
}

}  // namespace cli
