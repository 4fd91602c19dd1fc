#include "config/content_mark.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/nil_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace config {

std::string content_mark(std::string_view text) {
    return boost::uuids::to_string(
        boost::uuids::name_generator_sha1{boost::uuids::nil_uuid()}(text.data(), text.size()));
}

std::string content_mark(const std::vector<NodeSpec>& nodes) {
    std::string text;
    for (const NodeSpec& node : nodes) {
        text += node.name + "=" + node.endpoint.url.secret_text() + "\n";
    }
    return content_mark(text);
}

}  // namespace config
