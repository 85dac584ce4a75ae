#include "connectors/file/charset.h"

#include <algorithm>
#include <cerrno>
#include <iconv.h>
#include <initializer_list>
#include <optional>
#include <utility>

#include <arrow/buffer.h>

#include "connectors/file/chunk_input.h"
#include "types/spark_type.h"

namespace headrace {

namespace {

constexpr size_t kDecodedAtOnce = 64 << 10;
constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// One direction between UTF-8 and another charset; keeps the state of the text so far.
class Converter {
 public:
  Converter(const std::string& to, const std::string& from)
      : handle_(iconv_open(to.c_str(), from.c_str())) {}
  ~Converter() {
    if (valid()) iconv_close(handle_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  bool valid() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  // Appends what *input begins with; what is left of it is the start of a character.
  void Convert(std::string_view* input, std::string_view replacement, std::string* out) {
    char buffer[4096];
    while (!input->empty()) {
      char* from = const_cast<char*>(input->data());
      size_t from_size = input->size();
      char* to = buffer;
      size_t to_size = sizeof(buffer);
      const size_t converted = iconv(handle_, &from, &from_size, &to, &to_size);
      out->append(buffer, sizeof(buffer) - to_size);
      *input = {from, from_size};
      if (converted != static_cast<size_t>(-1) || errno == E2BIG) continue;
      if (errno == EINVAL) return;
      out->append(replacement);
      input->remove_prefix(1);
    }
  }

 private:
  const iconv_t handle_;
};

bool IsAnyOf(const std::string& charset, std::initializer_list<const char*> names) {
  return std::any_of(names.begin(), names.end(),
                     [&](const char* name) { return EqualsIgnoreCase(charset, name); });
}

// UTF-16 and UTF-32 by the mark that *bytes begin with, which is taken off; without one the highest
// byte comes first, as for Java.
std::string InputName(const std::string& charset, std::string_view* bytes) {
  const bool wide = EqualsIgnoreCase(charset, "UTF-32");
  if (!wide && !EqualsIgnoreCase(charset, "UTF-16")) return charset;
  constexpr std::string_view kLittle32("\xFF\xFE\0\0", 4);
  constexpr std::string_view kBig32("\0\0\xFE\xFF", 4);
  const std::string_view little = wide ? kLittle32 : kLittle32.substr(0, 2);
  const std::string_view big = wide ? kBig32 : kBig32.substr(2);
  const bool is_little = bytes->starts_with(little);
  if (is_little || bytes->starts_with(big)) bytes->remove_prefix(big.size());
  return std::string(wide ? "UTF-32" : "UTF-16") + (is_little ? "LE" : "BE");
}

class DecodingInput final : public ChunkInput {
 public:
  DecodingInput(std::shared_ptr<arrow::io::InputStream> file, std::string charset)
      : ChunkInput(std::move(file)), charset_(std::move(charset)) {}

 private:
  Result<bool> NextChunk(std::string* text) override {
    text->clear();
    if (at_end_) return false;
    const size_t kept = bytes_.size();
    bytes_.resize(kept + kDecodedAtOnce);
    ARROW_ASSIGN_OR_RAISE(const int64_t count, file_->Read(kDecodedAtOnce, bytes_.data() + kept));
    bytes_.resize(kept + static_cast<size_t>(count));
    at_end_ = count == 0;
    std::string_view rest(bytes_);
    if (!converter_) converter_.emplace("UTF-8", InputName(charset_, &rest));
    converter_->Convert(&rest, kReplacement, text);
    if (at_end_ && !rest.empty()) *text += kReplacement;
    bytes_.erase(0, bytes_.size() - rest.size());
    return true;
  }

  const std::string charset_;
  std::optional<Converter> converter_;
  std::string bytes_;  // of a character that is not complete
  bool at_end_ = false;
};

// UTF-16 and UTF-32 without an order are written as Java does: the highest byte first, after a
// byte order mark for UTF-16.
std::string OutputName(const std::string& charset) {
  if (EqualsIgnoreCase(charset, "UTF-16")) return "UTF-16BE";
  if (EqualsIgnoreCase(charset, "UTF-32")) return "UTF-32BE";
  return charset;
}

std::string MarkOf(const std::string& charset) {
  return EqualsIgnoreCase(charset, "UTF-16") ? "\xFE\xFF" : "";
}

class EncodingOutput final : public arrow::io::OutputStream {
 public:
  EncodingOutput(std::shared_ptr<arrow::io::OutputStream> file, const std::string& charset)
      : file_(std::move(file)), converter_(OutputName(charset), "UTF-8"), mark_(MarkOf(charset)) {}

  using arrow::io::OutputStream::Write;
  Status Write(const void* data, int64_t size) override {
    std::string_view rest(static_cast<const char*>(data), static_cast<size_t>(size));
    std::string bytes = std::exchange(mark_, "");
    converter_.Convert(&rest, "?", &bytes);
    position_ += static_cast<int64_t>(bytes.size());
    return file_->Write(bytes);
  }
  Status Close() override {
    closed_ = true;
    return file_->Close();
  }
  bool closed() const override { return closed_; }
  Result<int64_t> Tell() const override { return position_; }

 private:
  const std::shared_ptr<arrow::io::OutputStream> file_;
  Converter converter_;
  std::string mark_;
  int64_t position_ = 0;
  bool closed_ = false;
};

}  // namespace

bool IsUtf8Name(const std::string& charset) { return EqualsIgnoreCase(charset, "UTF-8"); }

Status CheckCharset(const std::string& charset) {
  if (IsAnyOf(charset,
              {"US-ASCII", "ISO-8859-1", "UTF-8", "UTF-16BE", "UTF-16LE", "UTF-16", "UTF-32"})) {
    return Status::OK();
  }
  return IllegalArgument("INVALID_PARAMETER_VALUE.CHARSET",
                         "The option encoding names the charset '" + charset +
                             "'. Use US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE, UTF-16 or "
                             "UTF-32.",
                         {{"charset", charset}});
}

std::shared_ptr<arrow::io::InputStream> DecodeCharset(std::shared_ptr<arrow::io::InputStream> file,
                                                      const std::string& charset) {
  if (charset.empty() || IsUtf8Name(charset)) return file;
  return std::make_shared<DecodingInput>(std::move(file), charset);
}

std::shared_ptr<arrow::io::OutputStream> EncodeCharset(
    std::shared_ptr<arrow::io::OutputStream> file, const std::string& charset) {
  if (charset.empty() || IsUtf8Name(charset)) return file;
  return std::make_shared<EncodingOutput>(std::move(file), charset);
}

Result<std::string> EncodeText(std::string_view text, const std::string& charset) {
  ARROW_RETURN_NOT_OK(CheckCharset(charset));
  std::string bytes;
  Converter converter(OutputName(charset), "UTF-8");
  converter.Convert(&text, "?", &bytes);
  return bytes;
}

}  // namespace headrace
