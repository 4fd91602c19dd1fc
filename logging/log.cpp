#include "logging/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>

#include <optional>
#include <string_view>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

#include "logging/line_writer.hpp"

namespace logging {
namespace {

std::string quoted(std::string_view text) {
    return boost::json::serialize(boost::json::string{text});
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
    switch (level) {
        case LogLevel::kDebug:
            return spdlog::level::debug;
        case LogLevel::kInfo:
            return spdlog::level::info;
        case LogLevel::kWarning:
            return spdlog::level::warn;
        case LogLevel::kError:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

/// A number's digits; nothing for text.
std::optional<std::string> digits(const LogField& field) {
    if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
        return std::to_string(*number);
    }
    if (const auto* number = std::get_if<std::uint64_t>(&field.value)) {
        return std::to_string(*number);
    }
    return std::nullopt;
}

bool needs_quotes(std::string_view text) {
    return text.empty() || text.find_first_of(" \"=\\") != std::string_view::npos;
}

}  // namespace

std::string to_text(const LogLine& line) {
    std::string text = line.message;
    for (const LogField& field : line.fields) {
        text += ' ';
        text += field.name;
        text += '=';
        if (const auto number = digits(field)) {
            text += *number;
            continue;
        }
        const auto& value = std::get<std::string>(field.value);
        text += needs_quotes(value) ? quoted(value) : value;
    }
    return text;
}

std::string to_json_members(const LogLine& line) {
    std::string text = "\"message\":" + quoted(line.message);
    for (const LogField& field : line.fields) {
        text += ',';
        text += quoted(field.name);
        text += ':';
        const auto number = digits(field);
        text += number ? *number : quoted(std::get<std::string>(field.value));
    }
    return text;
}

namespace {

/// Hands each formatted line on.
class LineSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
  public:
    explicit LineSink(LineWriter& writer) : writer_{writer} {}

  protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t formatted;
        formatter_->format(message, formatted);
        writer_.write(std::string{formatted.data(), formatted.size()});
    }
    void flush_() override {}

  private:
    LineWriter& writer_;
};

std::unique_ptr<spdlog::formatter> make_formatter(LogFormat format) {
    const char* const pattern = format == LogFormat::kJson
                                    ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                    : "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
    return std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc);
}

std::string to_format(const LogLine& line, LogFormat format) {
    return format == LogFormat::kJson ? to_json_members(line) : to_text(line);
}

/// The line for lines that nobody took.
LineWriter::WriteGap write_gap(LogFormat format) {
    return [format, formatter = std::shared_ptr<spdlog::formatter>{make_formatter(format)}](
               std::uint64_t dropped) {
        const LogLine line{
            LogLevel::kWarning, "log lines dropped: nobody read them", {{"lines", dropped}}};
        spdlog::memory_buf_t formatted;
        const std::string text = to_format(line, format);
        formatter->format({"headmon", spdlog_level(line.level), text}, formatted);
        return std::string{formatted.data(), formatted.size()};
    };
}

}  // namespace

class Log::Impl {
  public:
    Impl(LogOptions options, int descriptor)
        : format_{options.format},
          writer_{descriptor, write_gap(format_)},
          logger_{"headmon", std::make_shared<LineSink>(writer_)} {
        logger_.set_formatter(make_formatter(format_));
        logger_.set_level(spdlog_level(options.level));
    }

    void write(const LogLine& line) {
        const auto level = spdlog_level(line.level);
        if (logger_.should_log(level)) {
            logger_.log(level, to_format(line, format_));
        }
    }
    LineWriter& writer() { return writer_; }

  private:
    LogFormat format_;
    LineWriter writer_;
    spdlog::logger logger_;
};

Log::Log(LogOptions options, int descriptor) : impl_{std::make_unique<Impl>(options, descriptor)} {}
Log::~Log() = default;

void Log::write(const LogLine& line) {
    impl_->write(line);
}

void Log::flush(std::chrono::milliseconds limit) {
    (void)impl_->writer().flush(limit);
}

std::uint64_t Log::dropped() const {
    return impl_->writer().dropped();
}

}  // namespace logging
