#include "logging/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <optional>
#include <string_view>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>

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

class Log::Impl {
  public:
    explicit Impl(LogOptions options)
        : options_{options}, logger_{"headmon", std::make_shared<spdlog::sinks::stderr_sink_st>()} {
        const std::string pattern = options.format == LogFormat::kJson
                                        ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                        : "%Y-%m-%dT%H:%M:%S.%eZ %l %v";
        logger_.set_pattern(pattern, spdlog::pattern_time_type::utc);
        logger_.set_level(spdlog_level(options.level));
    }

    void write(const LogLine& line) {
        const auto level = spdlog_level(line.level);
        if (logger_.should_log(level)) {
            logger_.log(
                level, options_.format == LogFormat::kJson ? to_json_members(line) : to_text(line));
        }
    }

  private:
    LogOptions options_;
    spdlog::logger logger_;
};

Log::Log(LogOptions options) : impl_{std::make_unique<Impl>(options)} {}
Log::~Log() = default;

void Log::write(const LogLine& line) {
    impl_->write(line);
}

}  // namespace logging
