#pragma once

#include <SQLiteCpp/Exception.h>

#include <string>
#include <type_traits>

#include "history/connection.hpp"

// Private to the history: pulls in SQLiteCpp.
namespace history {

/// What `work` returns, or why the database does not.
template <class Work>
auto guarded(const std::string& path, const Work& work) {
    using Value = decltype(work());
    using Answer = std::conditional_t<std::is_same_v<Value, Result<void>>, Value, Result<Value>>;
    try {
        return Answer{work()};
    } catch (const DatabaseFailure& failure) {
        return Answer{failure.error};
    } catch (const SQLite::Exception& error) {
        return Answer{describe_failure(path, error.getExtendedErrorCode(), error.what())};
    }
}

}  // namespace history
