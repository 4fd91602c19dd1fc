#include "cli/command.hpp"

int main(int argc, char** argv) {
    return cli::run_command(argc, argv);
}
