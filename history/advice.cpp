#include "history/advice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/time_text.hpp"

namespace history {
namespace {

double late_share(const NodeSummary& node) {
    const auto judged = static_cast<double>(node.on_time + node.late);
    return judged > 0 ? 100 * static_cast<double>(node.late) / judged : 0;
}

double least_late_share(const Summary& summary) {
    double least = 100;
    for (const NodeSummary& node : summary.nodes) {
        if (node.heads >= kHeadsMin) {
            least = std::min(least, late_share(node));
        }
    }
    return least;
}

double down_share(const NodeSummary& node) {
    return 100 - percent(base::seconds(node.open), base::seconds(node.followed));
}

double least_down_share(const Summary& summary) {
    double least = 100;
    for (const NodeSummary& node : summary.nodes) {
        if (node.followed >= kFollowedMin) {
            least = std::min(least, down_share(node));
        }
    }
    return least;
}

std::string join(const std::vector<std::string>& parts, std::string_view between) {
    std::string text;
    for (const std::string& part : parts) {
        text.append(text.empty() ? "" : between).append(part);
    }
    return text;
}

/// "throw out alpha (why) and beta (why)"
std::string sentence(const Summary& summary, Judgement judgement, std::string_view verb) {
    std::vector<std::string> nodes;
    for (const NodeSummary& node : summary.nodes) {
        const NodeAdvice advice = advise(summary, node);
        if (advice.judgement == judgement) {
            nodes.push_back(node.name + " (" + advice.reason + ")");
        }
    }
    return nodes.empty() ? "" : std::string{verb} + " " + join(nodes, ", ") + ".";
}

}  // namespace

std::string_view to_string(Judgement judgement) {
    switch (judgement) {
        case Judgement::kKeep:
            return "keep";
        case Judgement::kWatch:
            return "watch";
        case Judgement::kThrowOut:
            return "throw_out";
        case Judgement::kUnknown:
            return "unknown";
    }
    return "unknown";
}

double percent(double part, double whole) {
    return whole > 0 ? 100 * part / whole : 100;
}

NodeAdvice advise(const Summary& summary, const NodeSummary& node) {
    std::vector<std::string> reasons;
    Judgement judgement = Judgement::kKeep;
    const auto weigh = [&](double share, ShareLimits limits, std::string_view text) {
        if (share < limits.watch) {
            return;
        }
        judgement = std::max(judgement,
                             share < limits.throw_out ? Judgement::kWatch : Judgement::kThrowOut);
        reasons.push_back(fmt::format(fmt::runtime(text), share));
    };
    if (node.followed >= kFollowedMin) {
        weigh(down_share(node) - least_down_share(summary), kDownLimits,
              "its stream was down for {:.1f} % more of the time than the best node's");
    }
    if (node.slots_followed >= kHeadsMin) {
        weigh(percent(static_cast<double>(node.slots_unreported),
                      static_cast<double>(node.slots_followed)),
              kUnreportedLimits, "it reported nothing of {:.1f} % of the slots with a block");
    }
    if (node.heads >= kHeadsMin) {
        weigh(late_share(node) - least_late_share(summary), kLateLimits,
              "{:.1f} % more of its heads were late than of the best node's");
    }
    // Nobody else is there to tell its fault from that of our own network.
    const double down = down_share(node);
    if (judgement == Judgement::kKeep && node.followed >= kFollowedMin &&
        down >= kDownLimits.watch) {
        return {Judgement::kUnknown,
                fmt::format("its stream was down for {:.1f} % of the time, and no node did much "
                            "better: see to headmon's own network",
                            down)};
    }
    if (judgement == Judgement::kKeep && node.heads < kHeadsMin) {
        return {Judgement::kUnknown, "too little was seen of it"};
    }
    return {judgement, join(reasons, "; ")};
}

std::string first_paragraph(const Summary& summary) {
    if (summary.nodes.empty()) {
        return "No node was followed in this time.";
    }
    std::vector<std::string> sentences;
    for (auto text : {sentence(summary, Judgement::kThrowOut, "Throw out"),
                      sentence(summary, Judgement::kWatch, "Watch"),
                      sentence(summary, Judgement::kUnknown, "Nothing can be said of")}) {
        if (!text.empty()) {
            sentences.push_back(std::move(text));
        }
    }
    const bool is_any_kept =
        std::any_of(summary.nodes.begin(), summary.nodes.end(), [&](const NodeSummary& node) {
            return advise(summary, node).judgement == Judgement::kKeep;
        });
    if (sentences.empty()) {
        return "Keep all nodes: none of them stands out.";
    }
    if (is_any_kept) {
        sentences.emplace_back("The others are good.");
    }
    return join(sentences, " ");
}

}  // namespace history
