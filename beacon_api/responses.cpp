#include "beacon_api/responses.hpp"

#include <simdjson.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "beacon_api/fields.hpp"
#include "chain/block_header.hpp"
#include "chain/network.hpp"

namespace beacon_api {
namespace {

using simdjson::dom::object;

constexpr std::uint64_t kSlotsPerEpochMax = 65'536;
/// All of a slot.
constexpr std::uint64_t kBasisPointsMax = 10'000;
constexpr std::uint64_t kAnyNumber = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kNameBytesMax = 120;
constexpr std::size_t kReasonBytesMax = 200;

/// One line of plain text: no page of HTML, and nothing compressed.
bool is_line(std::string_view text) {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' '; };
    return text.size() <= kReasonBytesMax && text.find('<') == std::string_view::npos &&
           std::none_of(text.begin(), text.end(), is_control);
}

/// A whole answer, `{"data": {…}, …}`, and the parser whose memory it lives in.
class Answer {
  public:
    /// `name` is used for the field when the body itself is wrong.
    Answer(std::string_view json, std::string_view name)
        : whole_{parse_object(parser_, json, kResponseBytesMax, name)},
          data_{whole_ ? read_object(*whole_, "data") : whole_} {}
    Answer(const Answer&) = delete;
    Answer& operator=(const Answer&) = delete;

    /// The outer object; only when `data` is no error.
    [[nodiscard]] const object& whole() const { return *whole_; }
    [[nodiscard]] const base::Result<object>& data() const { return data_; }

  private:
    simdjson::dom::parser parser_;
    base::Result<object> whole_;
    base::Result<object> data_;
};

/// Reads the members of a spec one by one: what one of them is says nothing of the others. Those
/// that have another form than the Beacon API's are named and count as absent.
class SpecMembers {
  public:
    explicit SpecMembers(const object& data) : data_{data} {}

    [[nodiscard]] std::optional<std::uint64_t> number(std::string_view name, std::uint64_t least,
                                                      std::uint64_t most) {
        Fields in{data_};
        return read(name, in, in.optional_number(name, least, most));
    }
    /// As the node sent it; lives as long as the document.
    [[nodiscard]] std::string_view text(std::string_view name) {
        Fields in{data_};
        return read(name, in, in.optional_text(name)).value_or(std::string_view{});
    }
    void contradicts(std::string_view name) { odd_.emplace_back(name); }
    [[nodiscard]] std::vector<std::string> take_odd() { return std::move(odd_); }

  private:
    template <class T>
    std::optional<T> read(std::string_view name, const Fields& in, std::optional<T> value) {
        if (!in.result(true)) {
            odd_.emplace_back(name);
            return std::nullopt;
        }
        return value;
    }

    const object& data_;
    std::vector<std::string> odd_;
};

std::optional<std::chrono::milliseconds> read_slot_duration(SpecMembers& in) {
    using std::chrono::milliseconds;
    constexpr auto kMax = static_cast<std::uint64_t>(chain::kSlotDurationMax.count());
    constexpr auto kMin = static_cast<std::uint64_t>(chain::kSlotDurationMin.count());
    const auto exact = in.number("SLOT_DURATION_MS", kMin, kMax);
    const auto seconds = in.number("SECONDS_PER_SLOT", 1, kMax / 1000);
    if (!exact) {
        return seconds ? std::optional{milliseconds{1000 * *seconds}} : std::nullopt;
    }
    // Newer chains may have slots of no whole second, and then the older member is rounded.
    if (seconds && (*exact + 1000 <= 1000 * *seconds || 1000 * *seconds + 1000 <= *exact)) {
        in.contradicts("SECONDS_PER_SLOT");
    }
    return milliseconds{*exact};
}

std::optional<chain::Epoch> read_fork_epoch(SpecMembers& in, std::string_view name) {
    const auto epoch = in.number(name, 0, kAnyNumber);
    return epoch ? std::optional{chain::Epoch{*epoch}} : std::nullopt;
}

}  // namespace

base::Result<Genesis> decode_genesis(std::string_view json) {
    const Answer answer{json, "genesis"};
    if (!answer.data()) {
        return answer.data().error();
    }
    Fields in{*answer.data()};
    constexpr auto kMin = static_cast<std::uint64_t>(chain::kGenesisMin.time_since_epoch().count());
    constexpr auto kMax = static_cast<std::uint64_t>(chain::kGenesisMax.time_since_epoch().count());
    const std::chrono::seconds since_1970{in.number("genesis_time", kMin, kMax)};
    const Genesis genesis{.time = base::WallTime{since_1970},
                          .validators_root = in.root("genesis_validators_root")};
    const chain::Network* const known = chain::find_network(genesis.validators_root);
    if (known != nullptr && known->clock.genesis() != genesis.time) {
        in.fail(base::ErrorCode::kBadValue, "genesis_time");
    }
    return in.result(genesis);
}

base::Result<chain::Spec> decode_spec(std::string_view json) {
    return decode_shown_spec(json, {});
}

base::Result<chain::Spec> decode_shown_spec(std::string_view json, const http::Redactor& redactor) {
    const Answer answer{json, "spec"};
    if (!answer.data()) {
        return answer.data().error();
    }
    SpecMembers in{*answer.data()};
    chain::Spec spec{
        .slot_duration = read_slot_duration(in),
        .slots_per_epoch = in.number("SLOTS_PER_EPOCH", 1, kSlotsPerEpochMax),
        .attestation_due_bps = in.number("ATTESTATION_DUE_BPS", 0, kBasisPointsMax),
        .attestation_due_bps_gloas = in.number("ATTESTATION_DUE_BPS_GLOAS", 0, kBasisPointsMax),
        .gloas_fork_epoch = read_fork_epoch(in, "GLOAS_FORK_EPOCH"),
        .config_name = redactor.show(in.text("CONFIG_NAME"), kNameBytesMax),
    };
    spec.odd_members = in.take_odd();
    return spec;
}

base::Result<chain::SyncStatus> decode_syncing(std::string_view json) {
    const Answer answer{json, "syncing"};
    if (!answer.data()) {
        return answer.data().error();
    }
    Fields in{*answer.data()};
    const chain::SyncStatus syncing{
        .head_slot = in.slot("head_slot"),
        .sync_distance = in.number("sync_distance"),
        .is_syncing = in.flag("is_syncing"),
        .is_optimistic = in.flag_or_false("is_optimistic"),
        .el_offline = in.flag_or_false("el_offline"),
    };
    return in.result(syncing);
}

base::Result<BlockHeader> decode_block_header(std::string_view json) {
    const Answer answer{json, "header"};
    if (!answer.data()) {
        return answer.data().error();
    }
    const auto header = read_object(*answer.data(), "header");
    if (!header) {
        return header.error();
    }
    const auto message = read_object(*header, "message");
    if (!message) {
        return message.error();
    }
    Fields outer{answer.whole()};
    Fields data{*answer.data()};
    Fields in{*message};
    const chain::BlockHeader hashed{
        .slot = in.slot("slot"),
        .proposer_index = in.number("proposer_index"),
        .parent_root = in.root("parent_root"),
        .state_root = in.root("state_root"),
        .body_root = in.root("body_root"),
    };
    const BlockHeader block{
        .root = data.root("root"),
        .slot = hashed.slot,
        .parent_root = hashed.parent_root,
        .state_root = hashed.state_root,
        .canonical = data.flag("canonical"),
        .execution_optimistic = outer.flag_or_false("execution_optimistic"),
    };
    for (const Fields* fields : {&data, &in, &outer}) {
        if (auto checked = fields->result(block); !checked) {
            return checked;
        }
    }
    if (hash_tree_root(hashed) != block.root) {
        return base::Error{base::ErrorCode::kWrongHash, "root"};
    }
    return block;
}

base::Result<std::string> decode_version(std::string_view json) {
    return decode_shown_version(json, {});
}

base::Result<std::string> decode_shown_version(std::string_view json,
                                               const http::Redactor& redactor) {
    const Answer answer{json, "version"};
    if (!answer.data()) {
        return answer.data().error();
    }
    Fields in{*answer.data()};
    return in.result(redactor.show(in.text("version"), kNameBytesMax));
}

std::string decode_refusal(std::string_view body, const http::Redactor& redactor) {
    simdjson::dom::parser parser;
    const auto json = parse_object(parser, body, kResponseBytesMax, "error");
    if (!json) {
        const std::string_view text = base::trimmed(body);
        return is_line(text) ? redactor.show(text, kReasonBytesMax) : std::string{};
    }
    for (const char* name : {"message", "error", "detail", "reason", "title"}) {
        std::string_view text;
        const auto member = (*json)[name];
        if (!member.get(text) || !member["message"].get(text)) {
            return redactor.show(base::trimmed(text), kReasonBytesMax);
        }
    }
    return {};
}

}  // namespace beacon_api
