#include "connectors/file/content_codec.h"

#include <array>

#include <arrow/io/compressed.h>
#include <arrow/util/compression.h>

#include "connectors/file/hadoop_block_stream.h"
#include "connectors/file/write_format.h"

namespace headrace {

namespace {

struct CodecName {
  ContentCodec codec;
  const char* name;
  const char* extension;
};

constexpr std::array<CodecName, 6> kCodecs = {{{ContentCodec::kGzip, "gzip", ".gz"},
                                               {ContentCodec::kBzip2, "bzip2", ".bz2"},
                                               {ContentCodec::kDeflate, "deflate", ".deflate"},
                                               {ContentCodec::kZstd, "zstd", ".zst"},
                                               {ContentCodec::kLz4, "lz4", ".lz4"},
                                               {ContentCodec::kSnappy, "snappy", ".snappy"}}};

// Of those that are not Hadoop's own.
Result<std::unique_ptr<arrow::util::Codec>> StreamCodec(ContentCodec codec) {
  using arrow::Compression;
  switch (codec) {
    case ContentCodec::kBzip2:
      return arrow::util::Codec::Create(Compression::BZ2);
    case ContentCodec::kZstd:
      return arrow::util::Codec::Create(Compression::ZSTD);
    case ContentCodec::kDeflate: {
      arrow::util::GZipCodecOptions options;
      options.gzip_format = arrow::util::GZipFormat::ZLIB;
      return arrow::util::Codec::Create(Compression::GZIP, options);
    }
    default:
      return arrow::util::Codec::Create(Compression::GZIP);
  }
}

Result<std::shared_ptr<arrow::util::Codec>> BlockCodec(ContentCodec codec) {
  ARROW_ASSIGN_OR_RAISE(auto made, arrow::util::Codec::Create(codec == ContentCodec::kLz4
                                                                  ? arrow::Compression::LZ4
                                                                  : arrow::Compression::SNAPPY));
  return std::shared_ptr<arrow::util::Codec>(std::move(made));
}

bool IsBlockCodec(ContentCodec codec) {
  return codec == ContentCodec::kLz4 || codec == ContentCodec::kSnappy;
}

}  // namespace

ContentCodec ContentCodecOfName(const std::string& path) {
  const std::string lower = ToLower(path);
  for (const CodecName& known : kCodecs) {
    if (lower.ends_with(known.extension)) return known.codec;
  }
  return ContentCodec::kNone;
}

Result<ContentCodec> ContentCodecOfOptions(const Options& options) {
  const std::string name = options.GetOr("compression", options.GetOr("codec", "none"));
  std::string lower = ToLower(name);
  // Hadoop's classes go by their own names, too.
  constexpr std::string_view kPackage = "org.apache.hadoop.io.compress.";
  if (lower.starts_with(kPackage) && lower.ends_with("codec")) {
    lower = lower.substr(kPackage.size(), lower.size() - kPackage.size() - 5);
  }
  if (lower == "none" || lower == "uncompressed") return ContentCodec::kNone;
  for (const CodecName& known : kCodecs) {
    // Spark reads zstd by the name's ending, but writes none.
    if (lower == known.name && known.codec != ContentCodec::kZstd) return known.codec;
  }
  return CodecNotAvailable(name, "bzip2, deflate, uncompressed, snappy, none, lz4, gzip");
}

std::string ExtensionOf(ContentCodec codec) {
  for (const CodecName& known : kCodecs) {
    if (codec == known.codec) return known.extension;
  }
  return "";
}

Result<std::shared_ptr<arrow::io::InputStream>> Decompress(
    ContentCodec codec, std::shared_ptr<arrow::io::InputStream> file) {
  if (codec == ContentCodec::kNone) return file;
  if (IsBlockCodec(codec)) {
    ARROW_ASSIGN_OR_RAISE(auto blocks, BlockCodec(codec));
    return MakeHadoopBlockInput(std::move(blocks), std::move(file));
  }
  ARROW_ASSIGN_OR_RAISE(const auto stream, StreamCodec(codec));
  return arrow::io::CompressedInputStream::Make(stream.get(), file);
}

Result<std::shared_ptr<arrow::io::OutputStream>> Compress(
    ContentCodec codec, std::shared_ptr<arrow::io::OutputStream> file) {
  if (codec == ContentCodec::kNone) return file;
  if (IsBlockCodec(codec)) {
    ARROW_ASSIGN_OR_RAISE(auto blocks, BlockCodec(codec));
    return MakeHadoopBlockOutput(std::move(blocks), std::move(file));
  }
  ARROW_ASSIGN_OR_RAISE(const auto stream, StreamCodec(codec));
  return arrow::io::CompressedOutputStream::Make(stream.get(), file);
}

}  // namespace headrace
