#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "chain/root.hpp"
#include "chain/slot.hpp"

// Only named here: simdjson's header is dear, and every file that includes ours would pay for it.
namespace simdjson::dom {
class object;
class parser;
}  // namespace simdjson::dom

namespace beacon_api {

/// The JSON object in `json`; it lives until the parser's next document. `name` is used for the
/// field in errors: kTooLong for more than `bytes_max` bytes, kMalformedJson.
[[nodiscard]] base::Result<simdjson::dom::object> parse_object(simdjson::dom::parser& parser,
                                                               std::string_view json,
                                                               std::size_t bytes_max,
                                                               std::string_view name);

/// The member `name`, an object. Fails with kMissingField.
[[nodiscard]] base::Result<simdjson::dom::object> read_object(const simdjson::dom::object& object,
                                                              std::string_view name);

/// Reads members of one object in the form that the Beacon API gives them, and keeps the first
/// error: kMissingField for a member that is absent or of another type, kBadHex, kOutOfRange. A
/// read that fails returns a default value; `result` returns the first error. Optional members may
/// be null as well as absent. For use inside beacon_api only; `object` must outlive it.
class Fields {
  public:
    explicit Fields(const simdjson::dom::object& object) : object_{object} {}

    /// A decimal string: "18446744073709551615".
    [[nodiscard]] std::uint64_t number(std::string_view name);
    /// A decimal string from `least` to `most`.
    [[nodiscard]] std::uint64_t number(std::string_view name, std::uint64_t least,
                                       std::uint64_t most);
    [[nodiscard]] std::optional<std::uint64_t> optional_number(std::string_view name,
                                                               std::uint64_t least,
                                                               std::uint64_t most);
    [[nodiscard]] chain::Slot slot(std::string_view name) { return chain::Slot{number(name)}; }
    [[nodiscard]] chain::Epoch epoch(std::string_view name) { return chain::Epoch{number(name)}; }
    [[nodiscard]] chain::Root root(std::string_view name);
    /// For what nothing depends on: absent where it cannot be read, without an error.
    [[nodiscard]] std::optional<chain::Root> root_if_valid(std::string_view name) const;
    [[nodiscard]] bool flag(std::string_view name);
    [[nodiscard]] bool flag_or_false(std::string_view name);
    /// Lives as long as the document.
    [[nodiscard]] std::string_view text(std::string_view name);
    [[nodiscard]] std::optional<std::string_view> optional_text(std::string_view name);

    /// Whether the member is there and not null.
    [[nodiscard]] bool has(std::string_view name) const;

    /// Keeps `code` for `name`, unless there is an error already.
    void fail(base::ErrorCode code, std::string_view name);

    /// `value`, or the first error.
    template <class T>
    [[nodiscard]] base::Result<T> result(T value) const {
        if (error_) {
            return *error_;
        }
        return value;
    }

  private:
    const simdjson::dom::object& object_;
    std::optional<base::Error> error_;
};

}  // namespace beacon_api
