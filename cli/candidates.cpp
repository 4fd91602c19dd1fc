#include "cli/candidates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "app/error_line.hpp"
#include "app/event_loop.hpp"
#include "app/exit_code.hpp"
#include "base/printable.hpp"
#include "base/system_clock.hpp"
#include "cli/api_place.hpp"
#include "files/bounded_file.hpp"
#include "http/client.hpp"

namespace cli {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr std::chrono::seconds kDeadline{20};
/// Another one may be changing the list at this moment.
constexpr int kTriesMax = 10;
constexpr milliseconds kBetweenTries{200};

/// NAME=URL, URL or NAME as an entry of the list.
json::object entry_of(const std::string& text) {
    json::object entry;
    const auto scheme = text.find("://");
    const auto equals = text.find('=');
    if (equals < scheme) {
        entry["name"] = text.substr(0, equals);
        entry["url"] = text.substr(equals + 1);
    } else {
        entry[scheme == std::string::npos ? "name" : "url"] = text;
    }
    return entry;
}

json::array read_entries(const CandidatesArguments& arguments) {
    json::array entries;
    for (const std::string& text : arguments.entries) {
        entries.push_back(entry_of(text));
    }
    if (arguments.file.empty()) {
        return entries;
    }
    const bool is_input = arguments.file == "-";
    const std::string name = is_input ? "standard input" : base::printable(arguments.file, 400);
    const auto text = files::read_bounded_file(is_input ? "/dev/stdin" : arguments.file,
                                               files::FileKinds::kStreamsToo);
    if (!text) {
        throw usage_failure(name + ": " + text.error().detail);
    }
    json::error_code error;
    const json::value root = json::parse(*text, error);
    const json::object* const object = error ? nullptr : root.if_object();
    const json::value* const list = object == nullptr ? nullptr : object->if_contains("candidates");
    if (list == nullptr || !list->is_array()) {
        throw usage_failure(name +
                            R"(: this is no JSON object such as {"candidates":[{"name":"beta",)"
                            R"("url":"http://HOST:PORT"}]})");
    }
    entries.insert(entries.end(), list->get_array().begin(), list->get_array().end());
    return entries;
}

std::string text_at(const json::object& object, std::string_view key) {
    const json::value* const value = object.if_contains(key);
    return value != nullptr && value->is_string()
               ? base::printable(std::string{value->get_string()}, 400)
               : "";
}

bool flag_at(const json::object& object, std::string_view key) {
    const json::value* const value = object.if_contains(key);
    return value != nullptr && value->is_bool() && value->get_bool();
}

json::array array_at(const json::object& object, std::string_view key) {
    const json::value* const value = object.if_contains(key);
    return value != nullptr && value->is_array() ? value->get_array() : json::array{};
}

/// The names of the nodes that `list` has.
std::vector<std::string> names_in(const json::object& list) {
    std::vector<std::string> names;
    for (const json::value& candidate : array_at(list, "candidates")) {
        if (candidate.is_object()) {
            names.push_back(text_at(candidate.get_object(), "name"));
        }
    }
    return names;
}

std::string list_text(const json::object& list) {
    const json::array candidates = array_at(list, "candidates");
    std::size_t width = 0;
    for (const std::string& name : names_in(list)) {
        width = std::max(width, name.size());
    }
    std::string text;
    for (const json::value& candidate : candidates) {
        if (const json::object* const one = candidate.if_object()) {
            text +=
                fmt::format("{:{}}  {}\n", text_at(*one, "name"), width, text_at(*one, "origin"));
        }
    }
    const bool is_from_api = text_at(list, "source") == "api";
    return text + fmt::format("{} {}, {}\n", candidates.size(),
                              candidates.size() == 1 ? "node" : "nodes",
                              !is_from_api                ? "of the config"
                              : flag_at(list, "is_saved") ? "set over the API, and saved"
                                                          : "set over the API, and not saved");
}

std::string change_text(const json::object& change) {
    std::string text;
    for (const char* const what : {"opens", "closes", "reopens"}) {
        for (const json::value& name : array_at(change, what)) {
            if (name.is_string()) {
                text += fmt::format("{:8} {}\n", what,
                                    base::printable(std::string{name.get_string()}, 400));
            }
        }
    }
    if (!flag_at(change, "is_changed")) {
        return "nothing changes: these nodes are followed already\n";
    }
    if (flag_at(change, "is_dry_run")) {
        return text + "a dry run: nothing was changed\n";
    }
    return text + (flag_at(change, "is_saved")
                       ? "changed, and saved for the next start\n"
                       : "changed until the next start: headmon has no state directory\n");
}

/// The list that `add` or `remove` makes of the one in force.
json::array changed_list(const CandidatesArguments& arguments, const json::array& entries,
                         const json::object& now) {
    std::vector<std::string> names = names_in(now);
    if (arguments.action == "remove") {
        for (const std::string& name : arguments.entries) {
            const auto found = std::find(names.begin(), names.end(), name);
            if (found == names.end()) {
                throw usage_failure("no node is called " +
                                    (name.find("://") == std::string::npos
                                         ? base::printable(name, 64)
                                         : std::string{"so"}) +
                                    "; headmon candidates get lists their names");
            }
            names.erase(found);
        }
    }
    json::array list;
    for (const std::string& name : names) {
        list.push_back(json::object{{"name", name}});
    }
    if (arguments.action == "add") {
        list.insert(list.end(), entries.begin(), entries.end());
    }
    return list;
}

/// One run of the command.
class CandidatesCommand {
  public:
    CandidatesCommand(base::Clock& clock, http::Client& client,
                      const CandidatesArguments& arguments, ApiPlace place, json::array entries)
        : clock_{clock},
          client_{client},
          arguments_{arguments},
          place_{std::move(place)},
          // In braces it would be an array in an array.
          entries_(std::move(entries)) {}

    base::Task<void> run() {
        try {
            if (arguments_.action == "get") {
                const std::string body = co_await ask(std::nullopt, "");
                output_ = arguments_.is_json ? body + "\n" : list_text(object_of(body));
            } else {
                const std::string body = co_await change();
                output_ = arguments_.is_json ? body + "\n" : change_text(object_of(body));
            }
        } catch (const CommandFailure& failure) {
            failure_ = failure;
        }
    }

    [[nodiscard]] const std::optional<CommandFailure>& failure() const { return failure_; }
    [[nodiscard]] const std::string& output() const { return output_; }

  private:
    base::Task<std::string> change() {
        for (int tries = 1;; ++tries) {
            std::string revision;
            json::array list = entries_;
            if (arguments_.action != "set") {
                const std::string body = co_await ask(std::nullopt, "");
                const json::object now = object_of(body);
                revision = text_at(now, "revision");
                list = changed_list(arguments_, entries_, now);
            }
            json::object body;
            body["candidates"] = std::move(list);
            std::optional<std::string> changed =
                co_await put(json::serialize(body), std::move(revision), tries < kTriesMax);
            if (changed) {
                co_return std::move(*changed);
            }
            co_await clock_.sleep_until(clock_.now() + kBetweenTries);
        }
    }

    /// Nothing when the list is being changed by somebody else, and `may_wait`.
    base::Task<std::optional<std::string>> put(std::string text, std::string revision,
                                               bool may_wait) {
        try {
            std::string body = co_await ask(std::move(text), std::move(revision));
            co_return std::optional<std::string>{std::move(body)};
        } catch (const CommandFailure&) {
            if (!may_wait || (status_ != 412 && status_ != 503)) {
                throw;
            }
        }
        co_return std::nullopt;
    }

    /// The body of a good answer. Throws CommandFailure.
    base::Task<std::string> ask(std::optional<std::string> text, std::string revision) {
        http::Request request;
        request.endpoint = place_.endpoint;
        const std::string query = text && arguments_.is_dry_run ? "dry_run=true" : "";
        request.endpoint.url = place_.endpoint.url.with_path("/v1/candidates", query);
        request.accept = "application/json";
        if (!revision.empty()) {
            request.endpoint.headers.push_back({"If-Match", "\"" + revision + "\""});
        }
        if (text) {
            request.body = http::RequestBody{"PUT", "application/json", std::move(*text)};
        }
        const http::FetchResult fetched = co_await client_.fetch(std::move(request), kDeadline);
        if (!fetched) {
            const http::FetchError& error = fetched.error();
            throw CommandFailure{
                app::kExitFatal,
                "no headmon answers at " + place_.endpoint.url.origin() + ": " +
                    (error.reason ? std::string{to_string(*error.reason)} + ": " : "") +
                    error.detail + "; start headmon run, or give its address with --api"};
        }
        status_ = fetched->head.status;
        if (status_ != 200) {
            throw refused(fetched->body);
        }
        co_return fetched->body;
    }

    [[nodiscard]] json::object object_of(const std::string& body) const {
        json::error_code error;
        json::value root = json::parse(body, error);
        if (error || !root.is_object()) {
            throw CommandFailure{app::kExitFatal, "something else than headmon answers at " +
                                                      place_.endpoint.url.origin() + " (status " +
                                                      std::to_string(status_) + ")"};
        }
        return std::move(root.get_object());
    }

    [[nodiscard]] CommandFailure refused(const std::string& body) const {
        const std::string message = text_at(object_of(body), "message");
        if (status_ == 401) {
            return CommandFailure{app::kExitFatal,
                                  "headmon does not take the token of " +
                                      base::printable(place_.token_path, 400) +
                                      "; its log names its own token file at the start"};
        }
        if (status_ == 400) {
            return usage_failure(message);
        }
        return CommandFailure{app::kExitFatal,
                              message.empty() ? "status " + std::to_string(status_) : message};
    }

    base::Clock& clock_;
    http::Client& client_;
    const CandidatesArguments& arguments_;
    ApiPlace place_;
    json::array entries_;
    int status_ = 0;
    std::string output_;
    std::optional<CommandFailure> failure_;
};

}  // namespace

int run_candidates(const CandidatesArguments& arguments) {
    try {
        ApiPlace place = find_api_place(arguments);
        json::array entries = read_entries(arguments);
        app::EventLoop loop;
        base::SystemClock clock{loop.executor()};
        http::Client client{loop.executor(), clock};
        CandidatesCommand command{clock, client, arguments, std::move(place), std::move(entries)};
        const auto exit = loop.run(clock, "candidates", [&] { return command.run(); });
        if (!command.failure()) {
            const bool is_out = app::write_text(command.output());
            const int exit_code = app::finish(exit);
            return is_out ? exit_code : app::kExitFatal;
        }
        app::write_error(command.failure()->text);
        (void)app::finish_quietly(exit);
        return command.failure()->exit_code;
    } catch (const CommandFailure& failure) {
        app::write_error(failure.text);
        return failure.exit_code;
    }
}

}  // namespace cli
