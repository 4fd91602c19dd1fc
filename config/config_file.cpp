#include "config/config_file.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/printable.hpp"
#include "base/text.hpp"
#include "config/content_mark.hpp"
#include "config/header_values.hpp"
#include "config/settings_table.hpp"
#include "files/toml.hpp"
#include "http/header.hpp"
#include "updates/node_id.hpp"

namespace config {
namespace {

using files::TomlArray;
using files::TomlTable;
using files::TomlValue;

[[noreturn]] void fail(std::size_t line, std::string text) {
    throw files::LineProblem{line, std::move(text)};
}

/// A key fit to be shown: one that is no plain word may be a value in the wrong place.
std::string quoted_key(std::string_view key) {
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    };
    if (key.empty() || key.size() > 40 || !std::all_of(key.begin(), key.end(), is_plain)) {
        return "";
    }
    return " \"" + std::string{key} + "\"";
}

void check_keys(const TomlTable& table, const std::vector<std::string_view>& known) {
    for (const auto& [key, line, value] : table.entries()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) {
            continue;
        }
        std::string text = "unknown key" + quoted_key(key);
        if (const auto nearest = base::find_nearest(key, known)) {
            text += "; did you mean \"" + std::string{*nearest} + "\"?";
        } else {
            text += "; docs/configuration.md lists all keys";
        }
        fail(line, std::move(text));
    }
}

/// The strings of an array, a line for each; nothing when one of them is none, or not valid.
std::optional<std::string> join_lines(const TomlValue& value, const Lines& form) {
    const auto* const array = value.as<TomlArray>();
    if (array == nullptr) {
        return std::nullopt;
    }
    std::vector<std::string> lines;
    for (const TomlValue& item : *array) {
        const auto* const text = item.as<std::string>();
        if (text == nullptr) {
            return std::nullopt;
        }
        lines.push_back(*text);
    }
    return join_lines(form, lines);
}

/// The value of a setting in its table, checked by its form; nothing when it is not given.
std::optional<Value> find_value(const TomlTable& table, const Setting& setting) {
    const std::string key{setting.key.substr(setting.key.rfind('.') + 1)};
    const TomlTable::Entry* const entry = table.find(key);
    if (entry == nullptr) {
        return std::nullopt;
    }
    const auto refuse = [&](const Form& form) {
        fail(entry->value.line, key + " must be " + file_form(form));
    };
    if (const auto* const range = std::get_if<Number>(&setting.form)) {
        const auto* const number = entry->value.as<std::int64_t>();
        if (number == nullptr || *number < static_cast<std::int64_t>(range->min) ||
            *number > static_cast<std::int64_t>(range->max)) {
            refuse(setting.form);
        }
        return Value{static_cast<std::uint64_t>(*number)};
    }
    if (std::holds_alternative<Flag>(setting.form)) {
        const bool* const flag = entry->value.as<bool>();
        if (flag == nullptr) {
            refuse(setting.form);
        }
        return Value{std::uint64_t{*flag ? 1U : 0U}};
    }
    if (const auto* const lines = std::get_if<Lines>(&setting.form)) {
        auto joined = join_lines(entry->value, *lines);
        if (!joined) {
            refuse(setting.form);
        }
        return Value{std::move(*joined)};
    }
    const auto* const text = entry->value.as<std::string>();
    if (text == nullptr) {
        refuse(Text{});
    }
    auto value = parse_value(setting.form, *text);
    if (!value) {
        refuse(setting.form);
    }
    return value;
}

std::optional<std::string> find_text(const TomlTable& table, std::string_view key) {
    const auto value = find_value(table, find_setting(key));
    return value ? std::optional{std::get<std::string>(*value)} : std::nullopt;
}

std::optional<std::uint64_t> find_number(const TomlTable& table, std::string_view key) {
    const auto value = find_value(table, find_setting(key));
    return value ? std::optional{std::get<std::uint64_t>(*value)} : std::nullopt;
}

/// Of the value of a key that the table has.
std::size_t line_of(const TomlTable& table, std::string_view key) {
    return table.find(key)->value.line;
}

const TomlTable* find_table(const TomlTable& table, std::string_view key) {
    const TomlTable::Entry* const entry = table.find(key);
    if (entry == nullptr) {
        return nullptr;
    }
    const auto* const found = entry->value.as<TomlTable>();
    if (found == nullptr) {
        fail(entry->value.line, std::string{key} + " must be a table");
    }
    return found;
}

class Reader {
  public:
    Reader(const std::string& path, const Environment& environment)
        : name_{base::printable(path, 400)},
          folder_{std::filesystem::path{path}.parent_path()},
          environment_{environment} {}

    Settings read(const TomlTable& root) const {
        Settings settings;
        for (const std::string_view name :
             {"", "log", "monitor", "metrics", "api", "history", "recording", "fleet"}) {
            const TomlTable* const table = name.empty() ? &root : find_table(root, name);
            if (table != nullptr) {
                read_values(*table, name, settings);
            }
        }
        read_supervision(root, settings);
        read_nodes(root, settings);
        return settings;
    }

    NodeSpec read_node(const TomlTable& table) const {
        check_keys(table, keys_of("node"));
        const auto name = find_text(table, "node.name");
        if (name) {
            if (const auto problem = updates::find_node_name_problem(*name)) {
                fail(line_of(table, "name"), std::string{*problem});
            }
        }
        const auto text = find_text(table, "node.url");
        if (!text) {
            fail(table.line(), "this node has no url; add url = \"http://HOST:PORT\"");
        }
        const auto url = http::Url::parse(*text);
        if (!url) {
            fail(line_of(table, "url"), url.error().detail + "; write url = \"http://HOST:PORT\"");
        }
        const std::string shown_name = name.value_or(url->host_and_port());
        http::Endpoint endpoint{*url, read_headers(table, shown_name), read_tls(table)};
        const bool checks_network = find_text(table, "node.network_check") != "off";
        return NodeSpec{name.value_or(""), std::move(endpoint), where(table.line()),
                        read_liveness(table), checks_network};
    }

  private:
    /// Reads the table called `name`, or what is outside of tables.
    void read_values(const TomlTable& table, std::string_view name, Settings& settings) const {
        const auto keys = keys_of(name);
        check_keys(table, keys);
        for (const std::string_view key : keys) {
            const std::string path =
                name.empty() ? std::string{key} : std::string{name} + "." + std::string{key};
            const auto& rows = settings_table();
            const auto row = std::find_if(rows.begin(), rows.end(), [&](const Setting& setting) {
                return setting.key == path;
            });
            // A table has none, or one that says so.
            if (row == rows.end() || std::holds_alternative<Tables>(row->form)) {
                continue;
            }
            if (auto value = find_value(table, *row)) {
                if (std::holds_alternative<Path>(row->form)) {
                    value = in_folder(std::get<std::string>(*value));
                }
                settings.values.insert_or_assign(
                    path, Given{std::move(*value), where(line_of(table, key))});
            }
        }
    }

    static void read_supervision(const TomlTable& root, Settings& settings) {
        const TomlTable* const table = find_table(root, "supervision");
        if (table == nullptr) {
            return;
        }
        check_keys(*table, service_names());
        for (const std::string_view name : service_names()) {
            if (const TomlTable* const service = find_table(*table, name)) {
                settings.supervision.emplace(name, read_service(*service));
            }
        }
    }

    static SupervisionOptions read_service(const TomlTable& table) {
        check_keys(table, keys_of("supervision.SERVICE"));
        SupervisionOptions options;
        if (const auto number = find_number(table, "supervision.SERVICE.max_restarts")) {
            options.max_restarts = static_cast<std::uint32_t>(*number);
        }
        if (const auto number = find_number(table, "supervision.SERVICE.within_s")) {
            options.within = std::chrono::seconds{*number};
        }
        if (const auto number = find_number(table, "supervision.SERVICE.reset_after_s")) {
            options.reset_after = std::chrono::seconds{*number};
        }
        if (const auto word = find_text(table, "supervision.SERVICE.when_spent")) {
            options.when_spent = supervisor::parse_on_budget_exhausted(*word).value();
        }
        if (options.within && !options.max_restarts) {
            fail(line_of(table, "within_s"),
                 "within_s belongs to max_restarts; give both, or leave it out");
        }
        return options;
    }

    void read_nodes(const TomlTable& root, Settings& settings) const {
        const TomlTable::Entry* const nodes = root.find("node");
        if (nodes == nullptr) {
            return;
        }
        const auto* const array = nodes->value.as<TomlArray>();
        if (array == nullptr) {
            fail(nodes->value.line, "node must be an array of tables; write [[node]]");
        }
        for (const TomlValue& node : *array) {
            const auto* const table = node.as<TomlTable>();
            if (table == nullptr) {
                fail(node.line, "each node must be a table; write [[node]]");
            }
            settings.nodes.push_back(read_node(*table));
        }
    }

    static monitor::LivenessOverride read_liveness(const TomlTable& node) {
        monitor::LivenessOverride liveness;
        if (const auto number = find_number(node, "node.silent_after_s")) {
            liveness.silent_after = std::chrono::seconds{*number};
        }
        if (const auto number = find_number(node, "node.stalled_slots")) {
            liveness.stalled_slots = static_cast<std::uint32_t>(*number);
        }
        return liveness;
    }

    /// By their names: headers in another order are no other node.
    static std::vector<TomlTable::Entry> sorted(const TomlTable& table) {
        std::vector<TomlTable::Entry> entries = table.entries();
        std::sort(entries.begin(), entries.end(),
                  [](const auto& a, const auto& b) { return a.key < b.key; });
        return entries;
    }

    std::vector<http::Header> read_headers(const TomlTable& node,
                                           const std::string& node_name) const {
        std::vector<http::Header> headers;
        if (const TomlTable* const table = find_table(node, "headers")) {
            for (const TomlTable::Entry& header : sorted(*table)) {
                const auto* const text = header.value.as<std::string>();
                if (text == nullptr) {
                    fail(header.line, "a header's value must be a string");
                }
                add_header(headers, header, *text);
            }
        }
        const auto add_from = [&](const std::string& key, const char* what, auto* take) {
            const TomlTable* const table = find_table(node, key);
            if (table == nullptr) {
                return;
            }
            for (const TomlTable::Entry& header : sorted(*table)) {
                const auto* const name = header.value.as<std::string>();
                if (name == nullptr) {
                    fail(header.line, key + " wants the name of a " + what + " as a string");
                }
                const auto value = take(environment_, *name, node_name);
                if (!value) {
                    fail(header.line, value.error().detail);
                }
                add_header(headers, header, *value);
            }
        };
        add_from("headers_from_env", "variable", header_from_variable);
        add_from("headers_from_credential", "credential", header_from_credential);
        return headers;
    }

    static void add_header(std::vector<http::Header>& headers, const TomlTable::Entry& header,
                           const std::string& value) {
        if (!http::is_header(header.key, value)) {
            fail(header.line,
                 "this is no HTTP header; a name has no spaces or colons, a value "
                 "no line breaks");
        }
        headers.push_back(http::Header{header.key, value});
    }

    http::TlsFiles read_tls(const TomlTable& node) const {
        http::TlsFiles files{find_path(node, "node.ca_file"),
                             find_path(node, "node.client_certificate_file"),
                             find_path(node, "node.client_key_file")};
        if (const auto problem = find_tls_problem(files)) {
            std::size_t line = node.line();
            for (const char* key : {"ca_file", "client_certificate_file", "client_key_file"}) {
                http::TlsFiles one;
                one.ca_file = find_path(node, "node." + std::string{key});
                if (!one.ca_file.empty() && find_tls_problem(one)) {
                    line = line_of(node, key);
                    break;
                }
            }
            fail(line, *problem);
        }
        return files;
    }

    /// The file of a setting; empty when not given.
    std::string find_path(const TomlTable& table, std::string_view key) const {
        return in_folder(find_text(table, key).value_or(""));
    }

    /// A relative path starts at the config file's directory; an empty one is none.
    std::string in_folder(const std::string& path) const {
        return path.empty() ? "" : (folder_ / path).string();
    }

    std::string where(std::size_t line) const { return name_ + ":" + std::to_string(line); }

    std::string name_;
    std::filesystem::path folder_;
    const Environment& environment_;
};

}  // namespace

base::Result<Settings> load_settings(const std::string& path, const Environment& environment,
                                     files::FileKinds kinds) {
    const auto text = files::read_bounded_file(path, kinds);
    if (!text) {
        return base::bad_value(base::printable(path, 400) + ": " + text.error().detail);
    }
    auto settings = parse_settings(*text, path, environment);
    if (settings) {
        settings->content_mark = content_mark(*text);
    }
    return settings;
}

NodeSpec read_node(const files::TomlTable& table, const Environment& environment) {
    return Reader{"", environment}.read_node(table);
}

base::Result<Settings> parse_settings(std::string_view toml, const std::string& path,
                                      const Environment& environment) {
    return files::read_toml(toml, path, [&](const files::TomlTable& root) {
        return Reader{path, environment}.read(root);
    });
}

}  // namespace config
