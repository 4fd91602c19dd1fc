#include "history/report_job.hpp"

#include "history/session.hpp"

namespace history {

void ReportJob::run(Session& session) {
    Connection& connection = session.connection();
    text_ = write_(summarize(connection, find_window(connection, window_), detail_));
}

}  // namespace history
