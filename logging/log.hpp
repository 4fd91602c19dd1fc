#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace logging {

enum class LogFormat : std::uint8_t { kText, kJson };
enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

struct LogOptions {
    LogFormat format = LogFormat::kText;
    LogLevel level = LogLevel::kInfo;

    friend bool operator==(const LogOptions&, const LogOptions&) = default;
};

struct LogField {
    std::string name;
    std::variant<std::string, std::int64_t, std::uint64_t> value;

    friend bool operator==(const LogField&, const LogField&) = default;
};

/// One line of the log. Holds nothing secret and nothing unprintable: node names, never URLs.
struct LogLine {
    LogLevel level = LogLevel::kInfo;
    std::string message;
    std::vector<LogField> fields;

    friend bool operator==(const LogLine&, const LogLine&) = default;
};

/// `stream lost node=alpha failures=2 reason="connect_failed: refused"`
[[nodiscard]] std::string to_text(const LogLine& line);
/// The members of a JSON object without its braces: `"message":"stream lost","node":"alpha"`.
[[nodiscard]] std::string to_json_members(const LogLine& line);

/// Writes lines to standard error, each with its level and the time in UTC; those below the level
/// are left out. Nothing waits for whoever reads them: lines that nobody takes are dropped, and a
/// line says how many when they are taken again (logging/line_writer.hpp). Not thread-safe.
class Log {
  public:
    /// `descriptor` is standard error but in tests.
    explicit Log(LogOptions options, int descriptor = STDERR_FILENO);
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;
    ~Log();

    void write(const LogLine& line);
    /// Waits until all lines are written or dropped: LineWriter::flush.
    void flush(std::chrono::milliseconds limit);
    /// Lines that nobody took so far.
    [[nodiscard]] std::uint64_t dropped() const;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace logging
