#include "chain/head.hpp"

#include <cassert>

namespace chain {

std::string_view to_string(PayloadStatus status) {
    switch (status) {
        case PayloadStatus::kEmpty:
            return "empty";
        case PayloadStatus::kFull:
            return "full";
    }
    assert(false);
    return "unknown";
}

}  // namespace chain
