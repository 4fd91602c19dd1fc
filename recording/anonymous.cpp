#include "recording/anonymous.hpp"

#include <cctype>
#include <utility>
#include <variant>

#include "beacon_api/responses.hpp"

namespace recording {
namespace {

constexpr std::string_view kVersionPath = "/eth/v1/node/version";

/// "Lighthouse" of "Lighthouse/v8.0.1-ced49dd/x86_64-linux"; letters alone, so that it is a word.
std::string client_of(std::string_view version) {
    std::string client;
    for (const char c : version) {
        if (std::isalpha(static_cast<unsigned char>(c)) == 0) {
            break;
        }
        client += c;
    }
    return client;
}

}  // namespace

std::string Anonymous::name_of(const std::string& node) {
    return names_.try_emplace(node, "node-" + std::to_string(names_.size() + 1)).first->second;
}

void Anonymous::hide(Started& event) {
    for (monitor::RememberedTopics& topics : event.options.remembered_topics) {
        topics.node = updates::NodeId{name_of(topics.node.name())};
        topics.version = client_of(topics.version);
    }
    for (auto* const time : {&event.options.slot_time, &event.options.remembered_slot_time}) {
        if (*time && (*time)->node) {
            (*time)->node = updates::NodeId{name_of((*time)->node->name())};
        }
    }
}

void Anonymous::hide(Listed& event) {
    for (ListedNode& node : event.nodes) {
        node.name = name_of(node.name);
    }
}

void Anonymous::hide(StreamOpening& event) {
    event.node = name_of(event.node);
}

void Anonymous::hide(StreamEnd& event) const {
    event.why.detail = to_string(event.why.reason);
    event.why.body.clear();
}

void Anonymous::hide(Requested& event) {
    event.node = name_of(event.node);
    paths_.insert_or_assign(event.request, event.path);
}

void Anonymous::hide(Answered& event) {
    const auto path = paths_.extract(event.request);
    if (!event.result) {
        http::FetchError error = event.result.error();
        error.detail.clear();
        event.result = std::move(error);
        return;
    }
    constexpr int kOk = 200;
    if (event.result->head.status != kOk) {
        event.result->body.clear();
    } else if (path && path.mapped() == kVersionPath) {
        const auto version = beacon_api::decode_version(event.result->body);
        event.result->body =
            R"({"data":{"version":")" + (version ? client_of(*version) : "") + R"("}})";
    }
}

void Anonymous::hide(ServiceFact& event) const {
    std::visit([](auto& fact) { fact.detail.clear(); }, event.fact);
}

Entry Anonymous::apply(Entry entry) {
    std::visit([this](auto& event) { hide(event); }, entry.event);
    return entry;
}

}  // namespace recording
