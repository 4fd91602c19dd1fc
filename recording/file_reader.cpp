#include "recording/file_reader.hpp"

#include <zstd.h>

#include <cstdio>
#include <cstring>
#include <utility>

#include "base/printable.hpp"
#include "recording/entry_json.hpp"

namespace recording {
namespace {

/// What a file of ours is compressed with, and a little more.
constexpr int kWindowLogMax = 24;

/// The lines of one file.
class Lines {
  public:
    explicit Lines(const std::string& path)
        : file_{std::fopen(path.c_str(), "rbe"), &std::fclose},
          context_{ZSTD_createDCtx(), &ZSTD_freeDCtx},
          in_bytes_(ZSTD_DStreamInSize()),
          out_bytes_(ZSTD_DStreamOutSize()) {
        ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kWindowLogMax);
    }

    [[nodiscard]] bool is_open() const { return file_ != nullptr; }

    /// The next whole line without its end; it lives until the next call. Nothing at the end.
    std::optional<std::string_view> next() {
        while (true) {
            const std::size_t end = text_.find('\n', searched_);
            if (end != std::string::npos) {
                const std::string_view line{text_.data() + begin_, end - begin_};
                begin_ = searched_ = end + 1;
                return line;
            }
            searched_ = text_.size();
            if (text_.size() - begin_ > kLineBytesMax) {
                why_ = "a line is longer than any of ours";
                return std::nullopt;
            }
            if (!read_more()) {
                if (why_.empty() && (begin_ < text_.size() || !is_complete_)) {
                    why_ = "it has no end";
                }
                return std::nullopt;
            }
        }
    }

    /// Why the end that was read is none; empty when it is one.
    [[nodiscard]] const std::string& why() const { return why_; }

  private:
    /// Whether there is more text than before, or may be.
    bool read_more() {
        text_.erase(0, begin_);
        searched_ -= begin_;
        begin_ = 0;
        // Where the last output was full, there may be more of it without more input.
        if (in_.pos == in_.size && !is_out_full_) {
            const std::size_t bytes =
                std::fread(in_bytes_.data(), 1, in_bytes_.size(), file_.get());
            if (bytes == 0) {
                return false;
            }
            in_ = {in_bytes_.data(), bytes, 0};
        }
        ZSTD_outBuffer out{out_bytes_.data(), out_bytes_.size(), 0};
        const std::size_t left = ZSTD_decompressStream(context_.get(), &out, &in_);
        if (ZSTD_isError(left) != 0) {
            why_ = std::string{"it is damaged: "} + ZSTD_getErrorName(left);
            return false;
        }
        is_complete_ = left == 0;
        is_out_full_ = out.pos == out.size;
        text_.append(out_bytes_.data(), out.pos);
        return true;
    }

    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
    std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context_;
    std::vector<char> in_bytes_;
    std::vector<char> out_bytes_;
    ZSTD_inBuffer in_{nullptr, 0, 0};
    std::string text_;
    std::size_t begin_ = 0;
    std::size_t searched_ = 0;
    bool is_complete_ = false;
    bool is_out_full_ = false;
    std::string why_;
};

}  // namespace

class FileReader::Impl {
  public:
    explicit Impl(std::vector<RecordingFile> all) : files{std::move(all)} {}

    base::Result<std::optional<Entry>> next() {
        while (place_ < files.size()) {
            const std::string& path = files[place_].path;
            if (!lines_) {
                lines_ = std::make_unique<Lines>(path);
                line_ = 0;
                if (!lines_->is_open()) {
                    return base::bad_value("cannot read " + base::printable(path, 400) + ": " +
                                           std::strerror(errno));
                }
            }
            const auto line = lines_->next();
            if (!line) {
                if (!lines_->why().empty()) {
                    torn.push_back({path, lines_->why()});
                }
                lines_.reset();
                ++place_;
                continue;
            }
            ++line_;
            auto entry = reader_.read(*line);
            if (entry) {
                return std::optional{std::move(*entry)};
            }
            if (entry.error() != base::Error{base::ErrorCode::kBadValue, "entry"}) {
                return base::bad_value(base::printable(path, 400) + ", line " +
                                       std::to_string(line_) + ": " + to_string(entry.error()));
            }
            ++unknown;
        }
        return std::optional<Entry>{};
    }

    std::vector<RecordingFile> files;
    std::vector<Torn> torn;
    std::uint64_t unknown = 0;

  private:
    LineReader reader_;
    std::size_t place_ = 0;
    std::size_t line_ = 0;
    std::unique_ptr<Lines> lines_;
};

FileReader::FileReader(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
FileReader::FileReader(FileReader&&) noexcept = default;
FileReader& FileReader::operator=(FileReader&&) noexcept = default;
FileReader::~FileReader() = default;

base::Result<FileReader> FileReader::open(const std::string& directory) {
    auto files = list_files(directory);
    if (!files) {
        return files.error();
    }
    if (files->empty()) {
        return base::bad_value("no recording in " + base::printable(directory, 400) +
                               ": its files are called " + file_name(1) + " and so on");
    }
    return FileReader{std::make_unique<Impl>(std::move(*files))};
}

base::Result<std::optional<Entry>> FileReader::next() {
    return impl_->next();
}

const std::vector<RecordingFile>& FileReader::files() const {
    return impl_->files;
}

const std::vector<FileReader::Torn>& FileReader::torn() const {
    return impl_->torn;
}

std::uint64_t FileReader::unknown() const {
    return impl_->unknown;
}

}  // namespace recording
