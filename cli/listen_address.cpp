#include "cli/listen_address.hpp"

#include <limits>

#include "base/text.hpp"

namespace cli {

std::optional<ListenAddress> parse_listen_address(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    const auto port =
        base::parse_number(text.substr(colon + 1), 0, std::numeric_limits<std::uint16_t>::max());
    std::string host{text.substr(0, colon)};
    const bool has_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (has_brackets) {
        host = host.substr(1, host.size() - 2);
    } else if (host == "localhost") {
        host = "127.0.0.1";
    }
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(host, error);
    if (!port || error || address.is_v6() != has_brackets) {
        return std::nullopt;
    }
    return ListenAddress{address, static_cast<std::uint16_t>(*port)};
}

std::string to_string(const ListenAddress& address) {
    const std::string host = address.host.to_string();
    return (address.host.is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(address.port);
}

}  // namespace cli
