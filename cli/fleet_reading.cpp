#include "cli/fleet_reading.hpp"

#include <utility>
#include <variant>

#include "app/exit_code.hpp"
#include "fleet/subject.hpp"

namespace cli {

std::string subjects_of(const fleet::Filter& filter) {
    if (filter.instances.size() != 1) {
        return fleet::kAllSubjects;
    }
    return std::string{fleet::kSubjectRoot} + '.' + fleet::escape_token(filter.instances.front()) +
           ".*.*";
}

base::Task<std::optional<base::Error>> read_all(app::EventLoop& loop, const fleet::Options& options,
                                                const fleet::ReadRequest& request,
                                                const std::function<void(fleet::Received)>& use) {
    fleet::Reader reader{loop.executor(), options, request};
    while (true) {
        auto events = co_await reader.take();
        for (fleet::ReaderEvent& event : events) {
            if (auto* const message = std::get_if<fleet::Received>(&event)) {
                use(std::move(*message));
            } else if (auto* const ended = std::get_if<fleet::ReaderEnded>(&event)) {
                co_return std::move(ended->error);
            }
        }
    }
}

int exit_code_of(const base::Error& error) {
    return error.code == base::ErrorCode::kBadValue ? app::kExitUsage : app::kExitFatal;
}

}  // namespace cli
