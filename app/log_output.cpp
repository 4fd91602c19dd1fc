#include "app/log_output.hpp"

#include "app/update_listener.hpp"

namespace app {

LogOutput::LogOutput(updates::Broadcast& broadcast, logging::Log& log) : log_{log} {
    subscription_ = listen_to_updates(broadcast, [this](const updates::Update& update) {
        for (const logging::LogLine& line : update_log_.lines(update)) {
            log_.write(line);
        }
    });
}

}  // namespace app
