#include "history/record_job.hpp"

#include "history/session.hpp"

namespace history {

void RecordJob::run(Session& session) {
    session.recorder().record(*batch_, session.connection());
}

}  // namespace history
