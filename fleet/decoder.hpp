#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "fleet/fact.hpp"
#include "fleet/received.hpp"

namespace fleet {

/// Reads the bodies of messages. They come from other machines: whatever they hold is bounded and
/// checked, and nothing of it is fit to be printed before base::printable. Not thread-safe.
class Decoder {
  public:
    static constexpr std::size_t kBodyBytesMax = std::size_t{1024} * 1024;
    static constexpr std::size_t kNodesMax = 1024;
    static constexpr std::size_t kLabelsMax = 64;
    /// Of a name or another text; the rest is cut off.
    static constexpr std::size_t kTextBytesMax = 256;

    Decoder();
    Decoder(const Decoder&) = delete;
    Decoder& operator=(const Decoder&) = delete;
    ~Decoder();

    /// What the message reports. Fails with kMalformedJson, kTooLong, kMissingField, kBadHex or
    /// kOutOfRange, as where the body is of another kind than the subject; the detail names the
    /// field.
    [[nodiscard]] base::Result<Report> decode(const Received& message);

    /// The body on one line, with members that say whose it is before its own:
    /// `{"instance":…,"origin":…,"sequence":…,"stored_at":…,"update":…`; what has no id has
    /// instance and origin of its own. Fails with kMalformedJson, kTooLong, or kOutOfRange where
    /// the body has one of these members.
    [[nodiscard]] base::Result<std::string> json_line(const Received& message);

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace fleet
