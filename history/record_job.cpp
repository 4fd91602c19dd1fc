#include "history/record_job.hpp"

#include "history/session.hpp"

namespace history {

void RecordJob::run(Session& session) {
    Connection& connection = session.connection();
    session.recorder().record(*batch_, connection);
    const auto number = [&](const char* sql) {
        return connection.database().execAndGet(sql).getInt64();
    };
    file_bytes_ =
        static_cast<std::uint64_t>(number("PRAGMA page_count") * number("PRAGMA page_size"));
}

}  // namespace history
