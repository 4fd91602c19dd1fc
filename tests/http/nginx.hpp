#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace tests {

/// A directory below the system's temporary one that goes with this object.
class TemporaryDirectory {
  public:
    TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory();

    [[nodiscard]] std::string file(const std::string& name) const {
        return (path_ / name).string();
    }

  private:
    std::filesystem::path path_;
};

/// Private certificate authorities and certificates, made by the openssl command. PEM files:
/// `ca` signed `node` (127.0.0.1 and localhost), `expired`, `other_name` and `client`; `wrong_ca`
/// signed nothing. Throws std::runtime_error when openssl is missing.
class Certificates {
  public:
    Certificates();

    [[nodiscard]] std::string certificate(const std::string& name) const;
    [[nodiscard]] std::string key(const std::string& name) const;
    /// nginx directives to serve TLS as `name`.
    [[nodiscard]] std::string tls_as(const std::string& name) const;

  private:
    void make_authority(const std::string& name);
    void make_certificate(const std::string& name, const std::string& alternative_names, int days);
    void run(const std::string& arguments);

    TemporaryDirectory directory_;
};

/// A real nginx on 127.0.0.1, its own process, killed with this object. Throws std::runtime_error
/// when nginx is not installed or does not start.
class Nginx {
  public:
    struct Server {
        /// What the `server` block holds besides `listen`.
        std::string directives;
        bool tls = false;
    };

    explicit Nginx(std::vector<Server> servers);
    Nginx(const Nginx&) = delete;
    Nginx& operator=(const Nginx&) = delete;
    ~Nginx();

    [[nodiscard]] std::uint16_t port(std::size_t server = 0) const { return ports_.at(server); }
    /// `http://127.0.0.1:port`, or https.
    [[nodiscard]] std::string url(std::size_t server = 0) const;
    /// Ends the process at once, as `kill -9` does.
    void kill();

  private:
    [[nodiscard]] bool start();
    [[nodiscard]] std::string config() const;
    void stop(int signal);

    TemporaryDirectory directory_;
    std::vector<Server> servers_;
    std::vector<std::uint16_t> ports_;
    pid_t process_ = -1;
};

/// Directives that pass everything on to `port`.
[[nodiscard]] std::string proxy_to(std::uint16_t port, const std::string& more = {});

}  // namespace tests
