#include "connectors/file/text_output.h"

#include "connectors/file/charset.h"

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

Result<TextEncoding> TextEncoding::Parse(const Options& options) {
  TextEncoding parsed;
  ARROW_ASSIGN_OR_RAISE(parsed.codec, ContentCodecOfOptions(options));
  const std::string charset = options.GetOr("encoding", options.GetOr("charset", "UTF-8"));
  ARROW_RETURN_NOT_OK(CheckCharset(charset));
  if (!IsUtf8Name(charset)) parsed.charset = charset;
  return parsed;
}

Result<std::unique_ptr<TextOutput>> TextOutput::Create(
    std::shared_ptr<arrow::io::OutputStream> file, const TextEncoding& encoding) {
  auto output = std::make_unique<TextOutput>();
  ARROW_ASSIGN_OR_RAISE(auto content, Compress(encoding.codec, std::move(file)));
  output->stream_ = EncodeCharset(std::move(content), encoding.charset);
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
