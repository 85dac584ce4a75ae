#include "connectors/file/line_blocks.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "base/data_files.h"
#include "connectors/file/charset.h"
#include "connectors/file/content_codec.h"

namespace headrace {

namespace {

constexpr int64_t kReadAtOnce = 512 << 10;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

bool IsCompressedName(const std::string& path) {
  return ContentCodecOfName(path) != ContentCodec::kNone;
}

Result<std::shared_ptr<arrow::io::InputStream>> OpenContent(FileSystem* files,
                                                            const std::string& path,
                                                            const std::string& charset) {
  ARROW_ASSIGN_OR_RAISE(auto file, OpenInput(files, path));
  ARROW_ASSIGN_OR_RAISE(auto content, Decompress(ContentCodecOfName(path), std::move(file)));
  return DecodeCharset(std::move(content), charset);
}

Result<std::string> ReadContent(FileSystem* files, const std::string& path,
                                const std::string& charset) {
  ARROW_ASSIGN_OR_RAISE(const auto stream, OpenContent(files, path, charset));
  std::string content;
  while (true) {
    const size_t before = content.size();
    content.resize(before + kReadAtOnce);
    ARROW_ASSIGN_OR_RAISE(const int64_t count, stream->Read(kReadAtOnce, content.data() + before));
    content.resize(before + static_cast<size_t>(count));
    if (count == 0) break;
  }
  if (content.starts_with(kByteOrderMark)) content.erase(0, kByteOrderMark.size());
  return content;
}

Status LineBlocks::Open(const FileSlice& slice) {
  plain_ = nullptr;
  stream_ = nullptr;
  begin_ = end_ = 0;
  exhausted_ = false;
  slice_end_ = slice.end();
  if (IsCompressedName(slice.file->path) || !charset_.empty()) {
    ARROW_ASSIGN_OR_RAISE(stream_, OpenContent(slice.files, slice.file->path, charset_));
    position_ = 0;
    slice_end_ = std::numeric_limits<int64_t>::max();
  } else {
    ARROW_ASSIGN_OR_RAISE(plain_, OpenInput(slice.files, slice.file->path));
    position_ = std::max<int64_t>(slice.offset - 1, 0);
  }
  if (slice.offset > 0) return SkipPartialLine();
  ARROW_RETURN_NOT_OK(Fill(kReadAtOnce).status());
  if (std::string_view(buffer_.data(), end_).starts_with(kByteOrderMark)) {
    begin_ = static_cast<int64_t>(kByteOrderMark.size());
  }
  return Status::OK();
}

Result<int64_t> LineBlocks::Fill(int64_t wanted) {
  if (static_cast<int64_t>(buffer_.size()) < end_ + wanted + kPadding) {
    buffer_.resize(std::max<size_t>(end_ + wanted + kPadding, buffer_.size() * 2));
  }
  int64_t count = 0;
  if (plain_) {
    ARROW_ASSIGN_OR_RAISE(count, plain_->ReadAt(position_, wanted, buffer_.data() + end_));
  } else {
    ARROW_ASSIGN_OR_RAISE(count, stream_->Read(wanted, buffer_.data() + end_));
  }
  end_ += count;
  position_ += count;
  return count;
}

// The line that covers the byte before the slice belongs to the slice before.
Status LineBlocks::SkipPartialLine() {
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const int64_t count, Fill(kReadAtOnce));
    const void* found = std::memchr(buffer_.data() + begin_, '\n', end_ - begin_);
    if (found) {
      begin_ = static_cast<const char*>(found) - buffer_.data() + 1;
      return Status::OK();
    }
    begin_ = end_ = 0;
    if (count == 0 || position_ >= slice_end_) {
      exhausted_ = true;
      return Status::OK();
    }
  }
}

Result<std::string_view> LineBlocks::Next() {
  if (exhausted_) return std::string_view{};
  // In the file, of begin_.
  const int64_t begin_position = position_ - (end_ - begin_);
  if (begin_position >= slice_end_) {
    exhausted_ = true;
    return std::string_view{};
  }
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  int64_t searched = 0;
  while (true) {
    if (position_ >= slice_end_) {
      // The last line of the slice is the one that covers its last byte.
      const int64_t last_byte = slice_end_ - 1 - begin_position;
      const int64_t from = std::max(last_byte, searched);
      const void* found =
          from < end_ ? std::memchr(buffer_.data() + from, '\n', end_ - from) : nullptr;
      if (found) {
        exhausted_ = true;
        return std::string_view(buffer_.data(),
                                static_cast<const char*>(found) - buffer_.data() + 1);
      }
      searched = end_;
    } else if (end_ >= kReadAtOnce / 2) {
      const void* found = memrchr(buffer_.data() + searched, '\n', end_ - searched);
      if (found) {
        begin_ = static_cast<const char*>(found) - buffer_.data() + 1;
        return std::string_view(buffer_.data(), begin_);
      }
      searched = end_;
    }
    ARROW_ASSIGN_OR_RAISE(const int64_t count, Fill(kReadAtOnce));
    if (count == 0) {
      exhausted_ = true;
      return std::string_view(buffer_.data(), end_);
    }
  }
}

}  // namespace headrace
