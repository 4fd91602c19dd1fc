// Prints docs/metrics.md.
#include <cstdio>
#include <string>

#include "metrics/reference.hpp"

int main() {
    const std::string page = metrics::reference_page();
    return std::fwrite(page.data(), 1, page.size(), stdout) == page.size() ? 0 : 1;
}
