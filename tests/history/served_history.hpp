#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "history/http_routes.hpp"
#include "history/permits.hpp"
#include "history/reader.hpp"
#include "http/router.hpp"
#include "tests/history/writing.hpp"

namespace tests {

/// The history of two nodes in 300 slots of 12 s, each with a head of both.
inline void write_slots(const std::string& path, bool has_slot_time = true) {
    Recording recording{path};
    std::vector<updates::Message> batch;
    if (has_slot_time) {
        batch.push_back(update(
            updates::SlotTime{chain::SlotClock{wall(0s), 12s}, updates::SlotTimeSource::kNode},
            0s));
    }
    batch.push_back(
        update(updates::RunStarted{{updates::NodeId{"alpha"}, updates::NodeId{"beta"}}}, 0s));
    for (std::uint64_t slot = 0; slot < 300; ++slot) {
        const auto start = 12s * static_cast<std::int64_t>(slot);
        for (const char* const name : {"alpha", "beta"}) {
            auto report = head(name, slot, static_cast<std::uint8_t>(slot));
            report.head.block.bytes[1] = static_cast<std::uint8_t>(slot >> 8U);
            batch.push_back(update(report, start + 1s));
        }
        updates::SlotVerdict verdict;
        verdict.slot = chain::Slot{slot};
        verdict.verdict = updates::Verdict::kOnTime;
        batch.push_back(update(verdict, start + 24s));
    }
    recording.write(std::move(batch), 3600s);
}

/// What serves the history's routes over `database`.
class Served {
  public:
    explicit Served(history::Database& database, boost::asio::any_io_executor executor,
                    base::Clock& its_clock)
        : permits{executor, 4},
          reader{executor, its_clock, database, permits, {}, [](std::string_view) {}},
          routes{reader, its_clock} {
        routes.mount(router);
    }

    history::Permits permits;
    history::Reader reader;
    history::HttpRoutes routes;
    http::Router router;
};

}  // namespace tests
