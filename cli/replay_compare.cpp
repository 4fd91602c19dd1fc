#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/error_line.hpp"
#include "app/exit_code.hpp"
#include "base/printable.hpp"
#include "base/time_text.hpp"
#include "cli/recording_reading.hpp"
#include "cli/replay.hpp"
#include "config/config.hpp"
#include "recording/facts.hpp"
#include "recording/replay.hpp"
#include "updates/json.hpp"

namespace cli {
namespace {

using recording::Fact;

/// Some fact is another one.
constexpr int kExitDifferent = 3;
/// Longer than any update: events of nodes are bounded.
constexpr std::size_t kLineBytesMax = std::size_t{4} * 1024 * 1024;

/// The facts of a replay.
std::vector<Fact> replayed_facts(const ReplayArguments& arguments,
                                 recording::ReplayOptions options) {
    std::vector<Fact> facts;
    recording::FactReader facts_of{arguments.from, arguments.to};
    std::string line;
    recording::Replay replay{std::move(options), [&](const updates::Update& update) {
                                 line.clear();
                                 updates::append_json(update, line);
                                 // What we write ourselves can be read.
                                 if (auto fact = facts_of.read(line).value()) {
                                     facts.push_back(std::move(*fact));
                                 }
                             }};
    recording::FileReader reader = open_recording(arguments.directory);
    while (const auto entry = next_entry(reader)) {
        replay.apply(*entry);
    }
    tell_torn(reader);
    return facts;
}

/// The facts of a file of updates. Throws RecordingError.
std::vector<Fact> facts_of_file(const ReplayArguments& arguments) {
    const std::string name = base::printable(arguments.against_file, 400);
    const std::string hint = "; headmon replay DIR --format json prints such updates";
    std::ifstream file{arguments.against_file, std::ios::binary};
    if (!file) {
        throw RecordingError{"cannot read " + name + ": " + std::strerror(errno)};
    }
    std::vector<Fact> facts;
    recording::FactReader reader{arguments.from, arguments.to};
    std::vector<char> line(kLineBytesMax);
    for (std::uint64_t number = 1;
         file.getline(line.data(), static_cast<std::streamsize>(line.size())); ++number) {
        const auto taken = static_cast<std::size_t>(file.gcount());
        const std::string_view text{line.data(), file.eof() ? taken : taken - 1};
        if (text.empty()) {
            continue;
        }
        auto fact = reader.read(text);
        if (!fact) {
            throw RecordingError{std::string{name}
                                     .append(", line " + std::to_string(number))
                                     .append(" is no update (" + to_string(fact.error()) + ")")
                                     .append(hint)};
        }
        if (*fact) {
            facts.push_back(std::move(**fact));
        }
    }
    if (file.bad()) {
        throw RecordingError{"cannot read " + name + ": " + std::strerror(errno)};
    }
    if (!file.eof()) {
        throw RecordingError{name + " has a line that is longer than any update" + hint};
    }
    if (reader.updates() == 0) {
        throw RecordingError{name + " has no update" + hint};
    }
    if (reader.lost() > 0) {
        app::write_error(name + " lacks " + std::to_string(reader.lost()) +
                         " updates, which its reader was too slow for");
    }
    return facts;
}

std::string text_of(const recording::FactDifference& difference) {
    return std::string{difference.is_after ? "+ " : "- "} + base::to_rfc3339(difference.at) + " " +
           difference.words + "\n";
}

std::string json_of(const recording::FactDifference& difference) {
    return std::string{R"({"only":")"} + (difference.is_after ? "after" : "before") +
           R"(","update":)" + difference.json + "}\n";
}

int show(const ReplayArguments& arguments, const recording::FactComparison& comparison) {
    for (const std::string& member : comparison.not_compared) {
        app::write_error("not compared, for one of the two has it alone: " + member);
    }
    std::string text;
    for (const recording::FactDifference& difference : comparison.differences) {
        text += arguments.format ? json_of(difference) : text_of(difference);
    }
    if (text.empty() && !arguments.format) {
        text = arguments.config_file.empty() ? "No fact is another one.\n"
                                             : "No fact would have been another one.\n";
    }
    if (!app::write_text(text)) {
        return app::kExitFatal;
    }
    return comparison.differences.empty() ? app::kExitOk : kExitDifferent;
}

int compare_settings(const ReplayArguments& arguments) {
    config::Settings settings;
    settings.config_file = arguments.config_file;
    const auto config = config::make_config(settings, config::process_environment);
    if (!config) {
        return app::usage_error(config.error().detail);
    }
    recording::ReplayOptions as_it_was;
    as_it_was.own_turns = true;
    recording::ReplayOptions changed = as_it_was;
    recording::OtherSettings& other = changed.settings.emplace();
    other.monitor = config->monitor;
    for (const monitor::Candidate& candidate : config->candidates) {
        other.nodes[candidate.id.name()] = {candidate.liveness, candidate.checks_network};
    }
    auto before = replayed_facts(arguments, std::move(as_it_was));
    auto after = replayed_facts(arguments, std::move(changed));
    return show(arguments, recording::compare(std::move(before), std::move(after)));
}

}  // namespace

int run_replay_compare(const ReplayArguments& arguments) {
    if (!arguments.config_file.empty()) {
        return compare_settings(arguments);
    }
    auto before = facts_of_file(arguments);
    auto after = replayed_facts(arguments, {});
    return show(arguments, recording::compare(std::move(before), std::move(after)));
}

}  // namespace cli
