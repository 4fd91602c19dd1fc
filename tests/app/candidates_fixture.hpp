#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>

#include "app/candidates_keeper.hpp"
#include "config/node_options.hpp"
#include "logging/log.hpp"
#include "tests/support/loop.hpp"

namespace tests {

/// A directory of the test's own, gone with it.
class CandidatesFolder {
  public:
    CandidatesFolder() {
        std::string name =
            (std::filesystem::temp_directory_path() / "headmon-candidates-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    CandidatesFolder(const CandidatesFolder&) = delete;
    CandidatesFolder& operator=(const CandidatesFolder&) = delete;
    ~CandidatesFolder() { std::filesystem::remove_all(path_); }

    [[nodiscard]] std::string text() const { return path_.string(); }
    [[nodiscard]] std::string file(const char* name) const { return (path_ / name).string(); }
    [[nodiscard]] bool has(const char* name) const { return std::filesystem::exists(path_ / name); }
    [[nodiscard]] std::string read(const char* name) const {
        std::ifstream file{path_ / name};
        return {std::istreambuf_iterator<char>{file}, {}};
    }

  private:
    std::filesystem::path path_;
};

inline std::vector<monitor::Candidate> candidates_of(const std::vector<std::string>& nodes) {
    return config::name_nodes(config::parse_nodes(nodes, "").value(), "salt").value();
}

/// A config of these nodes whose content is called `mark`.
inline config::Config config_with(const std::vector<std::string>& nodes, const std::string& mark,
                                  const std::string& state_directory = "") {
    config::Config config;
    config.candidates = candidates_of(nodes);
    config.content_mark = mark;
    config.state.directory = state_directory;
    return config;
}

inline api::CandidateRequest request_of(const std::string& entries) {
    api::CandidateRequest request;
    request.body = "{\"candidates\":[" + entries + "]}";
    return request;
}

inline std::vector<std::string> names_of(const api::CandidateList& list) {
    std::vector<std::string> names;
    for (const api::ShownCandidate& candidate : list.candidates) {
        names.push_back(candidate.name);
    }
    return names;
}

/// A keeper on a loop of its own, with the list that it changes.
struct KeptCandidates {
    explicit KeptCandidates(const config::Config& config)
        : keeper{loop.get_executor(), list, log, config} {
        REQUIRE(list.replace(keeper.nodes()).has_value());
    }

    /// Starts a change; its result is there once the loop has turned enough.
    std::shared_ptr<std::optional<api::CandidateResult>> start(api::CandidateRequest request) {
        auto result = std::make_shared<std::optional<api::CandidateResult>>();
        const auto on_end = [result](const std::exception_ptr& error, api::CandidateResult ended) {
            REQUIRE_FALSE(error);
            *result = std::move(ended);
        };
        boost::asio::co_spawn(loop, keeper.change(std::move(request)), on_end);
        return result;
    }
    api::CandidateResult change(api::CandidateRequest request) {
        const auto result = start(std::move(request));
        run_until(loop, [&] { return result->has_value(); });
        return std::move(**result);
    }
    /// The names of the list that the monitor follows.
    std::vector<std::string> followed() {
        std::vector<std::string> names;
        for (const monitor::Candidate& candidate : list.read()) {
            names.push_back(candidate.id.name());
        }
        return names;
    }

    boost::asio::io_context loop;
    monitor::CandidateList list{loop.get_executor()};
    logging::Log log{logging::LogOptions{logging::LogFormat::kText, logging::LogLevel::kError}};
    app::CandidatesKeeper keeper;
};

}  // namespace tests
