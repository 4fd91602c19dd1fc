// The scenario file: TOML to Scenario, with the line of whatever is wrong.
#include <toml++/toml.h>

#include <cmath>
#include <fstream>
#include <initializer_list>
#include <limits>
#include <set>
#include <sstream>

#include "base/printable.hpp"
#include "chain/spec.hpp"
#include "simulator/client_profile.hpp"
#include "simulator/endpoint_fault.hpp"
#include "simulator/scenario.hpp"

namespace simulator {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{1024} * 1024;
constexpr std::size_t kNodesMax = 1024;
constexpr std::int64_t kDelayMsMax = 3'600'000;
constexpr std::int64_t kOversizeMax = std::int64_t{64} * 1024 * 1024;
constexpr std::int64_t kSlotMax = std::int64_t{1} << 40;
constexpr std::int64_t kRetryMax = 86'400;
constexpr std::int64_t kTooManyRequests = 429;
constexpr std::size_t kSkippedMax = 100'000;

/// What is wrong with the file, and where. Never leaves this file.
struct Wrong {
    toml::source_position where;
    std::string what_to_do;
};

std::string quoted(std::string_view text) {
    return '"' + base::printable(text, 60) + '"';
}

/// Reads the keys of one table, each checked, and refuses those that nobody asked for.
class Keys {
  public:
    Keys(const toml::table& table, std::string what) : table_{table}, what_{std::move(what)} {}

    [[nodiscard]] const toml::node* find(std::string_view key) {
        known_.insert(std::string{key});
        return table_.get(key);
    }

    [[nodiscard]] std::string text(std::string_view key, std::string_view hint) {
        const toml::node* const node = find(key);
        if (node == nullptr) {
            throw Wrong{table_.source().begin,
                        "add " + std::string{key} + " to the " + what_ + ", " + std::string{hint}};
        }
        const auto value = node->value_exact<std::string>();
        if (!value || value->empty() || value->size() > 60 || base::printable(*value) != *value) {
            throw Wrong{node->source().begin, "make " + std::string{key} +
                                                  " a string of 1 to 60 printable characters, " +
                                                  std::string{hint}};
        }
        return *value;
    }

    /// A whole number; `absent` when the key is not there, which is wrong when that is nothing.
    [[nodiscard]] std::int64_t number(std::string_view key, std::int64_t min, std::int64_t max,
                                      std::optional<std::int64_t> absent) {
        const toml::node* const node = find(key);
        if (node == nullptr && absent) {
            return *absent;
        }
        const std::string range =
            ", a whole number from " + std::to_string(min) + " to " + std::to_string(max);
        if (node == nullptr) {
            throw Wrong{table_.source().begin,
                        "add " + std::string{key} + " to the " + what_ + range};
        }
        const auto value = node->value_exact<std::int64_t>();
        if (!value || *value < min || *value > max) {
            throw Wrong{node->source().begin, "change " + std::string{key} + range};
        }
        return *value;
    }

    [[nodiscard]] double percent(std::string_view key) {
        const toml::node* const node = find(key);
        if (node == nullptr) {
            return 0;
        }
        const auto value = node->value<double>();
        if (!node->is_number() || !value || !std::isfinite(*value) || *value < 0 || *value > 100) {
            throw Wrong{node->source().begin,
                        "change " + std::string{key} + ", a number from 0 to 100"};
        }
        return *value;
    }

    /// Slot numbers, in a list; none when it is absent.
    [[nodiscard]] std::set<std::uint64_t> slots(std::string_view key) {
        std::set<std::uint64_t> slots;
        const toml::node* const node = find(key);
        if (node == nullptr) {
            return slots;
        }
        const toml::array* const array = node->as_array();
        if (array == nullptr || array->size() > kSkippedMax) {
            throw Wrong{node->source().begin,
                        "change " + std::string{key} + ", a list of slots, like [4, 9]"};
        }
        for (const toml::node& element : *array) {
            const auto slot = element.value_exact<std::int64_t>();
            if (!slot || *slot < 1 || *slot > kSlotMax) {
                throw Wrong{element.source().begin, "change this slot, a whole number from 1 to " +
                                                        std::to_string(kSlotMax)};
            }
            slots.insert(static_cast<std::uint64_t>(*slot));
        }
        return slots;
    }

    /// The tables of `[[key]]`.
    [[nodiscard]] std::vector<const toml::table*> tables(std::string_view key,
                                                         std::string_view header) {
        std::vector<const toml::table*> tables;
        const toml::node* const node = find(key);
        if (node == nullptr) {
            return tables;
        }
        const toml::array* const array = node->as_array();
        if (array == nullptr) {
            throw Wrong{node->source().begin, "write it as " + std::string{header}};
        }
        for (const toml::node& element : *array) {
            if (!element.is_table()) {
                throw Wrong{element.source().begin, "write it as " + std::string{header}};
            }
            tables.push_back(element.as_table());
        }
        return tables;
    }

    void refuse_others() const {
        // toml++ sorts keys by name; the first in the file is the one to report.
        const toml::key* first = nullptr;
        for (const auto& [key, value] : table_) {
            const bool is_known = known_.contains(key.str());
            if (!is_known &&
                (first == nullptr || key.source().begin.line < first->source().begin.line)) {
                first = &key;
            }
        }
        if (first != nullptr) {
            throw Wrong{first->source().begin,
                        "remove " + quoted(first->str()) + ", which is no key of a " + what_};
        }
    }

    [[nodiscard]] toml::source_position where() const { return table_.source().begin; }
    [[nodiscard]] toml::source_position where(std::string_view key) const {
        return table_.get(key)->source().begin;
    }
    [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }

  private:
    const toml::table& table_;
    std::string what_;
    std::set<std::string, std::less<>> known_;
};

/// `key` belongs to these kinds alone: required there, an error elsewhere, where it would do
/// nothing.
bool wants(const Keys& keys, std::string_view key, FaultKind kind,
           std::initializer_list<FaultKind> kinds) {
    const bool wanted = std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
    if (!wanted && keys.has(key)) {
        throw Wrong{keys.where(key), "remove " + std::string{key} + ", which does nothing for " +
                                         std::string{to_string(kind)}};
    }
    return wanted;
}

/// `endpoint` and `answer`: a status, "hang", "garbage" or "odd_member".
void read_endpoint(Keys& keys, Fault& fault) {
    constexpr std::string_view kEndpoints =
        "one of genesis, spec, syncing, version, head, header, events";
    fault.endpoint = keys.text("endpoint", kEndpoints);
    if (!is_endpoint(fault.endpoint)) {
        throw Wrong{keys.where("endpoint"),
                    "change endpoint " + quoted(fault.endpoint) + " to " + std::string{kEndpoints}};
    }
    const std::string answer = keys.text("answer", "one of status, hang, garbage, odd_member");
    if (answer == "hang") {
        fault.answer = EndpointAnswer::kHang;
    } else if (answer == "garbage") {
        fault.answer = EndpointAnswer::kGarbage;
    } else if (answer == "odd_member") {
        fault.answer = EndpointAnswer::kOddMember;
    } else if (answer != "status") {
        throw Wrong{keys.where("answer"), "change answer " + quoted(answer) +
                                              " to one of status, hang, garbage, odd_member"};
    } else {
        fault.status = static_cast<int>(keys.number("status", 400, 599, {}));
    }
}

/// What is answered in place of what was asked for.
void read_status(Keys& keys, Fault& fault) {
    if (wants(keys, "retry_after_s", fault.kind,
              {FaultKind::kRetryAfter, FaultKind::kStreamStatus})) {
        const bool may_lack = fault.kind == FaultKind::kStreamStatus;
        fault.retry_after = std::chrono::seconds{
            keys.number("retry_after_s", may_lack ? 1 : 0, kRetryMax,
                        may_lack ? std::optional<std::int64_t>{0} : std::nullopt)};
    }
    if (wants(keys, "endpoint", fault.kind, {FaultKind::kEndpoint})) {
        read_endpoint(keys, fault);
    } else if (wants(keys, "status", fault.kind,
                     {FaultKind::kRetryAfter, FaultKind::kRestDown, FaultKind::kStreamStatus})) {
        const bool is_down = fault.kind == FaultKind::kRestDown;
        fault.status = static_cast<int>(
            keys.number("status", is_down ? 500 : 400, 599, is_down ? 0 : kTooManyRequests));
    }
}

Fault read_fault(const toml::table& table) {
    Keys keys{table, "fault"};
    Fault fault;
    const std::string name = keys.text("kind", "one of those in docs/simulator.md");
    const auto kind = find_fault_kind(name);
    if (!kind) {
        throw Wrong{keys.where("kind"),
                    "change kind " + quoted(name) + " to one of those in docs/simulator.md"};
    }
    fault.kind = *kind;
    fault.from_slot = static_cast<std::uint64_t>(keys.number("from_slot", 0, kSlotMax, {}));
    fault.to_slot = static_cast<std::uint64_t>(keys.number("to_slot", 0, kSlotMax, {}));
    if (fault.to_slot < fault.from_slot) {
        throw Wrong{keys.where("to_slot"), "change to_slot: it is below from_slot"};
    }
    if (fault.kind == FaultKind::kForked && fault.from_slot == 0) {
        throw Wrong{keys.where("from_slot"),
                    "change from_slot: the genesis block of slot 0 has no other branch"};
    }
    if (fault.kind == FaultKind::kRepeats && fault.from_slot == 0) {
        throw Wrong{keys.where("from_slot"), "change from_slot: there is no head before slot 0"};
    }
    if (wants(keys, "topic", *kind,
              {FaultKind::kRefuseTopic, FaultKind::kSilentTopic, FaultKind::kUnknownTopic,
               FaultKind::kExtraEvent, FaultKind::kMalformed}) &&
        (*kind != FaultKind::kMalformed || keys.has("topic"))) {
        fault.topic = keys.text("topic", "like \"head_v2\"");
    }
    if (wants(keys, "delay_ms", *kind, {FaultKind::kLagging, FaultKind::kCut})) {
        fault.delay = std::chrono::milliseconds{keys.number("delay_ms", 1, kDelayMsMax, {})};
    }
    if (wants(keys, "bytes", *kind, {FaultKind::kOversize, FaultKind::kBuffered})) {
        // Without them a proxy waits for a keep-alive.
        const bool may_lack = *kind == FaultKind::kBuffered;
        fault.bytes = static_cast<std::size_t>(
            keys.number("bytes", may_lack ? 1 : 1024, kOversizeMax,
                        may_lack ? std::optional<std::int64_t>{0} : std::nullopt));
    }
    if (wants(keys, "offset_ms", *kind, {FaultKind::kClockOff})) {
        fault.offset =
            std::chrono::milliseconds{keys.number("offset_ms", -kDelayMsMax, kDelayMsMax, {})};
    }
    if (wants(keys, "about", *kind, {FaultKind::kLie})) {
        const std::string about = keys.text("about", "one of " + lie_names());
        const auto lie = find_lie(about);
        if (!lie) {
            throw Wrong{keys.where("about"),
                        "change about " + quoted(about) + " to one of " + lie_names()};
        }
        fault.about = *lie;
    }
    read_status(keys, fault);
    keys.refuse_others();
    return fault;
}

NodeScript read_node(const toml::table& table) {
    Keys keys{table, "node"};
    NodeScript node;
    node.name = keys.text("name", "like \"alpha\"");
    // The command that follows the nodes is made of names, for a shell.
    constexpr std::string_view kLetters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-";
    if (node.name.find_first_not_of(kLetters) != std::string::npos) {
        throw Wrong{keys.where("name"),
                    "change name: letters, digits and _ . : - are possible, like \"alpha\""};
    }
    std::string names;
    for (const ClientProfile& profile : client_profiles()) {
        names += names.empty() ? "" : ", ";
        names += profile.name;
    }
    node.client = keys.text("client", "one of " + names);
    if (find_client_profile(node.client) == nullptr) {
        throw Wrong{keys.where("client"),
                    "change client " + quoted(node.client) + " to one of " + names};
    }
    node.delay = std::chrono::milliseconds{keys.number("delay_ms", 0, kDelayMsMax, 0)};
    node.jitter = std::chrono::milliseconds{keys.number("jitter_ms", 0, kDelayMsMax, 0)};
    node.port = static_cast<std::uint16_t>(keys.number("port", 0, 65'535, 0));
    for (const toml::table* const fault : keys.tables("fault", "[[node.fault]]")) {
        node.faults.push_back(read_fault(*fault));
    }
    keys.refuse_others();
    return node;
}

Scenario read_scenario(const toml::table& table) {
    Keys keys{table, "scenario"};
    Scenario scenario;
    scenario.seed = static_cast<std::uint64_t>(
        keys.number("seed", 0, std::numeric_limits<std::int64_t>::max(), 1));
    scenario.slot_duration = std::chrono::milliseconds{keys.number(
        "slot_ms", chain::kSlotDurationMin.count(), chain::kSlotDurationMax.count(), 12'000)};
    scenario.skipped_percent = keys.percent("skipped_percent");
    scenario.skipped_slots = keys.slots("skipped_slots");
    if (keys.has("gloas_from_epoch")) {
        scenario.gloas_from_epoch =
            static_cast<std::uint64_t>(keys.number("gloas_from_epoch", 0, kSlotMax, {}));
    }
    std::set<std::string> names;
    std::set<std::uint16_t> ports;
    for (const toml::table* const node : keys.tables("node", "[[node]]")) {
        if (scenario.nodes.size() == kNodesMax) {
            throw Wrong{node->source().begin,
                        "remove nodes: at most " + std::to_string(kNodesMax) + " are possible"};
        }
        scenario.nodes.push_back(read_node(*node));
        const NodeScript& added = scenario.nodes.back();
        if (!names.insert(added.name).second) {
            throw Wrong{node->get("name")->source().begin,
                        "change name: " + quoted(added.name) + " is another node's"};
        }
        if (added.port != 0 && !ports.insert(added.port).second) {
            throw Wrong{node->get("port")->source().begin,
                        "change port: " + std::to_string(added.port) + " is another node's"};
        }
    }
    keys.refuse_others();
    if (scenario.nodes.empty()) {
        throw Wrong{toml::source_position{1, 1}, "add at least one [[node]]"};
    }
    return scenario;
}

base::Error bad_value(std::string_view name, const Wrong& wrong) {
    return base::Error{base::ErrorCode::kBadValue, base::printable(name, 400) + ":" +
                                                       std::to_string(wrong.where.line) + ": " +
                                                       wrong.what_to_do};
}

}  // namespace

base::Result<Scenario> parse_scenario(std::string_view toml, std::string_view name) {
    try {
        return read_scenario(toml::parse(toml, name));
    } catch (const toml::parse_error& error) {
        return bad_value(name,
                         Wrong{error.source().begin,
                               "correct the TOML: " + base::printable(error.description(), 300)});
    } catch (const Wrong& wrong) {
        return bad_value(name, wrong);
    }
}

base::Result<Scenario> load_scenario(const std::string& path) {
    const auto unusable = [&](std::string_view what_to_do) {
        return base::Error{base::ErrorCode::kBadValue,
                           base::printable(path, 400) + ": " + std::string{what_to_do}};
    };
    std::ifstream file{path, std::ios::binary};
    std::string text(kFileBytesMax + 1, '\0');
    // A directory opens, and fails when it is read.
    if (!file || (file.read(text.data(), static_cast<std::streamsize>(text.size())), file.bad())) {
        return unusable("give a scenario file that can be read");
    }
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > kFileBytesMax) {
        return unusable("give a scenario file of at most 1 MiB");
    }
    return parse_scenario(text, path);
}

}  // namespace simulator
