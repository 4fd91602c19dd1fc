#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "http/request.hpp"

namespace api {

/// A token is so long at least, and at most.
inline constexpr std::size_t kTokenBytesMin = 16;
inline constexpr std::size_t kTokenBytesMax = 512;

/// The token that whoever changes something has to send. A secret: nothing shows it.
class BearerToken {
  public:
    /// Reads the text of a token's file, without the blanks and line ends around it. Fails with
    /// kBadValue when that is no token: letters, digits and `-._~+/=`, of 16 to 512 bytes; the
    /// detail repeats nothing of it.
    /// https://www.rfc-editor.org/rfc/rfc6750#section-2.1
    [[nodiscard]] static base::Result<BearerToken> parse(std::string_view text);

    /// Whether a request has `Authorization: Bearer` and this token, once. How long it takes tells
    /// nothing of how much of a wrong one is right. Nothing but that header counts.
    [[nodiscard]] bool is_in(const std::vector<http::Header>& headers) const;

    /// For whoever sends it.
    [[nodiscard]] const std::string& secret_text() const { return text_; }

  private:
    explicit BearerToken(std::string text) : text_{std::move(text)} {}

    std::string text_;
};

}  // namespace api
