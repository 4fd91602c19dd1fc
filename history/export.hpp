#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "history/database.hpp"
#include "history/rows_request.hpp"
#include "history/summary.hpp"

namespace history {

class Connection;

enum class ExportFormat : std::uint8_t {
    /// One JSON object a line.
    kNdjson,
    /// RFC 4180, with a line of names.
    kCsv,
};

/// What can be exported: "slots", "heads", "streams", "reorgs", "health", "gaps".
[[nodiscard]] const std::vector<std::string_view>& export_names();

/// The rows of one kind in a window, in order of time, as text. docs/history.md describes the
/// columns.
class Export {
  public:
    /// A piece ends with the row that reaches this.
    static constexpr std::size_t kPieceBytes = std::size_t{64} * 1024;

    /// `name` is one of `export_names()`; `connection` outlives it. Throws SQLite::Exception.
    Export(Connection& connection, std::string_view name, const RowFilter& filter,
           ExportFormat format);
    Export(const Export&) = delete;
    Export& operator=(const Export&) = delete;
    ~Export();

    /// The next piece, whole lines; nothing at the end. Throws SQLite::Exception.
    [[nodiscard]] std::optional<std::string> next();

  private:
    struct Cursor;
    std::unique_ptr<Cursor> cursor_;
};

/// An export as a stream, over a connection of its own.
class ExportJob final : public StreamJob {
  public:
    ExportJob(RowsRequest request, ExportFormat format);
    ~ExportJob() override;

    void run(Session& session) override;
    void release() override;
    [[nodiscard]] std::optional<std::string> take() override;

  private:
    RowsRequest request_;
    ExportFormat format_;
    std::unique_ptr<Connection> connection_;
    std::unique_ptr<Export> export_;
    std::optional<std::string> piece_;
};

}  // namespace history
