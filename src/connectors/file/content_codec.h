// Compression of text, JSON and CSV files as a whole.
#pragma once

#include <memory>
#include <string>

#include <arrow/io/interfaces.h>

#include "connectors/file/file_options.h"

namespace headrace {

enum class ContentCodec { kNone, kGzip, kBzip2, kDeflate, kZstd, kLz4, kSnappy };

// By the name's ending: .gz, .bz2, .deflate, .zst, .lz4, .snappy; others are plain.
ContentCodec ContentCodecOfName(const std::string& path);
// By the options `compression` and `codec`: CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION.
Result<ContentCodec> ContentCodecOfOptions(const Options& options);
// ".gz"
std::string ExtensionOf(ContentCodec codec);

Result<std::shared_ptr<arrow::io::InputStream>> Decompress(
    ContentCodec codec, std::shared_ptr<arrow::io::InputStream> file);
Result<std::shared_ptr<arrow::io::OutputStream>> Compress(
    ContentCodec codec, std::shared_ptr<arrow::io::OutputStream> file);

}  // namespace headrace
