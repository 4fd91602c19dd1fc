#include "history/http_routes.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "history/export.hpp"
#include "history/http_query.hpp"
#include "history/plots_json.hpp"
#include "history/reader.hpp"
#include "history/report_job.hpp"
#include "history/worst.hpp"

namespace history {
namespace {

using http::Query;
using http::RouteArguments;
using http::ServerExchange;

std::vector<http::Header> no_store() {
    return {{"Cache-Control", "no-store"}};
}

/// Why there is no answer, for clients: nothing of the file's path, or of what SQLite said.
std::string message_of(const Error& error) {
    switch (error.code) {
        case ErrorCode::kTimeout:
            return "timeout: the history is busy, or so much takes too long; ask for less, or "
                   "later";
        case ErrorCode::kClosed:
            return "closed: the history is not read at the moment";
        case ErrorCode::kDamaged:
            return "damaged: the history cannot be read; headmon history check FILE finds where";
        case ErrorCode::kNoSlotTime:
            return "no_slot_time: " + error.detail;
        default:
            return std::string{to_string(error.code)} + ": the history cannot be read; see the log";
    }
}

/// `error` outlives the task.
base::Task<void> respond_unavailable(ServerExchange& exchange, const Error& error) {
    std::vector<http::Header> headers;
    if (error.code == ErrorCode::kTimeout || error.code == ErrorCode::kClosed) {
        headers.push_back({"Retry-After", "5"});
    }
    co_await exchange.respond_error(503, message_of(error), std::move(headers));
}

/// Answers with the rows that the job reads. `reader` and `exchange` outlive the task.
template <class Job>
base::Task<void> respond_rows(Reader& reader, ServerExchange& exchange, std::shared_ptr<Job> job) {
    const auto result = co_await reader.read(job);
    if (!result) {
        co_await respond_unavailable(exchange, result.error());
        co_return;
    }
    co_await exchange.respond(200, "application/json", job->take_json(), no_store());
}

/// The same for a report.
base::Task<void> respond_report(Reader& reader, ServerExchange& exchange,
                                std::shared_ptr<ReportJob> job, std::string type) {
    const auto result = co_await reader.read(job);
    if (!result) {
        co_await respond_unavailable(exchange, result.error());
        co_return;
    }
    co_await exchange.respond(200, std::move(type), job->take_text(), no_store());
}

constexpr const char* kWorstPath = "/v1/history/worst";
constexpr const char* kSummaryPath = "/v1/history/summary";
constexpr const char* kPlotsPath = "/v1/history/plots";
constexpr const char* kExportPath = "/v1/history/export";

std::string page_path(std::string_view kind) {
    return "/v1/history/" + std::string{kind};
}

}  // namespace

void HttpRoutes::mount(http::Router& router) {
    for (const std::string_view kind : export_names()) {
        router.add("GET", page_path(kind),
                   [this, kind](ServerExchange& exchange, const RouteArguments& arguments) {
                       return answer_page(exchange, kind, arguments.query);
                   });
    }
    router.add("GET", kWorstPath,
               [this](ServerExchange& exchange, const RouteArguments& arguments) {
                   return answer_worst(exchange, arguments.query);
               });
    router.add("GET", kExportPath,
               [this](ServerExchange& exchange, const RouteArguments& arguments) {
                   return answer_export(exchange, arguments.query);
               });
    router.add("GET", kSummaryPath,
               [this](ServerExchange& exchange, const RouteArguments& arguments) {
                   return answer_summary(exchange, arguments.query);
               });
    router.add("GET", kPlotsPath,
               [this](ServerExchange& exchange, const RouteArguments& arguments) {
                   return answer_plots(exchange, arguments.query);
               });
}

void HttpRoutes::mount_none(http::Router& router) {
    const auto add = [&](const std::string& path) {
        router.add("GET", path, [](ServerExchange& exchange, const RouteArguments&) {
            return exchange.respond_error(404, "no history is kept; give a path in [history]");
        });
    };
    for (const std::string_view kind : export_names()) {
        add(page_path(kind));
    }
    add(kWorstPath);
    add(kExportPath);
    add(kSummaryPath);
    add(kPlotsPath);
}

base::Task<void> HttpRoutes::answer_page(ServerExchange& exchange, std::string_view kind,
                                         const Query& query) {
    auto wanted = parse_page(query, kind, clock_.wall_now());
    if (!wanted) {
        co_await exchange.respond_error(400, wanted.error().detail);
        co_return;
    }
    co_await respond_rows(reader_, exchange,
                          std::make_shared<PageJob>(std::move(wanted->rows), wanted->cursor,
                                                    static_cast<std::size_t>(wanted->limit)));
}

base::Task<void> HttpRoutes::answer_worst(ServerExchange& exchange, const Query& query) {
    auto wanted = parse_worst(query, clock_.wall_now());
    if (!wanted) {
        co_await exchange.respond_error(400, wanted.error().detail);
        co_return;
    }
    co_await respond_rows(reader_, exchange,
                          std::make_shared<WorstJob>(std::move(wanted->rows),
                                                     static_cast<std::size_t>(wanted->limit)));
}

base::Task<void> HttpRoutes::answer_export(ServerExchange& exchange, const Query& query) {
    auto wanted = parse_export(query, clock_.wall_now());
    if (!wanted) {
        co_await exchange.respond_error(400, wanted.error().detail);
        co_return;
    }
    const bool is_csv = wanted->format == ExportFormat::kCsv;
    const auto job = std::make_shared<ExportJob>(std::move(wanted->rows), wanted->format);
    auto stream = co_await reader_.open_stream(job);
    if (!stream) {
        co_await respond_unavailable(exchange, stream.error());
        co_return;
    }
    const std::string type = is_csv ? "text/csv" : "application/x-ndjson";
    const bool has_body = co_await exchange.start_stream(type, no_store());
    while (has_body) {
        const auto piece = co_await stream->next();
        if (!piece) {
            // The status is out: what is cut off is not complete.
            throw boost::system::system_error{boost::asio::error::timed_out};
        }
        if (!*piece) {
            co_return;
        }
        co_await exchange.write(**piece);
    }
}

base::Task<void> HttpRoutes::answer_summary(ServerExchange& exchange, const Query& query) {
    const auto wanted = parse_summary(query, clock_.wall_now());
    if (!wanted) {
        co_await exchange.respond_error(400, wanted.error().detail);
        co_return;
    }
    co_await respond_report(reader_, exchange,
                            std::make_shared<ReportJob>(wanted->window, wanted->format),
                            std::string{content_type(wanted->format)});
}

base::Task<void> HttpRoutes::answer_plots(ServerExchange& exchange, const Query& query) {
    const auto wanted = parse_summary(query, clock_.wall_now());
    if (!wanted) {
        co_await exchange.respond_error(400, wanted.error().detail);
        co_return;
    }
    const auto job = std::make_shared<ReportJob>(wanted->window, Detail::kPlots, plots_json);
    co_await respond_report(reader_, exchange, job, "application/json");
}

}  // namespace history
