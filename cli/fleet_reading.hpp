#pragma once

#include <functional>
#include <optional>
#include <string>

#include "app/event_loop.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/task.hpp"
#include "fleet/filter.hpp"
#include "fleet/options.hpp"
#include "fleet/reader.hpp"

namespace cli {

/// What the broker's clock shows, as far as ours and its messages tell.
class BrokerTime {
  public:
    explicit BrokerTime(const base::Clock& clock) : clock_{clock} {}

    void meet(base::WallTime stored_at) {
        behind_ = std::max(behind_, stored_at - clock_.wall_now());
    }
    [[nodiscard]] base::WallTime now() const { return clock_.wall_now() + behind_; }

  private:
    const base::Clock& clock_;
    /// That ours is behind it, for certain.
    base::WallTime::duration behind_{};
};

/// The subjects of the instances that are meant, as narrow as one subject can be.
[[nodiscard]] std::string subjects_of(const fleet::Filter& filter);

/// Reads what `request`, which ends, asks for. Ends with the error of the reader, if there was one.
[[nodiscard]] base::Task<std::optional<base::Error>> read_all(
    app::EventLoop& loop, const fleet::Options& options, const fleet::ReadRequest& request,
    const std::function<void(fleet::Received)>& use);

/// The exit code for an error of the reader.
[[nodiscard]] int exit_code_of(const base::Error& error);

}  // namespace cli
