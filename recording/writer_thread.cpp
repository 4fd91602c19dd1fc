#include "recording/writer_thread.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <system_error>
#include <utility>

#include "base/detached_thread.hpp"
#include "base/printable.hpp"
#include "recording/file_writer.hpp"
#include "recording/folder.hpp"

namespace recording {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kLastWords{2};

struct Piece {
    std::string line;
    /// In its place, of a new file: what says again what is known.
    WriterThread::FirstLines first_lines;
    /// All that were lost by then.
    std::uint64_t lost = 0;
};

}  // namespace

/// Shared with the thread, which may outlive its owner while the disk hangs.
class WriterThread::Impl {
  public:
    Impl(std::string directory, WriterLimits limits, std::uint64_t next_number)
        : directory_{std::move(directory)}, limits_{limits}, next_number_{next_number} {}

    void run() {
        std::unique_lock lock{mutex_};
        while (true) {
            const auto flush_at = unflushed_since_ ? *unflushed_since_ + limits_.flush_after
                                                   : Clock::time_point::max();
            const auto is_due = [this] { return !pieces_.empty() || is_ending_; };
            if (flush_at == Clock::time_point::max()) {
                woken_.wait(lock, is_due);
            } else {
                woken_.wait_until(lock, flush_at, is_due);
            }
            if (!pieces_.empty()) {
                std::deque<Piece> pieces;
                pieces.swap(pieces_);
                queued_bytes_ = 0;
                work(lock, [&] { write(pieces); });
            } else if (is_ending_) {
                break;
            }
            if (unflushed_since_ && Clock::now() >= *unflushed_since_ + limits_.flush_after) {
                work(lock, [this] { flush(); });
            }
        }
        work(lock, [this] { end_file(); });
        has_ended_ = true;
        ended_.notify_all();
    }

    void end() {
        std::unique_lock lock{mutex_};
        is_ending_ = true;
        woken_.notify_all();
        ended_.wait_for(lock, kLastWords, [this] { return has_ended_; });
    }

    void begin_file(FirstLines lines) {
        const std::scoped_lock lock{mutex_};
        needs_new_file_ = false;
        put({{}, std::move(lines), counts_.lost});
    }

    bool try_put(std::string line) {
        const std::scoped_lock lock{mutex_};
        if (needs_new_file_) {
            ++counts_.lost;
            return false;
        }
        if (queued_bytes_ + line.size() > limits_.queue_bytes_max) {
            needs_new_file_ = true;
            retry_at_ = Clock::now();
            counts_.problem = "the disk does not take what comes";
            ++counts_.failures;
            ++counts_.lost;
            return false;
        }
        put({std::move(line), nullptr, 0});
        return true;
    }

    [[nodiscard]] bool needs_new_file() const {
        const std::scoped_lock lock{mutex_};
        return needs_new_file_;
    }
    [[nodiscard]] bool may_begin_file() const {
        const std::scoped_lock lock{mutex_};
        return Clock::now() >= retry_at_ && queued_bytes_ < limits_.queue_bytes_max / 2;
    }
    [[nodiscard]] WriterCounts counts() const {
        const std::scoped_lock lock{mutex_};
        return counts_;
    }

  private:
    /// With the lock.
    void put(Piece piece) {
        queued_bytes_ += piece.line.size();
        pieces_.push_back(std::move(piece));
        woken_.notify_one();
    }

    /// Something with the file, without the lock; what goes wrong with it ends the file.
    template <class Work>
    void work(std::unique_lock<std::mutex>& lock, Work work) {
        std::string problem;
        lock.unlock();
        try {
            work();
        } catch (const WriteError& error) {
            problem = error.what();
            failed_lines_ += std::exchange(unflushed_, 0);
            close_file();
        }
        lock.lock();
        note(problem);
    }

    void write(const std::deque<Piece>& pieces) {
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            try {
                write(pieces[i]);
            } catch (const WriteError&) {
                failed_lines_ += lines_in(pieces, i);
                throw;
            }
        }
    }

    void write(const Piece& piece) {
        if (piece.first_lines) {
            begin_file();
            file_->write(piece.first_lines(piece.lost - told_lost_));
            telling_lost_ = piece.lost;
        } else {
            // A file that failed takes nothing more until another one is begun.
            assert(file_);
            file_->write(piece.line);
            ++unflushed_;
        }
        if (!unflushed_since_) {
            unflushed_since_ = Clock::now();
        }
    }

    void flush() {
        unflushed_since_.reset();
        file_->flush();
        is_on_disk();
    }

    /// Lines from that piece on that no file says again.
    static std::uint64_t lines_in(const std::deque<Piece>& pieces, std::size_t from) {
        return static_cast<std::uint64_t>(
            std::count_if(pieces.begin() + static_cast<std::ptrdiff_t>(from), pieces.end(),
                          [](const Piece& piece) { return piece.first_lines == nullptr; }));
    }

    void begin_file() {
        end_file();
        const std::string path = directory_ + "/" + file_name(next_number_);
        file_ = std::make_unique<FileWriter>(path);
        ++next_number_;
        ++begun_;
        delete_old(next_number_ - 1);
    }

    void end_file() {
        if (file_) {
            file_->end();
            is_on_disk();
            close_file();
        }
    }

    /// All that was written can be read.
    void is_on_disk() {
        unflushed_ = 0;
        told_lost_ = telling_lost_;
    }

    void close_file() {
        if (file_) {
            written_bytes_ += file_->bytes();
            other_bytes_ += file_->bytes();
            file_.reset();
        }
        unflushed_since_.reset();
    }

    /// What cannot be deleted is tried again with the next file.
    void delete_old(std::uint64_t current) {
        const auto files = list_files(directory_);
        if (!files) {
            return;
        }
        std::uint64_t bytes = 0;
        for (const RecordingFile& file : *files) {
            bytes += file.bytes;
        }
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        for (const RecordingFile& file : *files) {
            const bool is_old = now - std::chrono::seconds{file.changed} > limits_.age_max;
            if (file.number >= current || (bytes <= limits_.bytes_max && !is_old)) {
                break;
            }
            std::error_code failed;
            if (std::filesystem::remove(file.path, failed)) {
                bytes -= file.bytes;
            }
        }
        // The current one has no bytes yet.
        other_bytes_ = bytes;
    }

    /// With the lock.
    void note(const std::string& problem) {
        counts_.files = begun_;
        const std::uint64_t current = file_ ? file_->bytes() : 0;
        counts_.bytes = written_bytes_ + current;
        counts_.directory_bytes = other_bytes_ + current;
        if (!problem.empty()) {
            // What waits was to go on in the file that failed; the next one begins anew.
            counts_.lost += std::exchange(failed_lines_, 0) + lines_in(pieces_, 0);
            pieces_.clear();
            queued_bytes_ = 0;
            ++counts_.failures;
            counts_.problem = problem;
            needs_new_file_ = true;
            retry_at_ = Clock::now() + limits_.retry_after;
        } else if (file_ && !needs_new_file_) {
            counts_.problem.clear();
        }
    }

    const std::string directory_;
    const WriterLimits limits_;

    mutable std::mutex mutex_;
    std::condition_variable woken_;
    std::condition_variable ended_;
    std::deque<Piece> pieces_;
    std::size_t queued_bytes_ = 0;
    bool needs_new_file_ = true;
    Clock::time_point retry_at_{};
    bool is_ending_ = false;
    bool has_ended_ = false;
    WriterCounts counts_;

    // Of the thread alone.
    std::uint64_t next_number_;
    std::uint64_t begun_ = 0;
    std::uint64_t written_bytes_ = 0;
    /// Of the files beside the current one.
    std::uint64_t other_bytes_ = 0;
    /// Lines that went with a file that failed, and are not counted yet.
    std::uint64_t failed_lines_ = 0;
    /// Of those that are lost: what the files say, and with the current one.
    std::uint64_t told_lost_ = 0;
    std::uint64_t telling_lost_ = 0;
    /// Lines of the current file that a crash would lose.
    std::uint64_t unflushed_ = 0;
    std::unique_ptr<FileWriter> file_;
    std::optional<Clock::time_point> unflushed_since_;
};

base::Result<std::unique_ptr<WriterThread>> WriterThread::start(std::string directory,
                                                                WriterLimits limits) {
    const std::string shown = base::printable(directory, 400);
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
        return base::bad_value("cannot make the directory " + shown +
                               " for the recording: " + std::generic_category().message(errno));
    }
    const auto files = list_files(directory);
    if (!files) {
        return files.error();
    }
    const std::uint64_t next = files->empty() ? 1 : files->back().number + 1;
    auto impl = std::make_shared<Impl>(std::move(directory), limits, next);
    base::start_detached_thread([impl] { impl->run(); });
    return std::unique_ptr<WriterThread>{new WriterThread{std::move(impl)}};
}

WriterThread::WriterThread(std::shared_ptr<Impl> impl) : impl_{std::move(impl)} {}

WriterThread::~WriterThread() {
    impl_->end();
}

bool WriterThread::needs_new_file() const {
    return impl_->needs_new_file();
}

bool WriterThread::may_begin_file() const {
    return impl_->may_begin_file();
}

void WriterThread::begin_file(FirstLines lines) {
    impl_->begin_file(std::move(lines));
}

bool WriterThread::write(std::string line) {
    return impl_->try_put(std::move(line));
}

WriterCounts WriterThread::counts() const {
    return impl_->counts();
}

}  // namespace recording
