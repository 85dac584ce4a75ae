#include "connectors/file/text_output.h"

#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>

namespace headrace {

namespace {

constexpr size_t kFlushBytes = 256 << 10;

}  // namespace

Status CodecNotAvailable(const std::string& codec, const std::string& available) {
  return IllegalArgument("CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION",
                         "There is no compression codec '" + codec +
                             "' for this format. Use one of " + available + ".",
                         {{"codecName", codec}, {"availableCodecs", available}});
}

Result<TextCompression> TextCompression::Parse(const Options& options) {
  const std::string codec = options.GetOr("compression", options.GetOr("codec", "none"));
  const std::string lower = ToLower(codec);
  if (lower == "none" || lower == "uncompressed") return TextCompression{};
  if (lower == "gzip") return TextCompression{kGzip, ".gz"};
  if (lower == "bzip2") return TextCompression{kBzip2, ".bz2"};
  if (lower == "deflate") return TextCompression{kDeflate, ".deflate"};
  if (lower == "snappy" || lower == "lz4") {
    return NotSupported("text compression " + lower,
                        "Its framing is Hadoop's own. Use gzip, bzip2 or deflate.");
  }
  return CodecNotAvailable(codec, "bzip2, deflate, uncompressed, none, gzip");
}

Result<std::unique_ptr<TextOutput>> TextOutput::Create(const std::string& path,
                                                       const TextCompression& compression) {
  auto output = std::make_unique<TextOutput>();
  ARROW_ASSIGN_OR_RAISE(output->stream_, arrow::io::FileOutputStream::Open(path));
  std::unique_ptr<arrow::util::Codec> codec;
  switch (compression.codec) {
    case TextCompression::kNone:
      return output;
    case TextCompression::kGzip: {
      ARROW_ASSIGN_OR_RAISE(codec, arrow::util::Codec::Create(arrow::Compression::GZIP));
      break;
    }
    case TextCompression::kBzip2: {
      ARROW_ASSIGN_OR_RAISE(codec, arrow::util::Codec::Create(arrow::Compression::BZ2));
      break;
    }
    case TextCompression::kDeflate: {
      arrow::util::GZipCodecOptions options;
      options.gzip_format = arrow::util::GZipFormat::ZLIB;
      ARROW_ASSIGN_OR_RAISE(codec, arrow::util::Codec::Create(arrow::Compression::GZIP, options));
      break;
    }
  }
  ARROW_ASSIGN_OR_RAISE(output->stream_,
                        arrow::io::CompressedOutputStream::Make(codec.get(), output->stream_));
  return output;
}

Status TextOutput::Flush() {
  if (buffer_.size() < kFlushBytes) return Status::OK();
  ARROW_RETURN_NOT_OK(stream_->Write(buffer_.data(), static_cast<int64_t>(buffer_.size())));
  buffer_.clear();
  return Status::OK();
}

Status TextOutput::Close() {
  if (!buffer_.empty()) {
    ARROW_RETURN_NOT_OK(stream_->Write(buffer_.data(), static_cast<int64_t>(buffer_.size())));
    buffer_.clear();
  }
  return stream_->Close();
}

}  // namespace headrace
