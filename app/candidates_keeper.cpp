#include "app/candidates_keeper.hpp"

#include <fmt/format.h>

#include <random>
#include <utility>

#include <boost/asio/post.hpp>

#include "base/printable.hpp"

namespace app {
namespace {

using api::CandidateRefusal;
using api::CandidateResult;
using logging::LogLevel;
using logging::LogLine;
using Reason = CandidateRefusal::Reason;

/// Eight hex digits that no earlier start had, but for one in four billion.
std::string make_revision_start() {
    return fmt::format("{:08x}", std::uint32_t{std::random_device{}()});
}

/// Of names, as much as a log line takes.
std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) {
        text.append(text.empty() ? "" : ",").append(name);
    }
    return base::printable(text, 400);
}

}  // namespace

CandidatesKeeper::CandidatesKeeper(boost::asio::any_io_executor loop, monitor::CandidateList& list,
                                   logging::Log& log, const config::Config& config)
    : loop_{std::move(loop)},
      list_{list},
      log_{log},
      state_{config.candidates, config.content_mark, make_revision_start(),
             config::machine_salt()} {
    if (!config.state.directory.empty()) {
        file_.emplace(config.state.directory);
        read_saved();
    }
}

CandidatesKeeper::~CandidatesKeeper() {
    if (thread_) {
        thread_->join();
    }
}

void CandidatesKeeper::read_saved() {
    const auto say = [this](LogLevel level, std::string message, logging::LogField field) {
        start_lines_.push_back(LogLine{level, std::move(message), {std::move(field)}});
    };
    const auto text = file_->read();
    if (text && !*text) {
        return;
    }
    const auto used =
        text ? state_.take_saved(**text) : base::Result<CandidatesState::SavedUse>{text.error()};
    if (!used) {
        const std::string problem =
            text ? base::printable(file_->path(), 400) + ": " + used.error().detail
                 : used.error().detail;
        say(LogLevel::kWarning, "the saved nodes cannot be read: those of the config are followed",
            {"problem", problem});
    } else if (*used == CandidatesState::SavedUse::kFollowed) {
        say(LogLevel::kInfo,
            "following the nodes that were set over the API: the config has not changed since",
            {"file", base::printable(file_->path(), 400)});
    } else {
        say(LogLevel::kInfo,
            "following the nodes of the config: it has changed since others were set over the API",
            {"removed", base::printable(file_->path(), 400)});
        if (const auto removed = file_->remove(); !removed) {
            say(LogLevel::kWarning, "the saved nodes cannot be removed",
                {"problem", removed.error().detail});
        }
    }
}

base::Result<CandidatesKeeper::ConfigUse> CandidatesKeeper::take_config(
    const config::Config& config) {
    if (state_.holds_over(config.content_mark)) {
        return ConfigUse::kSavedStay;
    }
    const auto replaced = list_.replace(config.candidates);
    if (!replaced) {
        return replaced.error();
    }
    if (state_.is_from_api()) {
        log_.write(LogLine{
            LogLevel::kInfo,
            "the nodes that were set over the API are followed no longer: the config has changed",
            {}});
        remove_saved();
    }
    state_.take_config(config.candidates, config.content_mark);
    return *replaced ? ConfigUse::kNewNodes : ConfigUse::kSameNodes;
}

base::Task<CandidateResult> CandidatesKeeper::change(api::CandidateRequest request) {
    auto plan = state_.plan(request);
    if (!plan) {
        co_return plan.error();
    }
    if (request.is_dry_run) {
        co_return std::move(plan->change);
    }
    if (pending_) {
        CandidateRefusal busy{Reason::kBusy, "the list is being changed; try again"};
        co_return busy;
    }
    if (!plan->change.is_changed) {
        co_return std::move(plan->change);
    }
    const auto pending = std::make_shared<Pending>(loop_, std::move(*plan));
    begin(pending);
    // Whoever asked may be gone by then: the change goes its way all the same.
    co_await pending->done.wait();
    co_return std::move(*pending->result);
}

void CandidatesKeeper::begin(const std::shared_ptr<Pending>& pending) {
    pending_ = pending;
    if (!file_) {
        finish(*pending, {});
        return;
    }
    const auto write = [this, pending, text = pending->plan.saved_text, loop = loop_, file = *file_,
                        alive = std::weak_ptr<int>{alive_}] {
        auto saved = file.write(text);
        boost::asio::post(loop, [this, pending, alive, saved = std::move(saved)] {
            if (!alive.expired()) {
                finish(*pending, saved);
            }
        });
    };
    boost::asio::post(thread(), write);
}

void CandidatesKeeper::finish(Pending& pending, const base::Result<void>& saved) {
    pending.result = put_in_force(std::move(pending.plan), saved);
    pending.done.notify();
    pending_.reset();
}

CandidateResult CandidatesKeeper::put_in_force(CandidatesPlan plan,
                                               const base::Result<void>& saved) {
    if (!saved) {
        log_.write(LogLine{LogLevel::kError,
                           "the nodes set over the API cannot be saved; the old nodes stay",
                           {{"problem", saved.error().detail}}});
        return CandidateRefusal{Reason::kNotSaved,
                                "the list cannot be saved, so nothing was changed; headmon's log "
                                "says why"};
    }
    if (state_.is_outdated(plan)) {
        // The config was read again meanwhile, with another content.
        remove_saved();
        return CandidateRefusal{Reason::kOutdated,
                                "the config has changed meanwhile, and its nodes are followed"};
    }
    api::CandidateChange change = std::move(plan.change);
    state_.adopt(std::move(plan), file_.has_value());
    if (const auto replaced = list_.replace(state_.nodes()); !replaced) {
        return CandidateRefusal{Reason::kInvalid, replaced.error().detail};
    }
    change.list = state_.list();
    log_.write(LogLine{LogLevel::kInfo,
                       file_ ? "nodes changed over the API, and saved"
                             : "nodes changed over the API until the next start: there is no state "
                               "directory to save them in",
                       {{"nodes", static_cast<std::int64_t>(state_.nodes().size())},
                        {"opens", joined(change.opens)},
                        {"closes", joined(change.closes)}}});
    return change;
}

void CandidatesKeeper::remove_saved() {
    if (!file_) {
        return;
    }
    const auto remove = [this, loop = loop_, file = *file_, alive = std::weak_ptr<int>{alive_}] {
        const auto removed = file.remove();
        if (removed) {
            return;
        }
        boost::asio::post(loop, [this, alive, problem = removed.error().detail] {
            if (!alive.expired()) {
                log_.write(LogLine{LogLevel::kWarning,
                                   "the saved nodes cannot be removed",
                                   {{"problem", problem}}});
            }
        });
    };
    boost::asio::post(thread(), remove);
}

boost::asio::thread_pool& CandidatesKeeper::thread() {
    if (!thread_) {
        thread_ = std::make_unique<boost::asio::thread_pool>(1);
    }
    return *thread_;
}

}  // namespace app
