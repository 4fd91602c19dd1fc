#pragma once

#include <span>
#include <string_view>

namespace api::page {

/// One file of the web page, as api/page/embed.cmake puts it into the program.
struct Asset {
    /// With a part of its content's hash in it: "page-0123456789abcdef.js".
    std::string_view name;
    std::string_view type;
    std::string_view text;
};

/// The page itself; empty where the program was built without.
extern const std::string_view kIndex;
/// The first 16 hex digits of its SHA-256.
extern const std::string_view kIndexHash;
/// What it loads.
extern const std::span<const Asset> kAssets;

}  // namespace api::page
