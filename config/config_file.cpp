// The config file's TOML: the one place that knows its keys.
#include <toml++/toml.h>

#include <filesystem>
#include <map>
#include <utility>

#include "base/printable.hpp"
#include "config/config.hpp"
#include "base/text.hpp"
#include "http/header.hpp"

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

std::optional<std::string> find_text(const toml::table& table, std::string_view key) {
    const toml::node* const node = table.get(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto* const text = node->as_string();
    if (text == nullptr) {
        fail(node->source(), std::string{key} + " must be a string; put it in quotes");
    }
    return text->get();
}

std::optional<std::uint64_t> find_number(const toml::table& table, std::string_view key,
                                         std::int64_t min, std::int64_t max) {
    const toml::node* const node = table.get(key);
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto* const number = node->as_integer();
    if (number == nullptr || number->get() < min || number->get() > max) {
        fail(node->source(), std::string{key} + " must be a whole number from " +
                                 std::to_string(min) + " to " + std::to_string(max));
    }
    return static_cast<std::uint64_t>(number->get());
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
        check_keys(root, {"node", "network", "genesis_time", "slot_duration_ms", "log", "monitor",
                          "metrics", "supervision"});
        Settings settings;
        settings.network = find_text(root, "network");
        settings.genesis_time = find_number(root, "genesis_time", 1, 4'000'000'000);
        settings.slot_duration_ms = find_number(root, "slot_duration_ms", 1, 3'600'000);
        for (const char* key : {"network", "genesis_time", "slot_duration_ms"}) {
            if (const toml::node* const node = root.get(key)) {
                settings.slot_time_where = name_ + ":" + std::to_string(node->source().begin.line);
            }
        }
        read_log(root, settings);
        read_monitor(root, settings);
        read_metrics(root, settings);
        read_supervision(root, settings);
        read_nodes(root, settings);
        return settings;
    }

  private:
    static void read_log(const toml::table& root, Settings& settings) {
        const toml::table* const log = find_table(root, "log");
        if (log == nullptr) {
            return;
        }
        check_keys(*log, {"format", "level"});
        if (const auto format = find_text(*log, "format")) {
            settings.log_format = find_log_format(*format);
            if (!settings.log_format) {
                fail(log->get("format")->source(), "format must be \"text\" or \"json\"");
            }
        }
        if (const auto level = find_text(*log, "level")) {
            settings.log_level = find_log_level(*level);
            if (!settings.log_level) {
                fail(log->get("level")->source(),
                     "level must be \"debug\", \"info\", \"warning\" or \"error\"");
            }
        }
    }

    void read_monitor(const toml::table& root, Settings& settings) const {
        const toml::table* const table = find_table(root, "monitor");
        if (table == nullptr) {
            return;
        }
        check_keys(*table, {"event_bytes_max", "tick_twelfths", "state_dir"});
        settings.event_bytes_max = find_number(*table, "event_bytes_max", 1024, 1'073'741'824);
        settings.tick_twelfths = find_number(*table, "tick_twelfths", 0, 11);
        if (table->contains("state_dir")) {
            settings.state_dir = find_path(*table, "state_dir");
        }
    }

    static void read_metrics(const toml::table& root, Settings& settings) {
        const toml::table* const table = find_table(root, "metrics");
        if (table == nullptr) {
            return;
        }
        check_keys(*table, {"address"});
        if (const auto address = find_text(*table, "address")) {
            settings.metrics = parse_metrics_address(*address);
            if (!settings.metrics) {
                fail(table->get("address")->source(),
                     "address must be \"ADDRESS:PORT\", such as \"127.0.0.1:9464\", or \"off\"");
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
        constexpr std::int64_t kYear = 365LL * 24 * 3600;
        check_keys(table, {"max_restarts", "within_s", "reset_after_s", "when_spent"});
        SupervisionOptions options;
        if (const auto number = find_number(table, "max_restarts", 0, 1'000'000)) {
            options.max_restarts = static_cast<std::uint32_t>(*number);
        }
        if (const auto number = find_number(table, "within_s", 1, kYear)) {
            options.within = std::chrono::seconds{*number};
        }
        if (const auto number = find_number(table, "reset_after_s", 1, kYear)) {
            options.reset_after = std::chrono::seconds{*number};
        }
        if (const auto word = find_text(table, "when_spent")) {
            const auto when_spent = supervisor::parse_on_budget_exhausted(*word);
            if (!when_spent) {
                fail(table.get("when_spent")->source(), "when_spent must be \"fatal\" or \"stop\"");
            }
            options.when_spent = *when_spent;
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
        check_keys(table, {"name", "url", "headers", "headers_from_env", "ca_file",
                           "client_certificate_file", "client_key_file", "silent_after_s",
                           "stalled_slots"});
        const auto name = find_text(table, "name");
        if (name) {
            if (const auto problem = find_name_problem(*name)) {
                fail(table.get("name")->source(), *problem);
            }
        }
        const auto text = find_text(table, "url");
        if (!text) {
            fail(table.source(), "this node has no url; add url = \"http://HOST:PORT\"");
        }
        const auto url = http::Url::parse(*text);
        if (!url) {
            fail(table.get("url")->source(),
                 url.error().detail + "; write url = \"http://HOST:PORT\"");
        }
        http::Endpoint endpoint{*url, read_headers(table), read_tls(table)};
        return NodeSpec{name.value_or(""), std::move(endpoint),
                        name_ + ":" + std::to_string(table.source().begin.line),
                        read_liveness(table)};
    }

    static monitor::LivenessOverride read_liveness(const toml::table& node) {
        monitor::LivenessOverride liveness;
        if (const auto number = find_number(node, "silent_after_s", 1, 86'400)) {
            liveness.silent_after = std::chrono::seconds{*number};
        }
        if (const auto number = find_number(node, "stalled_slots", 1, 1000)) {
            liveness.stalled_slots = static_cast<std::uint32_t>(*number);
        }
        return liveness;
    }

    std::vector<http::Header> read_headers(const toml::table& node) const {
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
                const auto text = environment_(variable->get());
                if (!text) {
                    // Not the variable's name: the secret itself may stand in its place.
                    fail(key.source(),
                         "the environment variable for this header is not set; set it, or leave "
                         "the header out");
                }
                add_header(headers, key, *text);
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
        http::TlsFiles files{find_path(node, "ca_file"), find_path(node, "client_certificate_file"),
                             find_path(node, "client_key_file")};
        if (const auto problem = find_tls_problem(files)) {
            toml::source_region where = node.source();
            for (const char* key : {"ca_file", "client_certificate_file", "client_key_file"}) {
                http::TlsFiles one;
                one.ca_file = find_path(node, key);
                if (!one.ca_file.empty() && find_tls_problem(one)) {
                    where = node.get(key)->source();
                    break;
                }
            }
            fail(where, *problem);
        }
        return files;
    }

    /// A file beside the config file, or at an absolute path; empty when not given.
    std::string find_path(const toml::table& table, std::string_view key) const {
        const auto text = find_text(table, key);
        return text && !text->empty() ? (folder_ / *text).string() : "";
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
        out += " (in a " + std::string{text.substr(kStart.size(), colon - kStart.size())} + ")";
    }
    return out + "; check quotes, brackets, commas and keys that stand twice";
}

}  // namespace

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
