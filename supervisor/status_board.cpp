#include "supervisor/status_board.hpp"

#include <utility>

namespace supervisor {

bool StatusBoard::add(Status status) {
    if (!places_.emplace(status.service, all_.size()).second) {
        return false;
    }
    all_.push_back(std::move(status));
    return true;
}

Status& StatusBoard::at(const std::string& path) {
    return all_.at(places_.at(path));
}

}  // namespace supervisor
