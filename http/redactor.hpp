#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.hpp"

namespace http {

/// Makes text that comes from a node fit to be shown: all of it passes here before it reaches a
/// log line, an update, a label or a terminal. Nodes and gateways repeat what they were sent, and
/// what they were sent are secrets.
///
/// Hidden are the path segments of the node's URL, its query values, its user and password, and
/// the values of its extra headers: whole, and each word of them; in any case of letters, as they
/// are, percent-encoded (twice, too) or with backslashes, and in the base64 of a Basic
/// authorization. Eight bytes of the beginning of a secret are enough, for whoever repeats a
/// request may cut it.
///
/// Not hidden are secrets of less than four bytes, which would blank letters in every word, and
/// path segments, topics and user names that are words of the Beacon API's world, such as
/// `beacon`, `mainnet` or `lighthouse`. A node that means to give a secret away can write it in a
/// way that nobody recognises.
class Redactor {
  public:
    /// Has no secrets: makes text printable, and no more.
    Redactor() = default;
    explicit Redactor(const Endpoint& endpoint);

    /// At most `bytes_max` bytes of `text`, as base::printable has it, each secret as "[hidden]".
    [[nodiscard]] std::string show(std::string_view text, std::size_t bytes_max = 120) const;

    /// Whether `show` would hide a part of `text`, however long it is.
    [[nodiscard]] bool has_secret(std::string_view text) const;

  private:
    /// A form in which it is recognised: `fold` in the source file.
    struct Secret {
        std::string folded;
        /// So many bytes of its beginning give it away.
        std::size_t least = 0;
    };

    /// Recognised by its first `least` bytes.
    void add(std::string_view text, std::size_t least);
    /// One word, unless everybody knows it.
    void add_word(std::string_view word);
    /// Recognised only where it is repeated to its end.
    void add_whole(std::string_view text);
    void add_path(std::string_view path);
    void add_query(std::string_view query);
    void add_credentials(std::string_view user, std::string_view password);
    void add_header_value(std::string_view value);
    /// How many bytes at the beginning of `folded` are to be hidden.
    [[nodiscard]] std::size_t match(std::string_view folded) const;

    std::vector<Secret> secrets_;
};

}  // namespace http
