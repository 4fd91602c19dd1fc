#include "app/state_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include <boost/asio/post.hpp>

#include "base/printable.hpp"
#include "chain/spec.hpp"
#include "files/bounded_file.hpp"
#include "files/toml.hpp"
#include "files/whole_file.hpp"

namespace app {
namespace {

using chain::SlotClock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kHeader =
    "# Slot time as a beacon node reported it. Written by headmon; it may be deleted.\n";

base::Error bad(const std::string& path, std::string_view problem) {
    return base::bad_value(base::printable(path, 400) + ": " + std::string{problem});
}

std::int64_t read_number(const files::TomlTable& table, std::string_view key, std::int64_t min,
                         std::int64_t max) {
    const files::TomlTable::Entry* const entry = table.find(key);
    const auto* const number = entry == nullptr ? nullptr : entry->value.as<std::int64_t>();
    if (number == nullptr || *number < min || *number > max) {
        throw files::LineProblem{entry == nullptr ? table.line() : entry->value.line,
                                 "the file has no usable " + std::string{key}};
    }
    return *number;
}

SlotClock read_clock(const files::TomlTable& table) {
    const std::int64_t genesis =
        read_number(table, "genesis_time", chain::kGenesisMin.time_since_epoch().count(),
                    chain::kGenesisMax.time_since_epoch().count());
    const std::int64_t slot =
        read_number(table, "slot_duration_ms", chain::kSlotDurationMin.count(),
                    chain::kSlotDurationMax.count());
    return SlotClock{base::WallTime{seconds{genesis}}, milliseconds{slot}};
}

}  // namespace

StateFile::StateFile(std::string directory)
    : directory_{std::move(directory)},
      path_{(std::filesystem::path{directory_} / "slot_time.toml").string()} {}

base::Result<std::optional<SlotClock>> StateFile::read() const {
    std::error_code unknown;
    if (!std::filesystem::exists(path_, unknown) && !unknown) {
        return std::optional<SlotClock>{};
    }
    const auto text = files::read_bounded_file(path_, files::FileKinds::kRegular);
    if (!text) {
        return bad(path_, text.error().detail);
    }
    const auto clock = files::read_toml(*text, path_, read_clock);
    if (!clock) {
        return base::bad_value(clock.error().detail +
                               "; it is not used, and written anew when a node answers");
    }
    return std::optional{*clock};
}

base::Result<void> StateFile::write(const SlotClock& clock) const {
    const auto genesis = std::chrono::floor<seconds>(clock.genesis().time_since_epoch());
    const std::string text = fmt::format("{}genesis_time = {}\nslot_duration_ms = {}\n", kHeader,
                                         genesis.count(), clock.slot_duration().count());
    // When it cannot be made, the next call says why.
    (void)::mkdir(directory_.c_str(), S_IRWXU);
    if (const auto written = files::write_whole_file(path_, text); !written) {
        return bad(path_, written.error().detail);
    }
    return {};
}

StateKeeper::StateKeeper(boost::asio::any_io_executor loop, StateFile file,
                         std::optional<SlotClock> kept, OnProblem on_problem)
    : loop_{std::move(loop)},
      file_{std::move(file)},
      on_problem_{std::move(on_problem)},
      kept_{kept} {}

StateKeeper::~StateKeeper() {
    if (thread_) {
        thread_->join();
    }
}

void StateKeeper::record(const updates::SlotTime& slot_time) {
    if (slot_time.source == updates::SlotTimeSource::kNode) {
        wanted_ = slot_time.clock;
        write_next();
    }
}

void StateKeeper::write_next() {
    if (is_writing_ || !wanted_) {
        return;
    }
    const SlotClock clock = *std::exchange(wanted_, std::nullopt);
    if (kept_ == clock) {
        return;
    }
    is_writing_ = true;
    if (!thread_) {
        thread_ = std::make_unique<boost::asio::thread_pool>(1);
    }
    const auto write = [this, clock, loop = loop_, file = file_,
                        alive = std::weak_ptr<int>{alive_}] {
        auto result = file.write(clock);
        boost::asio::post(loop, [this, clock, alive, result = std::move(result)] {
            if (!alive.expired()) {
                written(clock, result);
            }
        });
    };
    boost::asio::post(*thread_, write);
}

void StateKeeper::written(const SlotClock& clock, const base::Result<void>& result) {
    is_writing_ = false;
    if (result) {
        kept_ = clock;
        is_reported_ = false;
    } else if (!std::exchange(is_reported_, true)) {
        on_problem_(result.error().detail);
    }
    write_next();
}

}  // namespace app
