#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace fleet {

/// What the table `[fleet]` of the config says: docs/fleet.md.
struct Options {
    /// URLs of the broker's servers, `nats://` or `tls://`: secrets, for they may hold a password.
    /// None: nothing is published.
    std::vector<std::string> servers;
    std::string stream = "headmon";
    /// The name of this headmon in the fleet.
    std::string instance;
    std::map<std::string, std::string> labels;
    /// A `.creds` file of NATS; empty: none.
    std::string credentials_file;
    /// PEM; empty: the system's certificates.
    std::string ca_file;
    /// The stream is made where there is none.
    bool create_stream = true;
    /// Of a stream that is made: servers that keep a copy, and what goes, the oldest first.
    int replicas = 1;
    std::chrono::hours age = std::chrono::days{7};
    std::uint64_t bytes = std::uint64_t{4} * 1024 * 1024 * 1024;

    friend bool operator==(const Options&, const Options&) = default;
};

}  // namespace fleet
