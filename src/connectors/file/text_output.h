// Text files as output: buffered, perhaps compressed.
#pragma once

#include <memory>
#include <string>

#include <arrow/io/interfaces.h>

#include "connectors/file/content_codec.h"
#include "connectors/file/write_format.h"

namespace headrace {

// The options `compression` and `encoding`.
struct TextEncoding {
  ContentCodec codec = ContentCodec::kNone;
  std::string charset;  // empty: UTF-8

  static Result<TextEncoding> Parse(const Options& options);
  std::string extension() const { return ExtensionOf(codec); }
};

class TextOutput {
 public:
  static Result<std::unique_ptr<TextOutput>> Create(std::shared_ptr<arrow::io::OutputStream> file,
                                                    const TextEncoding& encoding);
  // Append here, then call Flush; it writes when there is enough.
  std::string* buffer() { return &buffer_; }
  Status Flush();
  Status Close();

 private:
  std::shared_ptr<arrow::io::OutputStream> stream_;
  std::string buffer_;
};

}  // namespace headrace
