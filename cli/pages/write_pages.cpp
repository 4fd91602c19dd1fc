// Writes man pages and completions into a directory: man1/, man5/, bash/, zsh/ and fish/.
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "cli/pages/command_page.hpp"
#include "cli/texts.hpp"

namespace {

void write(const std::filesystem::path& path, const std::string& text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream file{path, std::ios::binary};
    file << text;
    file.close();
    if (!file) {
        throw std::runtime_error{path.string() + " cannot be written"};
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: headmon_pages DIRECTORY\n", stderr);
        return 2;
    }
    try {
        namespace pages = cli::pages;
        const std::filesystem::path folder{argv[1]};
        const pages::ProgramPage program = pages::read_program();
        for (const pages::Page& page : pages::man_pages(program)) {
            write(folder / "man1" / page.file, page.text);
        }
        const pages::Page config = pages::config_page(program, cli::texts::kExampleConfig);
        write(folder / "man5" / config.file, config.text);
        write(folder / "bash" / "headmon", pages::bash_completion(program));
        write(folder / "zsh" / "_headmon", pages::zsh_completion(program));
        write(folder / "fish" / "headmon.fish", pages::fish_completion(program));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "headmon_pages: %s\n", error.what());
        return 1;
    }
    return 0;
}
