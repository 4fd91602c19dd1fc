#include "files/toml.hpp"

#include <catch2/catch.hpp>

using files::LineProblem;
using files::parse_toml;
using files::TomlArray;
using files::TomlTable;

namespace {

std::vector<std::string> keys_of(const TomlTable& table) {
    std::vector<std::string> keys;
    for (const TomlTable::Entry& entry : table.entries()) {
        keys.push_back(entry.key);
    }
    return keys;
}

base::Result<std::size_t> count_keys(std::string_view text) {
    return files::read_toml(text, "a.toml",
                            [](const TomlTable& table) { return table.entries().size(); });
}

}  // namespace

TEST_CASE("values keep their type and the line that they stand in", "[files]") {
    const TomlTable table = parse_toml(
        "flag = true\n"
        "whole = -7\n"
        "number = 0.5\n"
        "text = \"x\"\n"
        "date = 2026-01-01\n");
    CHECK(*table.find("flag")->value.as<bool>());
    CHECK(*table.find("whole")->value.as<std::int64_t>() == -7);
    CHECK(*table.find("number")->value.as<double>() == 0.5);
    CHECK(*table.find("text")->value.as<std::string>() == "x");
    CHECK(table.find("text")->line == 4);
    CHECK(table.find("text")->value.line == 4);
    CHECK(table.find("date")->value.as<std::monostate>() != nullptr);
    CHECK(table.find("whole")->value.as<double>() == nullptr);
    CHECK(table.find("tex") == nullptr);
}

TEST_CASE("tables and arrays of them keep the order of the file", "[files]") {
    const TomlTable table = parse_toml(
        "z = 1\n"
        "a = 2\n"
        "\n"
        "[[node]]\n"
        "name = \"first\"\n"
        "[[node]]\n"
        "name = \"second\"\n"
        "[m]\n"
        "x.y = 3\n");
    CHECK(keys_of(table) == std::vector<std::string>{"z", "a", "node", "m"});
    CHECK(table.line() == 1);
    const auto& nodes = *table.find("node")->value.as<TomlArray>();
    REQUIRE(nodes.size() == 2);
    CHECK(nodes[1].as<TomlTable>()->line() == 6);
    const auto* const inner = table.find("m")->value.as<TomlTable>();
    CHECK(*inner->find("x")->value.as<TomlTable>()->find("y")->value.as<std::int64_t>() == 3);
}

TEST_CASE("what is no TOML is told with its line and without a byte of it", "[files]") {
    const auto broken = count_keys("a = 1\nsecret = \"hunter2\n");
    REQUIRE(!broken);
    CHECK((broken.error().code == base::ErrorCode::kBadValue));
    CHECK(broken.error().detail.starts_with("a.toml:2: this is not valid TOML (in a "));
    CHECK(broken.error().detail.find("hunter2") == std::string::npos);
    CHECK(count_keys("a = 1\na = 2\n").error().detail.starts_with("a.toml:2: "));
    CHECK(count_keys("a = 1\nb = 2\n").value() == 2);
}

TEST_CASE("a problem that a reader finds comes with the file and its line", "[files]") {
    const auto refused =
        files::read_toml("a = 1\n", "b\n.toml", [](const TomlTable& table) -> std::string {
            throw LineProblem{table.find("a")->line, "a is not wanted"};
        });
    REQUIRE(!refused);
    CHECK(refused.error().detail == "b\\x0a.toml:1: a is not wanted");
}
