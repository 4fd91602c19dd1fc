#include "supervisor/notify_socket.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <catch2/catch.hpp>

#include "tests/supervisor/supervisor_fixture.hpp"

using namespace std::chrono_literals;
using supervisor::NotifySocket;
using Lines = std::vector<std::string>;

namespace {

/// What systemd would be: a datagram socket that reads what it is sent.
class Manager {
  public:
    explicit Manager(const std::string& address) {
        sockaddr_un at{};
        at.sun_family = AF_UNIX;
        address.copy(at.sun_path, sizeof(at.sun_path));
        if (address.front() == '@') {
            at.sun_path[0] = '\0';
        }
        socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        REQUIRE(bind(socket_, reinterpret_cast<const sockaddr*>(&at),
                     static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size())) ==
                0);
    }
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;
    ~Manager() { close(socket_); }

    Lines read() {
        Lines messages;
        std::array<char, 4096> buffer{};
        ssize_t length = 0;
        while ((length = recv(socket_, buffer.data(), buffer.size(), 0)) > 0) {
            messages.emplace_back(buffer.data(), static_cast<std::size_t>(length));
        }
        return messages;
    }

  private:
    int socket_ = -1;
};

std::string abstract_address() {
    return "@headmon-test-" + std::to_string(getpid());
}

/// A fresh directory that is gone with it.
class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string pattern = std::filesystem::temp_directory_path() / "headmon-XXXXXX";
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        path = pattern;
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() { std::filesystem::remove_all(path); }
    std::filesystem::path path;
};

}  // namespace

TEST_CASE("the manager reads each state as its protocol has it", "[supervisor]") {
    const TemporaryFolder folder;
    for (const std::string& address : {abstract_address(), (folder.path / "notify").string()}) {
        Manager manager{address};
        const auto socket = NotifySocket::open(address);
        REQUIRE(socket.has_value());
        CHECK(socket->connected());
        CHECK(socket->ready().has_value());
        CHECK(socket->status("3 of 4 streams open").has_value());
        CHECK(socket->reloading(base::MonoTime{1234567891us}).has_value());
        CHECK(socket->watchdog().has_value());
        CHECK(socket->stopping().has_value());
        const Lines expected{"READY=1", "STATUS=3 of 4 streams open",
                             "RELOADING=1\nMONOTONIC_USEC=1234567891", "WATCHDOG=1", "STOPPING=1"};
        CHECK(manager.read() == expected);
    }
}

TEST_CASE("a status cannot smuggle in a second assignment", "[supervisor]") {
    Manager manager{abstract_address()};
    const auto socket = NotifySocket::open(abstract_address());
    REQUIRE(socket.has_value());
    CHECK(socket->status("a\nWATCHDOG=trigger").has_value());
    CHECK(socket->status(std::string(100000, 'x')).has_value());
    const Lines messages = manager.read();
    REQUIRE(messages.size() == 2);
    CHECK(messages[0] == "STATUS=a\\x0aWATCHDOG=trigger");
    CHECK(messages[1].size() < 500);
}

TEST_CASE("without a manager everything succeeds and nothing is sent", "[supervisor]") {
    const auto socket = NotifySocket::open("");
    REQUIRE(socket.has_value());
    CHECK_FALSE(socket->connected());
    CHECK(socket->ready().has_value());
    CHECK(socket->watchdog().has_value());
}

TEST_CASE("an address of another form is refused", "[supervisor]") {
    CHECK((NotifySocket::open("vsock:2:1234").error().code == base::ErrorCode::kBadValue));
    CHECK((NotifySocket::open("relative").error().code == base::ErrorCode::kBadValue));
    CHECK((NotifySocket::open("@").error().code == base::ErrorCode::kBadValue));
    CHECK((NotifySocket::open("/").error().code == base::ErrorCode::kBadValue));
    CHECK((NotifySocket::open("/" + std::string(108, 'x')).error().code ==
           base::ErrorCode::kTooLong));
    // The longest there is.
    CHECK(NotifySocket::open("@" + std::string(107, 'x')).has_value());
}

TEST_CASE("a manager that is gone or full costs an error and no wait", "[supervisor]") {
    const auto nobody = NotifySocket::open(abstract_address());
    REQUIRE(nobody.has_value());
    CHECK((nobody->ready().error().code == base::ErrorCode::kUnreachable));
    Manager manager{abstract_address()};
    CHECK(nobody->ready().has_value());
    bool was_full = false;
    for (int i = 0; i < 100000 && !was_full; ++i) {
        was_full = !nobody->watchdog().has_value();
    }
    CHECK(was_full);
    CHECK_FALSE(manager.read().empty());
    CHECK(nobody->watchdog().has_value());
}

TEST_CASE("the watchdog's interval counts only for the process it is meant for", "[supervisor]") {
    const std::string self = std::to_string(getpid());
    CHECK((supervisor::watchdog_interval("30000000", nullptr) == base::Duration{30s}));
    CHECK((supervisor::watchdog_interval("30000000", self.c_str()) == base::Duration{30s}));
    CHECK_FALSE(supervisor::watchdog_interval("30000000", "1").has_value());
    CHECK_FALSE(supervisor::watchdog_interval("30000000", "").has_value());
    CHECK_FALSE(supervisor::watchdog_interval(nullptr, self.c_str()).has_value());
    for (const char* wrong :
         {"", "0", "-5", "30s", "99999999999999999999", "9223372036854775807"}) {
        CHECK_FALSE(supervisor::watchdog_interval(wrong, nullptr).has_value());
    }
}

TEST_CASE("the watchdog is fed twice in each interval while the loop turns", "[supervisor]") {
    tests::SupervisorFixture fixture;
    Manager manager{abstract_address()};
    const auto socket = NotifySocket::open(abstract_address());
    REQUIRE(socket.has_value());
    base::asio::co_spawn(fixture.loop, supervisor::feed_watchdog(fixture.clock, *socket, 30s),
                         [](const std::exception_ptr&) {});
    fixture.clock.advance(0s);
    CHECK(manager.read() == Lines{"WATCHDOG=1"});
    fixture.clock.advance(15s - 1ns);
    CHECK(manager.read().empty());
    fixture.clock.advance(1ns);
    CHECK(manager.read().size() == 1);
    fixture.clock.advance(60s);
    CHECK(manager.read().size() == 4);
}
