#include "config/block_explorer.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "tests/config/config_fixture.hpp"

namespace config_block_explorer_test {

TEST_CASE("a block explorer is a web URL with a place for the slot or the root", "[cli]") {
    for (const char* const good :
         {"https://explorer.example/slot/{slot}", "http://10.0.0.1:8080/b/{root}",
          "https://explorer.example/?slot={slot}&block={root}#{slot}"}) {
        INFO(good);
        CHECK(config::is_block_explorer(good));
    }
    for (const char* const wrong :
         {"", "{slot}", "https://explorer.example/slot/", "https://explorer.example/{epoch}",
          "https://explorer.example/{slot}/{epoch}", "https://explorer.example/{{slot}",
          "javascript:alert({slot})", "ftp://explorer.example/{slot}",
          "https://user:secret@explorer.example/{slot}", "https://explorer.example/{slot} ",
          "https://explorer.example/\"{slot}", "https://explorer.example/<{slot}>",
          "https://explorer.example/\n{slot}", "https://explorer.example/\xc3\xa9{slot}",
          "//explorer.example/{slot}", "https:///{slot}"}) {
        INFO(wrong);
        CHECK_FALSE(config::is_block_explorer(wrong));
    }
    const std::string start = "https://explorer.example/{slot}/";
    CHECK(config::is_block_explorer(start + std::string(1024 - start.size(), 'x')));
    CHECK_FALSE(config::is_block_explorer(start + std::string(1025 - start.size(), 'x')));
}

TEST_CASE("the web page and its block explorer are set in the file", "[cli]") {
    CHECK(tests::config_of("").api.has_page);
    CHECK_FALSE(tests::config_of("").api.block_explorer);
    const auto api =
        tests::config_of("[api]\npage = false\nblock_explorer = \"https://e.example/{slot}\"").api;
    CHECK_FALSE(api.has_page);
    CHECK(api.block_explorer == "https://e.example/{slot}");
}

}  // namespace config_block_explorer_test
