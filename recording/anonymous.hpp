#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "recording/entry.hpp"
#include "recording/standing.hpp"

namespace recording {

/// Takes out of a recording who its owner is: names of nodes become `node-1` and so on, in the
/// order in which they come; versions the name of the client alone; texts in which nodes say what
/// they refuse are left out. What is of the chain stays. Pure; told each entry in order.
class Anonymous {
  public:
    [[nodiscard]] Entry apply(Entry entry);

  private:
    [[nodiscard]] std::string name_of(const std::string& node);
    void hide(Started& event);
    void hide(Listed& event);
    void hide(StreamOpening& event);
    void hide(StreamEnd& event) const;
    void hide(Requested& event);
    void hide(Answered& event);
    void hide(ServiceFact& event) const;
    template <class Event>
    void hide(Event& /*event*/) const {}

    std::map<std::string, std::string> names_;
    /// Requests for a version that are on their way.
    std::map<std::uint64_t, std::string> paths_;
};

}  // namespace recording
