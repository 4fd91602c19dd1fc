#include "config/node_entries.hpp"

#include <rapidjson/document.h>

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "config/config_file.hpp"
#include "files/toml.hpp"
#include "updates/json_writer.hpp"
#include "updates/node_id.hpp"

namespace config {
namespace {

using files::LineProblem;
using files::TomlTable;
using files::TomlValue;
using monitor::Candidate;
using Json = rapidjson::Value;

/// An entry holds a table of headers, and nothing deeper.
constexpr int kDepthMax = 3;

std::string_view text_of(const Json& text) {
    return {text.GetString(), text.GetStringLength()};
}

TomlTable table_of(const Json& object, std::size_t entry, int depth);

/// A value as a config file has it; the number of the entry stands for the line.
TomlValue value_of(const Json& from, std::size_t entry, int depth) {
    TomlValue value{entry, {}};
    if (depth > kDepthMax) {
        throw LineProblem{entry, "nested too deep"};
    }
    if (from.IsBool()) {
        value.value = from.GetBool();
    } else if (from.IsInt64()) {
        value.value = std::int64_t{from.GetInt64()};
    } else if (from.IsNumber()) {
        value.value = from.GetDouble();
    } else if (from.IsString()) {
        value.value = std::string{text_of(from)};
    } else if (from.IsArray()) {
        files::TomlArray elements;
        for (const Json& element : from.GetArray()) {
            elements.push_back(value_of(element, entry, depth + 1));
        }
        value.value = std::move(elements);
    } else if (from.IsObject()) {
        value.value = table_of(from, entry, depth + 1);
    }
    return value;
}

TomlTable table_of(const Json& object, std::size_t entry, int depth) {
    std::set<std::string_view> keys;
    std::vector<TomlTable::Entry> entries;
    for (const auto& member : object.GetObject()) {
        if (!keys.insert(text_of(member.name)).second) {
            throw LineProblem{entry, "a key stands twice"};
        }
        entries.push_back(
            {std::string{text_of(member.name)}, entry, value_of(member.value, entry, depth)});
    }
    return TomlTable{entry, std::move(entries)};
}

NodeSpec spec_of(const Candidate& candidate) {
    return NodeSpec{candidate.id.name(), candidate.endpoint, "", candidate.liveness,
                    candidate.checks_network};
}

/// Reads the entries of one list.
class EntriesReader {
  public:
    EntriesReader(EntriesForm form, const std::vector<Candidate>& known) : form_{form} {
        for (const Candidate& candidate : known) {
            if (by_name_.emplace(candidate.id.name(), &candidate).second) {
                by_url_.emplace(candidate.endpoint.url.secret_text(), &candidate);
            }
        }
    }

    [[nodiscard]] NodeEntries read(const Json& root) {
        if (!root.IsObject()) {
            throw LineProblem{0, "the list is no JSON object"};
        }
        const bool is_lighthouse = form_ == EntriesForm::kLighthouse;
        const std::string_view key = is_lighthouse ? "beacon_nodes" : "candidates";
        NodeEntries entries;
        const Json* list = nullptr;
        for (const auto& member : root.GetObject()) {
            const std::string_view name = text_of(member.name);
            if (name == key) {
                if (std::exchange(list, &member.value) != nullptr) {
                    throw LineProblem{0, std::string{key} + " stands twice"};
                }
            } else if (form_ == EntriesForm::kSaved && name == "content_mark" &&
                       member.value.IsString()) {
                entries.content_mark = text_of(member.value);
            } else if (!is_lighthouse) {
                // Lighthouse takes any.
                throw LineProblem{0, "unknown key beside " + std::string{key}};
            }
        }
        if (list == nullptr || !list->IsArray()) {
            throw LineProblem{0, std::string{key} + " must be there, as an array"};
        }
        if (list->Empty()) {
            throw LineProblem{0, "no nodes; a list has one at least"};
        }
        for (const Json& item : list->GetArray()) {
            const std::size_t number = entries.nodes.size() + 1;
            entries.nodes.push_back(is_lighthouse ? read_url(item, number)
                                                  : read_entry(item, number));
        }
        return entries;
    }

  private:
    [[nodiscard]] NodeSpec read_entry(const Json& item, std::size_t number) const {
        if (!item.IsObject()) {
            throw LineProblem{number,
                              R"(it is no object; write {"name":"NAME","url":"http://HOST:PORT"})"};
        }
        const TomlTable table = table_of(item, number, 1);
        std::string where = "entry " + std::to_string(number);
        const auto* const name = table.find("name");
        const auto* const text = name == nullptr ? nullptr : name->value.as<std::string>();
        if (text != nullptr && !updates::find_node_name_problem(*text)) {
            where += " \"" + *text + "\"";
        }
        try {
            NodeSpec spec = text != nullptr && table.entries().size() == 1
                                ? find_known(*text, number)
                                : read_whole(table);
            spec.where = std::move(where);
            return spec;
        } catch (const LineProblem& problem) {
            throw LineProblem{0, where + ": " + problem.text};
        }
    }

    [[nodiscard]] static NodeSpec read_whole(const TomlTable& table) {
        for (const char* key : {"headers_from_env", "headers_from_credential", "ca_file",
                                "client_certificate_file", "client_key_file"}) {
            if (table.find(key) != nullptr) {
                throw LineProblem{table.line(), std::string{key} +
                                                    " is for the config file alone; name a node "
                                                    "that it has"};
            }
        }
        return read_node(table, [](const std::string&) { return std::optional<std::string>{}; });
    }

    [[nodiscard]] NodeSpec find_known(const std::string& name, std::size_t number) const {
        if (const auto problem = updates::find_node_name_problem(name)) {
            throw LineProblem{number, std::string{*problem}};
        }
        const auto found = by_name_.find(name);
        if (found == by_name_.end()) {
            throw LineProblem{number, "no node of that name is known; give its url"};
        }
        return spec_of(*found->second);
    }

    [[nodiscard]] NodeSpec read_url(const Json& item, std::size_t number) {
        const std::string where = "entry " + std::to_string(number);
        if (!item.IsString()) {
            throw LineProblem{0, where + ": it is no string; write \"http://HOST:PORT\""};
        }
        auto url = http::Url::parse(text_of(item));
        if (!url) {
            throw LineProblem{0,
                              where + ": " + url.error().detail + "; write \"http://HOST:PORT\""};
        }
        const auto found = by_url_.find(url->secret_text());
        if (found == by_url_.end()) {
            return NodeSpec{"", http::Endpoint{std::move(*url), {}, {}}, where};
        }
        NodeSpec spec = spec_of(*found->second);
        // The same URL once more is another node of that URL, or a new one.
        by_url_.erase(found);
        spec.where = where;
        return spec;
    }

    EntriesForm form_;
    /// What is known: of a name the first, and of a URL all that no entry has taken yet.
    std::map<std::string_view, const Candidate*> by_name_;
    std::multimap<std::string_view, const Candidate*> by_url_;
};

void write_entry(updates::JsonWriter& out, const NodeSpec& node) {
    out.text("name", node.name);
    out.text("url", node.endpoint.url.secret_text());
    if (!node.endpoint.headers.empty()) {
        out.begin_object("headers");
        for (const http::Header& header : node.endpoint.headers) {
            out.text(header.name, header.value);
        }
        out.end_object();
    }
    if (!node.checks_network) {
        out.text("network_check", "off");
    }
    if (node.liveness.silent_after) {
        const auto seconds =
            std::chrono::duration_cast<std::chrono::seconds>(*node.liveness.silent_after);
        out.count("silent_after_s", static_cast<std::uint64_t>(seconds.count()));
    }
    if (node.liveness.stalled_slots) {
        out.count("stalled_slots", *node.liveness.stalled_slots);
    }
}

}  // namespace

base::Result<NodeEntries> parse_node_entries(std::string_view json, EntriesForm form,
                                             const std::vector<Candidate>& known,
                                             std::string_view salt) {
    // Not by recursion: whoever nests a million arrays gets an error.
    constexpr unsigned kFlags = rapidjson::kParseIterativeFlag |
                                rapidjson::kParseValidateEncodingFlag |
                                rapidjson::kParseFullPrecisionFlag;
    rapidjson::Document document;
    document.Parse<kFlags>(json.data(), json.size());
    if (document.HasParseError()) {
        return base::bad_value("this is not valid JSON (at byte " +
                               std::to_string(document.GetErrorOffset()) + ")");
    }
    try {
        NodeEntries entries = EntriesReader{form, known}.read(document);
        auto named = give_names(std::move(entries.nodes), salt);
        if (!named) {
            return named.error();
        }
        entries.nodes = std::move(*named);
        return entries;
    } catch (const LineProblem& problem) {
        const std::string where =
            problem.line == 0 ? "" : "entry " + std::to_string(problem.line) + ": ";
        return base::bad_value(where + problem.text);
    }
}

std::string saved_node_entries(const std::vector<NodeSpec>& nodes,
                               const std::vector<Candidate>& known, std::string_view content_mark) {
    std::map<std::string_view, const Candidate*> by_name;
    for (const Candidate& candidate : known) {
        by_name.emplace(candidate.id.name(), &candidate);
    }
    std::string text;
    updates::JsonWriter out{text};
    out.begin_object();
    out.text("content_mark", content_mark);
    out.begin_array("candidates");
    for (const NodeSpec& node : nodes) {
        out.begin_object();
        const auto same = by_name.find(node.name);
        if (same != by_name.end() && is_same_node(node, *same->second)) {
            out.text("name", node.name);
        } else {
            write_entry(out, node);
        }
        out.end_object();
    }
    out.end_array();
    out.end_object();
    return text + "\n";
}

bool is_same_node(const NodeSpec& node, const Candidate& candidate) {
    return node.name == candidate.id.name() && node.endpoint == candidate.endpoint &&
           node.liveness == candidate.liveness && node.checks_network == candidate.checks_network;
}

}  // namespace config
