#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "history/database.hpp"
#include "history/rows_request.hpp"

namespace history {

class Connection;

/// The late heads of one node, the latest first: `{"rows":[…]}`, at most `rows_max` of kind
/// "heads". Only heads that count in the summary. `request.node` is there. Throws as `resolve`.
[[nodiscard]] std::string worst_json(Connection& connection, const RowsRequest& request,
                                     std::size_t rows_max);

/// The same of a file, without an event loop; it blocks.
[[nodiscard]] Result<std::string> worst_file(const std::string& path, const RowsRequest& request,
                                             std::size_t rows_max);

class WorstJob final : public Job {
  public:
    WorstJob(RowsRequest request, std::size_t rows_max)
        : Job{"worst"}, request_{std::move(request)}, rows_max_{rows_max} {}

    void run(Session& session) override;
    /// Once it has run.
    [[nodiscard]] std::string take_json() { return std::move(json_); }

  private:
    RowsRequest request_;
    std::size_t rows_max_;
    std::string json_;
};

}  // namespace history
