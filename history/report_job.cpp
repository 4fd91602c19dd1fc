#include "history/report_job.hpp"

#include "history/session.hpp"

namespace history {

void ReportJob::run(Session& session) {
    Connection& connection = session.connection();
    const Summary summary =
        summarize(connection, find_window(connection, window_), detail_of(format_));
    text_ = report(summary, format_);
}

}  // namespace history
