#include <CLI/CLI.hpp>

#include "base/text.hpp"
#include "cli/help.hpp"
#include "cli/options.hpp"
#include "cli/pages/command_page.hpp"

namespace cli::pages {
namespace {

ValueKind kind_of(const std::string& type) {
    if (type.find('|') != std::string::npos) {
        return ValueKind::kWords;
    }
    if (type == "FILE") {
        return ValueKind::kFile;
    }
    if (type == "DIR") {
        return ValueKind::kDirectory;
    }
    return type == "NODE" ? ValueKind::kNodeName : ValueKind::kText;
}

OptionPage page_of(const CLI::Option& option) {
    OptionPage page;
    page.is_argument = option.get_positional();
    page.name = option.get_name(page.is_argument);
    if (!option.get_lnames().empty()) {
        page.name = "--" + option.get_lnames().front();
    }
    if (!option.get_snames().empty()) {
        page.short_name = "-" + option.get_snames().front();
    }
    page.help = option.get_description();
    if (option.get_items_expected_max() == 0) {
        return page;
    }
    page.type = option.get_type_name();
    page.kind = kind_of(page.type);
    if (page.kind == ValueKind::kWords) {
        page.words = base::split(page.type, '|');
    }
    page.repeats = option.get_expected_max() > 1 ||
                   option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
    return page;
}

CommandPage page_of(const CLI::App& app) {
    CommandPage page{"", app.get_description(), app.get_footer(), {}};
    for (const CLI::Option* option : app.get_options()) {
        page.options.push_back(page_of(*option));
    }
    return page;
}

}  // namespace

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos;
         at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
    }
    return text;
}

ProgramPage read_program() {
    RawOptions raw;
    CLI::App app{std::string{kDescription}, "headmon"};
    declare_program(app, raw);
    ProgramPage program{program_version(), page_of(app), {}};
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
        program.commands.push_back(page_of(*command));
        program.commands.back().name = command->get_name();
    }
    return program;
}

}  // namespace cli::pages
