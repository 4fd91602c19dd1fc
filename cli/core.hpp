#pragma once

#include <vector>

#include <boost/asio/io_context.hpp>

#include "base/system_clock.hpp"
#include "http/client.hpp"
#include "monitor/broadcast.hpp"
#include "monitor/candidate_list.hpp"
#include "monitor/monitor_service.hpp"

namespace cli {

/// The monitor and all that it stands on, wired: what every command that follows nodes is made of.
/// What is further down uses what is further up. Nothing runs until `service.run()` is awaited.
struct Core {
    explicit Core(monitor::MonitorOptions options);

    /// Puts the first list of candidates in force. Throws std::invalid_argument when it is refused.
    void follow(std::vector<monitor::Candidate> nodes);

    boost::asio::io_context loop{1};
    base::SystemClock clock{loop.get_executor()};
    http::Client client{loop.get_executor(), clock};
    monitor::CandidateList candidates{loop.get_executor()};
    monitor::Broadcast broadcast{loop.get_executor()};
    monitor::MonitorService service;
};

}  // namespace cli
