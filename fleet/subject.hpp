#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace fleet {

/// All subjects of the fleet begin with it.
inline constexpr std::string_view kSubjectRoot = "headmon";
/// The subjects of all instances.
inline constexpr const char* kAllSubjects = "headmon.*.*.*";

/// A subject's parts, as they are called outside of NATS.
struct Subject {
    std::string instance;
    /// Of an update, `gap` or `instance_status`.
    std::string kind;
    /// The node that it is about; absent for what is about none or several.
    std::optional<std::string> node;

    friend bool operator==(const Subject&, const Subject&) = default;
};

/// Text as one token of a subject: bytes but letters, digits, '-' and '_' are `%XX`, as RFC 3986
/// 2.1 has it. Different texts have different tokens.
[[nodiscard]] std::string escape_token(std::string_view text);
/// The text of a token; nothing for what is none.
[[nodiscard]] std::optional<std::string> unescape_token(std::string_view token);

/// `headmon.<instance>.<kind>.<node>`; `-` in the place of a node that there is not.
[[nodiscard]] std::string to_string(const Subject& subject);
/// Nothing for a subject that is not one of the fleet's.
[[nodiscard]] std::optional<Subject> parse_subject(std::string_view text);

}  // namespace fleet
