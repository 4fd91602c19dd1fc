#include "supervisor/shutdown.hpp"

#include <csignal>
#include <utility>

#include "supervisor/policy.hpp"

namespace supervisor {

std::string signal_name(int signal) {
    switch (signal) {
        case SIGTERM:
            return "SIGTERM";
        case SIGINT:
            return "SIGINT";
        default:
            return "signal " + std::to_string(signal);
    }
}

Shutdown::Shutdown(ShutdownLimits limits) : limits_{limits} {}

void Shutdown::start_drain(base::Duration limit, base::MonoTime now) {
    if (phase_ == Phase::kRunning) {
        phase_ = Phase::kDraining;
        drain_began_ = now;
    }
    if (!deadline_ || now + limit < *deadline_) {
        deadline_ = now + limit;
    }
}

void Shutdown::signalled(int signal, base::MonoTime now) {
    if (phase_ == Phase::kOver) {
        return;
    }
    ++signals_;
    if (signals_ > 1) {
        later_cause_ += ", at once by a second signal, " + signal_name(signal);
        deadline_ = now;
        phase_ = Phase::kOver;
        return;
    }
    if (phase_ == Phase::kRunning) {
        first_cause_ = "stopped by " + signal_name(signal);
    } else {
        later_cause_ += ", then told to stop by " + signal_name(signal);
    }
    start_drain(limits_.drain, now);
}

void Shutdown::asked(std::string why, base::MonoTime now) {
    if (phase_ != Phase::kRunning) {
        return;
    }
    first_cause_ = "stopped: " + std::move(why);
    start_drain(limits_.drain, now);
}

void Shutdown::fatal(const std::string& service, const std::string& reason, base::MonoTime now) {
    if (phase_ == Phase::kOver || is_fatal_) {
        return;
    }
    is_fatal_ = true;
    if (phase_ == Phase::kRunning) {
        first_cause_ = "ended by " + service + ": " + reason;
    } else {
        later_cause_ += ", meanwhile " + service + " ended: " + reason;
    }
    start_drain(limits_.drain_after_fatal, now);
}

void Shutdown::ended() {
    if (phase_ == Phase::kRunning) {
        // The root ends when it is cancelled, or by a fatal end; this is a bug, and no clean end.
        is_fatal_ = true;
        first_cause_ = "ended by itself";
    }
    phase_ = Phase::kOver;
}

void Shutdown::passed(base::MonoTime now) {
    if (phase_ == Phase::kDraining && now >= *deadline_) {
        phase_ = Phase::kOver;
        timed_out_after_ = *deadline_ - drain_began_;
    }
}

std::string Shutdown::cause() const {
    return first_cause_ + later_cause_;
}

ProgramExit Shutdown::program_exit(const std::vector<std::string>& running) const {
    ProgramExit result;
    result.line = cause();
    result.abandoned = !running.empty();
    result.exit_code = is_fatal_ || signals_ > 1 || result.abandoned ? 1 : 0;
    if (result.abandoned) {
        result.line += "; abandoned";
        if (timed_out_after_) {
            result.line += " after " + to_string(*timed_out_after_);
        }
        result.line += ":";
        for (const std::string& service : running) {
            result.line += " " + service;
        }
    }
    return result;
}

}  // namespace supervisor
