// Text that is not in UTF-8.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <arrow/io/interfaces.h>

#include "base/error.h"

namespace headrace {

bool IsUtf8Name(const std::string& charset);
// Those that Spark takes: US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE, UTF-16, UTF-32; case
// does not matter. INVALID_PARAMETER_VALUE.CHARSET for others.
Status CheckCharset(const std::string& charset);

// A byte order mark tells the order of UTF-16 and UTF-32, and is not part of the text. What is no
// character becomes U+FFFD, as in Java.
std::shared_ptr<arrow::io::InputStream> DecodeCharset(std::shared_ptr<arrow::io::InputStream> file,
                                                      const std::string& charset);
// What is written goes into `file` in `charset`. Pieces end between characters.
std::shared_ptr<arrow::io::OutputStream> EncodeCharset(
    std::shared_ptr<arrow::io::OutputStream> file, const std::string& charset);
Result<std::string> EncodeText(std::string_view text, const std::string& charset);

}  // namespace headrace
