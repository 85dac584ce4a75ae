// Text files as output: buffered, perhaps compressed.
#pragma once

#include <memory>
#include <string>

#include <arrow/io/interfaces.h>

#include "connectors/file/write_format.h"

namespace headrace {

// The option `compression` of text, json and csv.
struct TextCompression {
  enum Codec { kNone, kGzip, kBzip2, kDeflate };
  Codec codec = kNone;
  std::string extension;  // ".gz"

  static Result<TextCompression> Parse(const Options& options);
};

class TextOutput {
 public:
  static Result<std::unique_ptr<TextOutput>> Create(const std::string& path,
                                                    const TextCompression& compression);
  // Append here, then call Flush; it writes when there is enough.
  std::string* buffer() { return &buffer_; }
  Status Flush();
  Status Close();

 private:
  std::shared_ptr<arrow::io::OutputStream> stream_;
  std::string buffer_;
};

}  // namespace headrace
