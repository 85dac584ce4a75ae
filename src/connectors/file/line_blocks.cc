#include "connectors/file/line_blocks.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>

namespace headrace {

namespace {

constexpr int64_t kBlockBytes = 512 << 10;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Null for plain files.
Result<std::unique_ptr<arrow::util::Codec>> CodecOf(const std::string& path) {
  using arrow::Compression;
  const std::string lower = ToLower(path);
  std::unique_ptr<arrow::util::Codec> codec;
  if (lower.ends_with(".gz")) {
    ARROW_ASSIGN_OR_RAISE(codec, arrow::util::Codec::Create(Compression::GZIP));
  } else if (lower.ends_with(".bz2")) {
    ARROW_ASSIGN_OR_RAISE(codec, arrow::util::Codec::Create(Compression::BZ2));
  } else if (lower.ends_with(".zst")) {
    ARROW_ASSIGN_OR_RAISE(codec, arrow::util::Codec::Create(Compression::ZSTD));
  } else if (lower.ends_with(".deflate")) {
    arrow::util::GZipCodecOptions options;
    options.gzip_format = arrow::util::GZipFormat::ZLIB;
    ARROW_ASSIGN_OR_RAISE(codec, arrow::util::Codec::Create(Compression::GZIP, options));
  } else if (lower.ends_with(".lz4") || lower.ends_with(".snappy")) {
    return NotSupported("text compression " + lower.substr(lower.rfind('.') + 1),
                        "Compress the files with gzip, bzip2 or zstd.");
  }
  return codec;
}

}  // namespace

Result<bool> IsCompressedName(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const auto codec, CodecOf(path));
  return codec != nullptr;
}

Result<std::shared_ptr<arrow::io::InputStream>> OpenContent(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const auto codec, CodecOf(path));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::io::InputStream> file,
                        arrow::io::ReadableFile::Open(path));
  if (!codec) return file;
  return arrow::io::CompressedInputStream::Make(codec.get(), file);
}

Result<std::string> ReadContent(const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(const auto stream, OpenContent(path));
  std::string content;
  while (true) {
    const size_t before = content.size();
    content.resize(before + kBlockBytes);
    ARROW_ASSIGN_OR_RAISE(const int64_t count, stream->Read(kBlockBytes, content.data() + before));
    content.resize(before + static_cast<size_t>(count));
    if (count == 0) break;
  }
  if (content.starts_with(kByteOrderMark)) content.erase(0, kByteOrderMark.size());
  return content;
}

Status LineBlocks::Open(const FileSlice& slice) {
  plain_ = nullptr;
  compressed_ = nullptr;
  begin_ = end_ = 0;
  exhausted_ = false;
  slice_end_ = slice.end();
  ARROW_ASSIGN_OR_RAISE(const bool compressed, IsCompressedName(slice.file->path));
  if (compressed) {
    ARROW_ASSIGN_OR_RAISE(compressed_, OpenContent(slice.file->path));
    position_ = 0;
    slice_end_ = std::numeric_limits<int64_t>::max();
  } else {
    ARROW_ASSIGN_OR_RAISE(plain_, arrow::io::ReadableFile::Open(slice.file->path));
    position_ = std::max<int64_t>(slice.offset - 1, 0);
  }
  if (slice.offset > 0) return SkipPartialLine();
  ARROW_RETURN_NOT_OK(Fill(kBlockBytes).status());
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
    ARROW_ASSIGN_OR_RAISE(count, compressed_->Read(wanted, buffer_.data() + end_));
  }
  end_ += count;
  position_ += count;
  return count;
}

// The line that covers the byte before the slice belongs to the slice before.
Status LineBlocks::SkipPartialLine() {
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const int64_t count, Fill(kBlockBytes));
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
    } else if (end_ >= kBlockBytes / 2) {
      const void* found = memrchr(buffer_.data() + searched, '\n', end_ - searched);
      if (found) {
        begin_ = static_cast<const char*>(found) - buffer_.data() + 1;
        return std::string_view(buffer_.data(), begin_);
      }
      searched = end_;
    }
    ARROW_ASSIGN_OR_RAISE(const int64_t count, Fill(kBlockBytes));
    if (count == 0) {
      exhausted_ = true;
      return std::string_view(buffer_.data(), end_);
    }
  }
}

}  // namespace headrace
