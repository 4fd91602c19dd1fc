#include "tests/http/nginx.hpp"

#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace tests {

namespace {

using boost::asio::ip::tcp;
constexpr const char* kNginx = "/usr/sbin/nginx";
constexpr std::chrono::seconds kPatience{10};

tcp::endpoint loopback(std::uint16_t port) {
    return {boost::asio::ip::address_v4::loopback(), port};
}

/// Numbers that were free a moment ago, all different.
std::vector<std::uint16_t> free_ports(std::size_t count) {
    boost::asio::io_context loop;
    std::vector<tcp::acceptor> held;
    std::vector<std::uint16_t> ports;
    for (std::size_t i = 0; i < count; ++i) {
        held.emplace_back(loop, loopback(0));
        ports.push_back(held.back().local_endpoint().port());
    }
    return ports;
}

bool answers(std::uint16_t port) {
    boost::asio::io_context loop;
    tcp::socket socket{loop};
    boost::system::error_code refused;
    socket.connect(loopback(port), refused);
    return !refused;
}

}  // namespace

TemporaryDirectory::TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "headmon-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
        throw std::runtime_error{"no temporary directory"};
    }
    path_ = name;
}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

Certificates::Certificates() {
    make_authority("ca");
    make_authority("wrong_ca");
    make_certificate("node", "IP:127.0.0.1,DNS:localhost", 2);
    make_certificate("expired", "IP:127.0.0.1,DNS:localhost", -1);
    make_certificate("other_name", "DNS:other.example", 2);
    make_certificate("client", "DNS:client.example", 2);
}

std::string Certificates::certificate(const std::string& name) const {
    return directory_.file(name + ".pem");
}

std::string Certificates::key(const std::string& name) const {
    return directory_.file(name + ".key");
}

std::string Certificates::tls_as(const std::string& name) const {
    return "ssl_certificate " + certificate(name) + "; ssl_certificate_key " + key(name) + ";\n";
}

void Certificates::make_authority(const std::string& name) {
    run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=" +
        name + " -keyout " + key(name) + " -out " + certificate(name));
}

void Certificates::make_certificate(const std::string& name, const std::string& alternative_names,
                                    int days) {
    const std::string request = directory_.file(name + ".csr");
    const std::string extensions = directory_.file(name + ".ext");
    std::ofstream{extensions} << "subjectAltName=" << alternative_names << '\n';
    run("req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=" + name +
        " -keyout " + key(name) + " -out " + request);
    run("x509 -req -in " + request + " -CA " + certificate("ca") + " -CAkey " + key("ca") +
        " -CAcreateserial -extfile " + extensions + " -days " + std::to_string(days) + " -out " +
        certificate(name));
}

void Certificates::run(const std::string& arguments) {
    const std::string log = directory_.file("openssl.log");
    if (std::system(("openssl " + arguments + " >" + log + " 2>&1").c_str()) != 0) {
        std::ifstream said{log};
        throw std::runtime_error{"these tests need the openssl command, which said: " +
                                 std::string{std::istreambuf_iterator<char>{said}, {}}};
    }
}

Nginx::Nginx(std::vector<Server> servers) : servers_{std::move(servers)} {
    if (::access(kNginx, X_OK) != 0) {
        throw std::runtime_error{"nginx is not installed: these tests need " + std::string{kNginx}};
    }
    // Another program may take a port between our check and nginx's bind.
    for (int attempt = 0; attempt < 3; ++attempt) {
        ports_ = free_ports(servers_.size());
        if (start()) {
            return;
        }
    }
    std::ifstream said{directory_.file("error.log")};
    throw std::runtime_error{"nginx does not start: " +
                             std::string{std::istreambuf_iterator<char>{said}, {}}};
}

Nginx::~Nginx() {
    stop(SIGTERM);
}

void Nginx::kill() {
    stop(SIGKILL);
}

std::string Nginx::url(std::size_t server) const {
    return (servers_.at(server).tls ? "https://127.0.0.1:" : "http://127.0.0.1:") +
           std::to_string(port(server));
}

std::string Nginx::config() const {
    std::string text = "daemon off; master_process off; pid " + directory_.file("pid") +
                       "; error_log " + directory_.file("error.log") +
                       " warn;\nevents { worker_connections 256; }\nhttp {\naccess_log off;\n";
    for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
        text += std::string{kind} + "_temp_path " + directory_.file(kind) + ";\n";
    }
    for (std::size_t i = 0; i < servers_.size(); ++i) {
        text += "server { listen 127.0.0.1:" + std::to_string(ports_[i]) +
                (servers_[i].tls ? " ssl" : "") + ";\n" + servers_[i].directives + "}\n";
    }
    return text + "}\n";
}

bool Nginx::start() {
    const std::string config_file = directory_.file("nginx.conf");
    const std::string log_file = directory_.file("error.log");
    std::ofstream{config_file} << config();
    process_ = ::fork();
    if (process_ == 0) {
        // Does not outlive a test program that dies.
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::execl(kNginx, kNginx, "-e", log_file.c_str(), "-c", config_file.c_str(), nullptr);
        ::_exit(127);
    }
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < deadline) {
        if (::waitpid(process_, nullptr, WNOHANG) != 0) {
            process_ = -1;
            return false;
        }
        if (answers(ports_.back())) {
            return true;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    stop(SIGKILL);
    return false;
}

void Nginx::stop(int signal) {
    if (process_ <= 0) {
        return;
    }
    ::kill(process_, signal);
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (::waitpid(process_, nullptr, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() >= deadline) {
            ::kill(process_, SIGKILL);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    process_ = -1;
}

std::string proxy_to(std::uint16_t port, const std::string& more) {
    return "location / { proxy_pass http://127.0.0.1:" + std::to_string(port) +
           "; proxy_http_version 1.1; proxy_set_header Connection \"\"; " + more + " }\n";
}

}  // namespace tests
