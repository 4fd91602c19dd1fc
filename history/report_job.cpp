#include "history/report_job.hpp"

#include "history/session.hpp"

namespace history {

void ReportJob::run(Session& session) {
    Connection& connection = session.connection();
    text_ = report(summarize(connection, find_window(connection, window_)), format_);
}

}  // namespace history
