#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/ip/address.hpp>

namespace config {

/// Where one of our servers listens.
struct ListenAddress {
    boost::asio::ip::address host;
    /// 0 takes a free one.
    std::uint16_t port = 0;

    friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

/// `127.0.0.1:9464`, `[::1]:9464`. Nothing for anything else: a name may have several
/// addresses. `localhost` is 127.0.0.1.
[[nodiscard]] std::optional<ListenAddress> parse_listen_address(std::string_view text);

/// As it is typed.
[[nodiscard]] std::string to_string(const ListenAddress& address);

}  // namespace config
