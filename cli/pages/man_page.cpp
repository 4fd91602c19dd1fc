#include <utility>

#include "base/text.hpp"
#include "cli/pages/command_page.hpp"

namespace cli::pages {
namespace {

/// `text` as roff takes it, character for character.
std::string roff(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '\\':
                out += "\\e";
                break;
            case '-':
                out += "\\-";
                break;
            case '\'':
                out += "\\(aq";
                break;
            case '`':
                out += "\\(ga";
                break;
            case '^':
                out += "\\(ha";
                break;
            case '~':
                out += "\\(ti";
                break;
            default:
                out += c;
        }
    }
    // A line that begins with a dot would be a request.
    return out.starts_with('.') ? "\\&" + out : out;
}

std::string title(const std::string& name, const char* section, const ProgramPage& program) {
    return ".\\\" Made by cli/pages from the definitions that \"--help\" is made of.\n.TH " + name +
           " " + section + " \"\" \"headmon " + roff(program.version) +
           "\" \"headmon\"\n.SH NAME\n";
}

/// Lines as they are; `lines` are escaped.
std::string as_they_are(const std::string& lines) {
    return ".PP\n.RS 4\n.nf\n" + lines + ".fi\n.RE\n";
}

/// A block of lines without an empty one: what is indented stays as it is, the rest is filled.
std::string block_of(const std::vector<std::string>& lines) {
    std::string out;
    std::string kept;
    bool is_filling = false;
    const auto flush = [&] {
        if (!kept.empty()) {
            out += as_they_are(std::exchange(kept, ""));
        }
    };
    for (const std::string& line : lines) {
        if (line.starts_with("  ")) {
            kept += roff(std::string_view{line}.substr(2)) + "\n";
            is_filling = false;
            continue;
        }
        flush();
        out += (is_filling ? "" : ".PP\n") + roff(line) + "\n";
        is_filling = true;
    }
    flush();
    return out;
}

/// The parts of what stands behind the options in --help.
struct Footer {
    std::string description;
    std::string examples;
    std::string exit_status;
};

Footer read_footer(const std::string& text) {
    Footer footer;
    std::vector<std::string> block;
    const auto end_block = [&] {
        if (block.empty()) {
            return;
        }
        const bool is_examples = block[0] == "Examples:" || block[0] == "Start here:";
        if (is_examples) {
            block.erase(block.begin());
        }
        (is_examples                          ? footer.examples
         : block[0].starts_with("Exit codes") ? footer.exit_status
                                              : footer.description) += block_of(block);
        block.clear();
    };
    for (const std::string& line : base::split(text, '\n')) {
        if (line.empty()) {
            end_block();
        } else {
            block.push_back(line);
        }
    }
    end_block();
    return footer;
}

std::string section(const char* name, const std::string& text) {
    return text.empty() ? "" : std::string{".SH "} + name + "\n" + text;
}

std::string italic(const std::string& text) {
    return "\\fI" + roff(text) + "\\fR";
}

std::string option_text(const OptionPage& option) {
    std::string text = ".TP\n";
    if (option.is_argument) {
        return text + italic(option.name) +
               (option.type == option.name ? "" : " (" + italic(option.type) + ")") + "\n" +
               roff(option.help) + "\n";
    }
    if (!option.short_name.empty()) {
        text += "\\fB" + roff(option.short_name) + "\\fR, ";
    }
    text += "\\fB" + roff(option.name) + "\\fR";
    return text + (option.takes_value() ? " " + italic(option.type) : "") + "\n" +
           roff(option.help) + "\n";
}

std::string options_of(const CommandPage& command) {
    std::string text;
    for (const OptionPage& option : command.options) {
        text += option_text(option);
    }
    return text;
}

std::string synopsis_of(const CommandPage& command) {
    std::string text = ".B headmon " + roff(command.name) + "\n[\\fIOPTION\\fR]...";
    for (const OptionPage& option : command.options) {
        if (option.is_argument) {
            text += " " + italic(option.name) + (option.repeats ? "..." : "");
        }
    }
    return text + "\n";
}

std::string refer_to(const std::string& name, const char* section) {
    return ".BR " + roff(name) + " (" + section + ")";
}

std::string upper(std::string text) {
    for (char& c : text) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return text;
}

Page page_of(const CommandPage& command, const ProgramPage& program) {
    const std::string name = "headmon-" + command.name;
    const Footer footer = read_footer(command.footer);
    std::string text = title(roff(upper(name)), "1", program);
    text += roff(name) + " \\- " + roff(command.summary) + "\n";
    text += section("SYNOPSIS", synopsis_of(command));
    text += section("DESCRIPTION", footer.description);
    text += section("OPTIONS", options_of(command));
    text += section("EXAMPLES", footer.examples);
    text += section("EXIT STATUS", footer.exit_status);
    text +=
        ".SH SEE ALSO\n" + refer_to("headmon", "1") + ",\n" + refer_to("headmon.toml", "5") + "\n";
    return Page{name + ".1", std::move(text)};
}

Page page_of(const ProgramPage& program) {
    const Footer footer = read_footer(program.program.footer);
    std::string summary = program.program.summary;
    summary = summary.substr(summary.find(": ") + 2);
    std::string text = title("HEADMON", "1", program);
    text += "headmon \\- " + roff(summary) +
            "\n.SH SYNOPSIS\n.B headmon\n\\fICOMMAND\\fR [\\fIOPTION\\fR]...\n";
    std::string commands;
    std::string see;
    for (const CommandPage& command : program.commands) {
        commands += ".TP\n\\fB" + roff(command.name) + "\\fR\n" + roff(command.summary) + "\n";
        see += refer_to("headmon-" + command.name, "1") + ",\n";
    }
    text += section("DESCRIPTION", footer.description);
    text += section("COMMANDS", commands);
    text += section("OPTIONS", options_of(program.program));
    text += section("EXAMPLES", footer.examples);
    text += section("EXIT STATUS", footer.exit_status);
    text += ".SH FILES\n.TP\n\\fI/etc/headmon/headmon.toml\\fR\nWhat the service reads: see\n" +
            refer_to("headmon.toml", "5") + ".\n.TP\n\\fI/var/lib/headmon\\fR\nWhat it keeps.\n";
    text += ".SH SEE ALSO\n" + see + refer_to("headmon.toml", "5") + "\n";
    return Page{"headmon.1", std::move(text)};
}

}  // namespace

std::vector<Page> man_pages(const ProgramPage& program) {
    std::vector<Page> pages{page_of(program)};
    for (const CommandPage& command : program.commands) {
        pages.push_back(page_of(command, program));
    }
    return pages;
}

Page config_page(const ProgramPage& program, std::string_view example) {
    std::string lines;
    for (const std::string& line : base::split(example, '\n')) {
        lines += line.empty() ? ".sp\n" : roff(line) + "\n";
    }
    std::string text = title("HEADMON.TOML", "5", program);
    text +=
        "headmon.toml \\- the nodes and settings of headmon\n.SH DESCRIPTION\n"
        "A TOML file, which\n.B headmon run\nand other commands read with\n.BR \\-\\-config .\n"
        "The package has it at\n.IR /etc/headmon/headmon.toml ,\nreadable for the group headmon.\n"
        ".B headmon config check\n\\fIFILE\\fR says what is wrong with one,\n"
        ".B headmon config example\nprints the one below, which has every key.\n.SH KEYS\n";
    text += as_they_are(lines);
    text += ".SH SEE ALSO\n" + refer_to("headmon", "1") + ",\n" + refer_to("headmon-config", "1") +
            "\n";
    return Page{"headmon.toml.5", std::move(text)};
}

}  // namespace cli::pages
