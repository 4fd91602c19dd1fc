#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.hpp"
#include "http/router.hpp"

namespace api {

/// Whether `If-None-Match` has this tag, quotes included: the client has that content.
/// https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
[[nodiscard]] bool has_tag(const std::vector<http::Header>& headers, std::string_view tag);

/// The routes of the web page: `/`, what it loads below `/page`, and `/favicon.ico`. Without a page
/// `/` is a 404 that says why: `is_on` is the operator's choice, and the program may have been
/// built without one.
void add_page(http::Router& router, bool is_on);

}  // namespace api
