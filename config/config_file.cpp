#include "config/config_file.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/printable.hpp"
#include "base/text.hpp"
#include "config/settings_table.hpp"
#include "http/header.hpp"
#include "updates/node_id.hpp"

namespace config {
namespace {

/// A problem at a line of the file. Never leaves this file.
struct Problem {
    toml::source_index line = 0;
    std::string text;
};

[[noreturn]] void fail(const toml::source_region& where, std::string text) {
    throw Problem{where.begin.line, std::move(text)};
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

void check_keys(const toml::table& table, const std::vector<std::string_view>& known) {
    for (const auto& [key, node] : table) {
        if (std::find(known.begin(), known.end(), key.str()) != known.end()) {
            continue;
        }
        std::string text = "unknown key" + quoted_key(key.str());
        if (const auto nearest = base::find_nearest(key.str(), known)) {
            text += "; did you mean \"" + std::string{*nearest} + "\"?";
        } else {
            text += "; docs/configuration.md lists all keys";
        }
        fail(key.source(), std::move(text));
    }
}

/// The value of a setting in its table, checked by its form; nothing when it is not given.
std::optional<Value> find_value(const toml::table& table, const Setting& setting) {
    const std::string key{setting.key.substr(setting.key.rfind('.') + 1)};
    const toml::node* const node = table.get(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto refuse = [&](const Form& form) {
        fail(node->source(), key + " must be " + file_form(form));
    };
    if (const auto* const range = std::get_if<Number>(&setting.form)) {
        const auto* const number = node->as_integer();
        if (number == nullptr || number->get() < static_cast<std::int64_t>(range->min) ||
            number->get() > static_cast<std::int64_t>(range->max)) {
            refuse(setting.form);
        }
        return Value{static_cast<std::uint64_t>(number->get())};
    }
    const auto* const text = node->as_string();
    if (text == nullptr) {
        refuse(Text{});
    }
    auto value = parse_value(setting.form, text->get());
    if (!value) {
        refuse(setting.form);
    }
    return value;
}

std::optional<std::string> find_text(const toml::table& table, std::string_view key) {
    const auto value = find_value(table, find_setting(key));
    return value ? std::optional{std::get<std::string>(*value)} : std::nullopt;
}

std::optional<std::uint64_t> find_number(const toml::table& table, std::string_view key) {
    const auto value = find_value(table, find_setting(key));
    return value ? std::optional{std::get<std::uint64_t>(*value)} : std::nullopt;
}

const toml::table* find_table(const toml::table& table, std::string_view key) {
    const toml::node* const node = table.get(key);
    if (node == nullptr) {
        return nullptr;
    }
    if (node->as_table() == nullptr) {
        fail(node->source(), std::string{key} + " must be a table");
    }
    return node->as_table();
}

class Reader {
  public:
    Reader(const std::string& path, const Environment& environment)
        : name_{base::printable(path, 400)},
          folder_{std::filesystem::path{path}.parent_path()},
          environment_{environment} {}

    Settings read(const toml::table& root) const {
        Settings settings;
        for (const std::string_view name : {"", "log", "monitor", "metrics"}) {
            const toml::table* const table = name.empty() ? &root : find_table(root, name);
            if (table != nullptr) {
                read_values(*table, name, settings);
            }
        }
        read_supervision(root, settings);
        read_nodes(root, settings);
        return settings;
    }

  private:
    /// Reads the table called `name`, or what is outside of tables.
    void read_values(const toml::table& table, std::string_view name, Settings& settings) const {
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
                settings.values.insert_or_assign(path,
                                                 Given{std::move(*value), where(*table.get(key))});
            }
        }
    }

    static void read_supervision(const toml::table& root, Settings& settings) {
        const toml::table* const table = find_table(root, "supervision");
        if (table == nullptr) {
            return;
        }
        check_keys(*table, service_names());
        for (const std::string_view name : service_names()) {
            if (const toml::table* const service = find_table(*table, name)) {
                settings.supervision.emplace(name, read_service(*service));
            }
        }
    }

    static SupervisionOptions read_service(const toml::table& table) {
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
            fail(table.get("within_s")->source(),
                 "within_s belongs to max_restarts; give both, or leave it out");
        }
        return options;
    }

    void read_nodes(const toml::table& root, Settings& settings) const {
        const toml::node* const nodes = root.get("node");
        if (nodes == nullptr) {
            return;
        }
        const toml::array* const array = nodes->as_array();
        if (array == nullptr) {
            fail(nodes->source(), "node must be an array of tables; write [[node]]");
        }
        for (const toml::node& node : *array) {
            if (node.as_table() == nullptr) {
                fail(node.source(), "each node must be a table; write [[node]]");
            }
            settings.nodes.push_back(read_node(*node.as_table()));
        }
    }

    NodeSpec read_node(const toml::table& table) const {
        check_keys(table, keys_of("node"));
        const auto name = find_text(table, "node.name");
        if (name) {
            if (const auto problem = updates::find_node_name_problem(*name)) {
                fail(table.get("name")->source(), std::string{*problem});
            }
        }
        const auto text = find_text(table, "node.url");
        if (!text) {
            fail(table.source(), "this node has no url; add url = \"http://HOST:PORT\"");
        }
        const auto url = http::Url::parse(*text);
        if (!url) {
            fail(table.get("url")->source(),
                 url.error().detail + "; write url = \"http://HOST:PORT\"");
        }
        const std::string shown_name = name.value_or(url->host_and_port());
        http::Endpoint endpoint{*url, read_headers(table, shown_name), read_tls(table)};
        const bool checks_network = find_text(table, "node.network_check") != "off";
        return NodeSpec{name.value_or(""), std::move(endpoint), where(table), read_liveness(table),
                        checks_network};
    }

    static monitor::LivenessOverride read_liveness(const toml::table& node) {
        monitor::LivenessOverride liveness;
        if (const auto number = find_number(node, "node.silent_after_s")) {
            liveness.silent_after = std::chrono::seconds{*number};
        }
        if (const auto number = find_number(node, "node.stalled_slots")) {
            liveness.stalled_slots = static_cast<std::uint32_t>(*number);
        }
        return liveness;
    }

    /// The value of a header; `node` is the name of its node.
    std::string read_variable(const toml::key& header, const std::string& name,
                              const std::string& node) const {
        const auto text = environment_(name);
        if (!text) {
            // Not the variable's name: it may be the secret itself, by mistake.
            fail(header.source(), "the environment variable for this header of node \"" + node +
                                      "\" is not set; set it, or leave the header out");
        }
        if (text->find_first_not_of(" \t") == std::string::npos) {
            fail(header.source(), "the environment variable " + base::printable(name, 64) +
                                      ", for a header of node \"" + node +
                                      "\", is empty; give it a value, or leave the header out");
        }
        return *text;
    }

    std::vector<http::Header> read_headers(const toml::table& node,
                                           const std::string& node_name) const {
        std::vector<http::Header> headers;
        if (const toml::table* const table = find_table(node, "headers")) {
            for (const auto& [key, value] : *table) {
                const auto* const text = value.as_string();
                if (text == nullptr) {
                    fail(key.source(), "a header's value must be a string");
                }
                add_header(headers, key, text->get());
            }
        }
        if (const toml::table* const table = find_table(node, "headers_from_env")) {
            for (const auto& [key, value] : *table) {
                const auto* const variable = value.as_string();
                if (variable == nullptr) {
                    fail(key.source(), "headers_from_env wants the name of a variable as a string");
                }
                add_header(headers, key, read_variable(key, variable->get(), node_name));
            }
        }
        return headers;
    }

    static void add_header(std::vector<http::Header>& headers, const toml::key& key,
                           const std::string& value) {
        if (!http::is_header(key.str(), value)) {
            fail(key.source(),
                 "this is no HTTP header; a name has no spaces or colons, a value "
                 "no line breaks");
        }
        headers.push_back(http::Header{std::string{key.str()}, value});
    }

    http::TlsFiles read_tls(const toml::table& node) const {
        http::TlsFiles files{find_path(node, "node.ca_file"),
                             find_path(node, "node.client_certificate_file"),
                             find_path(node, "node.client_key_file")};
        if (const auto problem = find_tls_problem(files)) {
            toml::source_region where = node.source();
            for (const char* key : {"ca_file", "client_certificate_file", "client_key_file"}) {
                http::TlsFiles one;
                one.ca_file = find_path(node, "node." + std::string{key});
                if (!one.ca_file.empty() && find_tls_problem(one)) {
                    where = node.get(key)->source();
                    break;
                }
            }
            fail(where, *problem);
        }
        return files;
    }

    /// The file of a setting; empty when not given.
    std::string find_path(const toml::table& table, std::string_view key) const {
        return in_folder(find_text(table, key).value_or(""));
    }

    /// A relative path starts at the config file's directory; an empty one is none.
    std::string in_folder(const std::string& path) const {
        return path.empty() ? "" : (folder_ / path).string();
    }

    std::string where(const toml::node& node) const {
        return name_ + ":" + std::to_string(node.source().begin.line);
    }

    std::string name_;
    std::filesystem::path folder_;
    const Environment& environment_;
};

/// What the parser was reading, without what it read: its own text quotes the file.
std::string describe(const toml::parse_error& error) {
    constexpr std::string_view kStart = "Error while parsing ";
    const std::string_view text = error.description();
    std::string out = "this is not valid TOML";
    const auto colon = text.find(": ");
    if (text.starts_with(kStart) && colon != std::string_view::npos) {
        out +=
            " (in " + base::with_article(text.substr(kStart.size(), colon - kStart.size())) + ")";
    }
    return out + "; check quotes, brackets, commas and keys that stand twice";
}

}  // namespace

base::Result<Settings> load_settings(const std::string& path, const Environment& environment,
                                     FileKinds kinds) {
    const auto text = read_bounded_file(path, kinds);
    if (!text) {
        return base::Error{base::ErrorCode::kBadValue,
                           base::printable(path, 400) + ": " + text.error().detail};
    }
    return parse_settings(*text, path, environment);
}

base::Result<Settings> parse_settings(std::string_view toml, const std::string& path,
                                      const Environment& environment) {
    Problem problem;
    try {
        const toml::table root = toml::parse(toml);
        return Reader{path, environment}.read(root);
    } catch (const toml::parse_error& error) {
        problem = Problem{error.source().begin.line, describe(error)};
    } catch (const Problem& found) {
        problem = found;
    }
    return base::Error{
        base::ErrorCode::kBadValue,
        base::printable(path, 400) + ":" + std::to_string(problem.line) + ": " + problem.text};
}

}  // namespace config
