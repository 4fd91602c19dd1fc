#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.hpp"
#include "http/router.hpp"

namespace history {

class Reader;

/// What the API answers from the history, `GET /v1/history/…`: docs/api.md. Puts its routes on a
/// router that is another output's, which asks nobody who may read them. Lives on the event loop.
class HttpRoutes {
  public:
    /// Rows of a page, unless the request says otherwise, and at most.
    static constexpr std::uint64_t kRows = 100;
    static constexpr std::uint64_t kRowsMax = 1000;

    /// Both outlive it.
    HttpRoutes(Reader& reader, base::Clock& clock) : reader_{reader}, clock_{clock} {}
    HttpRoutes(const HttpRoutes&) = delete;
    HttpRoutes& operator=(const HttpRoutes&) = delete;

    /// It outlives the router.
    void mount(http::Router& router);
    /// Where no history is kept: the same paths answer 404 and say how one is.
    static void mount_none(http::Router& router);

  private:
    [[nodiscard]] base::Task<void> answer_page(http::ServerExchange& exchange,
                                               std::string_view kind, const http::Query& query);
    [[nodiscard]] base::Task<void> answer_worst(http::ServerExchange& exchange,
                                                const http::Query& query);
    [[nodiscard]] base::Task<void> answer_export(http::ServerExchange& exchange,
                                                 const http::Query& query);
    [[nodiscard]] base::Task<void> answer_summary(http::ServerExchange& exchange,
                                                  const http::Query& query);

    [[nodiscard]] base::Task<void> answer_plots(http::ServerExchange& exchange,
                                                const http::Query& query);

    Reader& reader_;
    base::Clock& clock_;
};

}  // namespace history
