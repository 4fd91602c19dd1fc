#include "cli/report.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "app/error_line.hpp"
#include "app/event_loop.hpp"
#include "app/exit_code.hpp"
#include "base/system_clock.hpp"
#include "base/time_text.hpp"
#include "beacon_api/node_client.hpp"
#include "history/file.hpp"
#include "history/report.hpp"
#include "http/client.hpp"
#include "http/redactor.hpp"

namespace cli {
namespace {

using beacon_api::RequestResult;

/// The API stops a summary after 5 s.
constexpr std::chrono::seconds kReportDeadline{10};
constexpr std::size_t kReportBytesMax = std::size_t{32} * 1024 * 1024;

/// "7d", as the API takes it.
std::string span_text(std::chrono::seconds span) {
    const std::int64_t minutes = std::chrono::duration_cast<std::chrono::minutes>(span).count();
    constexpr std::int64_t kHour = 60;
    constexpr std::int64_t kDay = 24 * kHour;
    return minutes % kDay == 0    ? std::to_string(minutes / kDay) + "d"
           : minutes % kHour == 0 ? std::to_string(minutes / kHour) + "h"
                                  : std::to_string(minutes) + "m";
}

std::string_view word_of(history::ReportFormat format) {
    switch (format) {
        case history::ReportFormat::kText:
            return "text";
        case history::ReportFormat::kJson:
            return "json";
        case history::ReportFormat::kHtml:
            break;
    }
    return "html";
}

std::string query_of(const ReportArguments& arguments) {
    const history::WindowChoice& window = arguments.window;
    std::string query = "format=" + std::string{word_of(arguments.format)};
    if (window.from) {
        query += "&from=" + base::to_rfc3339(*window.from);
    } else {
        query += "&window=" + span_text(window.since);
    }
    return window.to ? query + "&to=" + base::to_rfc3339(*window.to) : query;
}

/// Text of lines, without what a terminal may act on.
std::string fit_for_terminal(std::string text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<std::uint8_t>(text[i]);
        const auto before = i > 0 ? static_cast<std::uint8_t>(text[i - 1]) : std::uint8_t{0};
        const bool is_c1 = before == 0xC2 && byte >= 0x80 && byte < 0xA0;
        if ((byte < 0x20 && byte != 0x0A) || byte == 0x7F || is_c1) {
            text[i] = '?';
        }
    }
    return text;
}

RequestResult<std::string> fetch_report(const ReportArguments& arguments) {
    app::EventLoop loop;
    base::SystemClock clock{loop.executor()};
    http::ClientLimits limits;
    limits.body_bytes_max = kReportBytesMax;
    http::Client client{loop.executor(), clock, limits};
    http::Request request;
    request.endpoint = *arguments.api;
    request.endpoint.url = arguments.api->url.with_path("/v1/history/summary", query_of(arguments));
    request.accept = "*/*";
    RequestResult<std::string> report{beacon_api::RequestError{
        base::ErrorCode::kUnreachable, 0, {}, "stopped before the answer came"}};
    (void)loop.run(clock, "report", [&]() -> base::Task<void> {
        const http::Redactor redactor{request.endpoint};
        http::FetchResult answer = co_await client.fetch(std::move(request), kReportDeadline);
        report = beacon_api::body_of(std::move(answer), redactor);
    });
    return report;
}

int report_from_api(const ReportArguments& arguments) {
    auto report = fetch_report(arguments);
    if (!report) {
        app::write_error(arguments.api->url.origin() + ": " +
                         to_string(beacon_api::base_error(report.error())));
        return app::kExitFatal;
    }
    const bool is_text = arguments.format == history::ReportFormat::kText;
    const std::string text = is_text ? fit_for_terminal(std::move(*report)) : std::move(*report);
    return app::write_text(text) ? app::kExitOk : app::kExitFatal;
}

int report_from_file(const ReportArguments& arguments) {
    history::WindowChoice choice = arguments.window;
    choice.now = std::chrono::system_clock::now();
    const auto summary =
        history::summarize_file(arguments.file, choice, history::detail_of(arguments.format));
    if (!summary) {
        app::write_error(summary.error().detail);
        return app::kExitFatal;
    }
    return app::write_text(history::report(*summary, arguments.format)) ? app::kExitOk
                                                                        : app::kExitFatal;
}

}  // namespace

int run_report(const ReportArguments& arguments) {
    return arguments.api ? report_from_api(arguments) : report_from_file(arguments);
}

}  // namespace cli
