#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "history/connection.hpp"
#include "history/recorder.hpp"

namespace history {

/// The database as one run of a job has it, on a thread of its lane.
class Session {
  public:
    using Open = std::function<Connection&()>;

    /// `open` gives the lane's own connection; `recorder` is null but on the write lane.
    Session(const std::string& path, Open open, Recorder* recorder)
        : path_{path}, open_{std::move(open)}, recorder_{recorder} {}

    /// The lane's own connection, opened where it is not open. Throws DatabaseFailure.
    [[nodiscard]] Connection& connection() { return open_(); }
    /// A connection to read with that the job keeps. Throws DatabaseFailure.
    [[nodiscard]] std::unique_ptr<Connection> open() { return Connection::open_reader(path_); }
    /// On the write lane alone.
    [[nodiscard]] Recorder& recorder() { return *recorder_; }

  private:
    const std::string& path_;
    Open open_;
    Recorder* recorder_;
};

}  // namespace history
