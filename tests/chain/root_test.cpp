#include "chain/root.hpp"

#include <catch2/catch.hpp>

TEST_CASE("a root is read from 0x and 64 hex digits and printed in lower case", "[base]") {
    const std::string digits = "00ff" + std::string(58, '1') + "Ab";
    const auto root = chain::parse_root("0x" + digits, "block");
    REQUIRE(root.has_value());
    CHECK(to_string(*root) == "0x00ff" + std::string(58, '1') + "ab");
    CHECK(chain::short_string(*root) == "0x00ff…11ab");
}

TEST_CASE("a root with a wrong prefix, length or digit is refused by the name of its field",
          "[base]") {
    const std::string good(64, 'a');
    const base::Error bad{base::ErrorCode::kBadHex, "block"};
    for (const std::string& text :
         {std::string{}, std::string{"0x"}, good, "0X" + good, "0x" + good.substr(1),
          "0x" + good + "a", "0x" + good.substr(1) + "g",
          "0x" + good.substr(1) + std::string(1, '\0')}) {
        const auto root = chain::parse_root(text, "block");
        REQUIRE(root.has_error());
        CHECK((root.error() == bad));
    }
}

TEST_CASE("of all bytes only the hex digits of either case are digits of a root", "[base]") {
    const std::string_view digits = "0123456789abcdefABCDEF";
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        for (const std::size_t place : {std::size_t{2}, std::size_t{35}, std::size_t{65}}) {
            std::string text = "0x" + std::string(64, '0');
            text[place] = c;
            const auto root = chain::parse_root(text, "block");
            REQUIRE(root.has_value() == (digits.find(c) != std::string_view::npos));
        }
    }
}
