// The scenario file: TOML to Scenario, with the line of whatever is wrong.
#include <cmath>
#include <initializer_list>
#include <limits>
#include <set>

#include "base/printable.hpp"
#include "chain/spec.hpp"
#include "files/bounded_file.hpp"
#include "files/toml.hpp"
#include "simulator/client_profile.hpp"
#include "simulator/endpoint_fault.hpp"
#include "simulator/scenario.hpp"

namespace simulator {
namespace {

using files::LineProblem;
using files::TomlArray;
using files::TomlTable;
using files::TomlValue;

constexpr std::size_t kNodesMax = 1024;
constexpr std::int64_t kDelayMsMax = 3'600'000;
constexpr std::int64_t kOversizeMax = std::int64_t{64} * 1024 * 1024;
constexpr std::int64_t kSlotMax = std::int64_t{1} << 40;
constexpr std::int64_t kRetryMax = 86'400;
constexpr std::int64_t kTooManyRequests = 429;
constexpr std::size_t kSkippedMax = 100'000;

std::string quoted(std::string_view text) {
    return '"' + base::printable(text, 60) + '"';
}

/// Reads the keys of one table, each checked, and refuses those that nobody asked for.
class Keys {
  public:
    Keys(const TomlTable& table, std::string what) : table_{table}, what_{std::move(what)} {}

    [[nodiscard]] const TomlValue* find(std::string_view key) {
        known_.insert(std::string{key});
        const TomlTable::Entry* const entry = table_.find(key);
        return entry == nullptr ? nullptr : &entry->value;
    }

    [[nodiscard]] std::string text(std::string_view key, std::string_view hint) {
        const TomlValue* const node = find(key);
        if (node == nullptr) {
            throw LineProblem{table_.line(), "add " + std::string{key} + " to the " + what_ + ", " +
                                                 std::string{hint}};
        }
        const auto* const value = node->as<std::string>();
        if (value == nullptr || value->empty() || value->size() > 60 ||
            base::printable(*value) != *value) {
            throw LineProblem{node->line, "make " + std::string{key} +
                                              " a string of 1 to 60 printable characters, " +
                                              std::string{hint}};
        }
        return *value;
    }

    /// A whole number; `absent` when the key is not there, which is wrong when that is nothing.
    [[nodiscard]] std::int64_t number(std::string_view key, std::int64_t min, std::int64_t max,
                                      std::optional<std::int64_t> absent) {
        const TomlValue* const node = find(key);
        if (node == nullptr && absent) {
            return *absent;
        }
        const std::string range =
            ", a whole number from " + std::to_string(min) + " to " + std::to_string(max);
        if (node == nullptr) {
            throw LineProblem{table_.line(),
                              "add " + std::string{key} + " to the " + what_ + range};
        }
        const auto* const value = node->as<std::int64_t>();
        if (value == nullptr || *value < min || *value > max) {
            throw LineProblem{node->line, "change " + std::string{key} + range};
        }
        return *value;
    }

    [[nodiscard]] double percent(std::string_view key) {
        const TomlValue* const node = find(key);
        if (node == nullptr) {
            return 0;
        }
        const auto* const whole = node->as<std::int64_t>();
        const auto* const number = node->as<double>();
        const double value = whole != nullptr    ? static_cast<double>(*whole)
                             : number != nullptr ? *number
                                                 : -1;
        if (!std::isfinite(value) || value < 0 || value > 100) {
            throw LineProblem{node->line,
                              "change " + std::string{key} + ", a number from 0 to 100"};
        }
        return value;
    }

    /// Slot numbers, in a list; none when it is absent.
    [[nodiscard]] std::set<std::uint64_t> slots(std::string_view key) {
        std::set<std::uint64_t> slots;
        const TomlValue* const node = find(key);
        if (node == nullptr) {
            return slots;
        }
        const auto* const array = node->as<TomlArray>();
        if (array == nullptr || array->size() > kSkippedMax) {
            throw LineProblem{node->line,
                              "change " + std::string{key} + ", a list of slots, like [4, 9]"};
        }
        for (const TomlValue& element : *array) {
            const auto* const slot = element.as<std::int64_t>();
            if (slot == nullptr || *slot < 1 || *slot > kSlotMax) {
                throw LineProblem{element.line, "change this slot, a whole number from 1 to " +
                                                    std::to_string(kSlotMax)};
            }
            slots.insert(static_cast<std::uint64_t>(*slot));
        }
        return slots;
    }

    /// The tables of `[[key]]`.
    [[nodiscard]] std::vector<const TomlTable*> tables(std::string_view key,
                                                       std::string_view header) {
        std::vector<const TomlTable*> tables;
        const TomlValue* const node = find(key);
        if (node == nullptr) {
            return tables;
        }
        const auto* const array = node->as<TomlArray>();
        if (array == nullptr) {
            throw LineProblem{node->line, "write it as " + std::string{header}};
        }
        for (const TomlValue& element : *array) {
            const auto* const table = element.as<TomlTable>();
            if (table == nullptr) {
                throw LineProblem{element.line, "write it as " + std::string{header}};
            }
            tables.push_back(table);
        }
        return tables;
    }

    void refuse_others() const {
        for (const TomlTable::Entry& entry : table_.entries()) {
            if (!known_.contains(entry.key)) {
                throw LineProblem{
                    entry.line, "remove " + quoted(entry.key) + ", which is no key of a " + what_};
            }
        }
    }

    [[nodiscard]] std::size_t where(std::string_view key) const {
        return table_.find(key)->value.line;
    }
    [[nodiscard]] bool has(std::string_view key) const { return table_.find(key) != nullptr; }

  private:
    const TomlTable& table_;
    std::string what_;
    std::set<std::string, std::less<>> known_;
};

/// `key` belongs to these kinds alone: required there, an error elsewhere, where it would do
/// nothing.
bool wants(const Keys& keys, std::string_view key, FaultKind kind,
           std::initializer_list<FaultKind> kinds) {
    const bool wanted = std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
    if (!wanted && keys.has(key)) {
        throw LineProblem{keys.where(key), "remove " + std::string{key} +
                                               ", which does nothing for " +
                                               std::string{to_string(kind)}};
    }
    return wanted;
}

/// `endpoint` and `answer`: a status, "hang", "garbage" or "odd_member".
void read_endpoint(Keys& keys, Fault& fault) {
    constexpr std::string_view kEndpointNames =
        "one of genesis, spec, syncing, version, head, header, events";
    fault.endpoint = keys.text("endpoint", kEndpointNames);
    if (!is_endpoint(fault.endpoint)) {
        throw LineProblem{keys.where("endpoint"), "change endpoint " + quoted(fault.endpoint) +
                                                      " to " + std::string{kEndpointNames}};
    }
    const std::string answer = keys.text("answer", "one of status, hang, garbage, odd_member");
    if (answer == "hang") {
        fault.answer = EndpointAnswer::kHang;
    } else if (answer == "garbage") {
        fault.answer = EndpointAnswer::kGarbage;
    } else if (answer == "odd_member") {
        fault.answer = EndpointAnswer::kOddMember;
    } else if (answer != "status") {
        throw LineProblem{keys.where("answer"), "change answer " + quoted(answer) +
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

Fault read_fault(const TomlTable& table) {
    Keys keys{table, "fault"};
    Fault fault;
    const std::string name = keys.text("kind", "one of those in docs/simulator.md");
    const auto kind = find_fault_kind(name);
    if (!kind) {
        throw LineProblem{keys.where("kind"),
                          "change kind " + quoted(name) + " to one of those in docs/simulator.md"};
    }
    fault.kind = *kind;
    fault.from_slot = static_cast<std::uint64_t>(keys.number("from_slot", 0, kSlotMax, {}));
    fault.to_slot = static_cast<std::uint64_t>(keys.number("to_slot", 0, kSlotMax, {}));
    if (fault.to_slot < fault.from_slot) {
        throw LineProblem{keys.where("to_slot"), "change to_slot: it is below from_slot"};
    }
    if (fault.kind == FaultKind::kForked && fault.from_slot == 0) {
        throw LineProblem{keys.where("from_slot"),
                          "change from_slot: the genesis block of slot 0 has no other branch"};
    }
    if (fault.kind == FaultKind::kRepeats && fault.from_slot == 0) {
        throw LineProblem{keys.where("from_slot"),
                          "change from_slot: there is no head before slot 0"};
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
            throw LineProblem{keys.where("about"),
                              "change about " + quoted(about) + " to one of " + lie_names()};
        }
        fault.about = *lie;
    }
    read_status(keys, fault);
    keys.refuse_others();
    return fault;
}

NodeScript read_node(const TomlTable& table) {
    Keys keys{table, "node"};
    NodeScript node;
    node.name = keys.text("name", "like \"alpha\"");
    // The command that follows the nodes is made of names, for a shell.
    constexpr std::string_view kLetters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-";
    if (node.name.find_first_not_of(kLetters) != std::string::npos) {
        throw LineProblem{keys.where("name"),
                          "change name: letters, digits and _ . : - are possible, like \"alpha\""};
    }
    std::string names;
    for (const ClientProfile& profile : client_profiles()) {
        names += names.empty() ? "" : ", ";
        names += profile.name;
    }
    node.client = keys.text("client", "one of " + names);
    if (find_client_profile(node.client) == nullptr) {
        throw LineProblem{keys.where("client"),
                          "change client " + quoted(node.client) + " to one of " + names};
    }
    node.delay = std::chrono::milliseconds{keys.number("delay_ms", 0, kDelayMsMax, 0)};
    node.jitter = std::chrono::milliseconds{keys.number("jitter_ms", 0, kDelayMsMax, 0)};
    node.port = static_cast<std::uint16_t>(keys.number("port", 0, 65'535, 0));
    for (const TomlTable* const fault : keys.tables("fault", "[[node.fault]]")) {
        node.faults.push_back(read_fault(*fault));
    }
    keys.refuse_others();
    return node;
}

Scenario read_scenario(const TomlTable& table) {
    Keys keys{table, "scenario"};
    Scenario scenario;
    scenario.seed = static_cast<std::uint64_t>(
        keys.number("seed", 0, std::numeric_limits<std::int64_t>::max(), 1));
    scenario.slot_duration = std::chrono::milliseconds{keys.number(
        "slot_ms", chain::kSlotDurationMin.count(), chain::kSlotDurationMax.count(), 12'000)};
    scenario.skipped_percent = keys.percent("skipped_percent");
    scenario.skipped_slots = keys.slots("skipped_slots");
    scenario.slashed_slots = keys.slots("slashed_slots");
    if (keys.has("gloas_from_epoch")) {
        scenario.gloas_from_epoch =
            static_cast<std::uint64_t>(keys.number("gloas_from_epoch", 0, kSlotMax, {}));
    }
    std::set<std::string> names;
    std::set<std::uint16_t> ports;
    for (const TomlTable* const node : keys.tables("node", "[[node]]")) {
        if (scenario.nodes.size() == kNodesMax) {
            throw LineProblem{node->line(), "remove nodes: at most " + std::to_string(kNodesMax) +
                                                " are possible"};
        }
        scenario.nodes.push_back(read_node(*node));
        const NodeScript& added = scenario.nodes.back();
        if (!names.insert(added.name).second) {
            throw LineProblem{node->find("name")->value.line,
                              "change name: " + quoted(added.name) + " is another node's"};
        }
        if (added.port != 0 && !ports.insert(added.port).second) {
            throw LineProblem{node->find("port")->value.line,
                              "change port: " + std::to_string(added.port) + " is another node's"};
        }
    }
    keys.refuse_others();
    if (scenario.nodes.empty()) {
        throw LineProblem{1, "add at least one [[node]]"};
    }
    return scenario;
}

}  // namespace

base::Result<Scenario> parse_scenario(std::string_view toml, std::string_view name) {
    return files::read_toml(toml, name, read_scenario);
}

base::Result<Scenario> load_scenario(const std::string& path) {
    const auto text = files::read_bounded_file(path, files::FileKinds::kStreamsToo);
    if (!text) {
        return base::bad_value(base::printable(path, 400) + ": " + text.error().detail);
    }
    return parse_scenario(*text, path);
}

}  // namespace simulator
