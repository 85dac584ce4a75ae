#include "connectors/file/avro/avro_block_codec.h"

#include <array>
#include <lzma.h>
#include <zlib.h>

#include <arrow/util/compression.h>

namespace headrace {

namespace {

constexpr size_t kGrowth = 256 << 10;

const uint8_t* BytesOf(std::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

class PlainCodec final : public AvroBlockCodec {
 public:
  Result<std::string> Compress(std::string_view content) const override {
    return std::string(content);
  }
  Result<std::string> Decompress(std::string_view block) const override {
    return std::string(block);
  }
};

// What Arrow compresses as a stream.
class StreamCodec final : public AvroBlockCodec {
 public:
  explicit StreamCodec(std::shared_ptr<arrow::util::Codec> codec) : codec_(std::move(codec)) {}

  Result<std::string> Compress(std::string_view content) const override {
    ARROW_ASSIGN_OR_RAISE(const auto compressor, codec_->MakeCompressor());
    std::string out;
    size_t used = 0;
    const auto room = [&]() {
      if (out.size() < used + kGrowth) out.resize(used + kGrowth);
      return reinterpret_cast<uint8_t*>(out.data()) + used;
    };
    while (!content.empty()) {
      uint8_t* const to = room();
      ARROW_ASSIGN_OR_RAISE(
          const auto step,
          compressor->Compress(static_cast<int64_t>(content.size()), BytesOf(content),
                               static_cast<int64_t>(out.size() - used), to));
      content.remove_prefix(static_cast<size_t>(step.bytes_read));
      used += static_cast<size_t>(step.bytes_written);
    }
    while (true) {
      uint8_t* const to = room();
      ARROW_ASSIGN_OR_RAISE(const auto step,
                            compressor->End(static_cast<int64_t>(out.size() - used), to));
      used += static_cast<size_t>(step.bytes_written);
      if (!step.should_retry) break;
    }
    out.resize(used);
    return out;
  }

  Result<std::string> Decompress(std::string_view block) const override {
    ARROW_ASSIGN_OR_RAISE(const auto decompressor, codec_->MakeDecompressor());
    std::string out;
    size_t used = 0;
    while (!decompressor->IsFinished()) {
      if (out.size() < used + kGrowth) out.resize(used + kGrowth);
      ARROW_ASSIGN_OR_RAISE(const auto step, decompressor->Decompress(
                                                 static_cast<int64_t>(block.size()), BytesOf(block),
                                                 static_cast<int64_t>(out.size() - used),
                                                 reinterpret_cast<uint8_t*>(out.data()) + used));
      if (step.bytes_read == 0 && step.bytes_written == 0 && !step.need_more_output) {
        return Status::Invalid("a compressed block ends too early");
      }
      block.remove_prefix(static_cast<size_t>(step.bytes_read));
      used += static_cast<size_t>(step.bytes_written);
    }
    out.resize(used);
    return out;
  }

 private:
  const std::shared_ptr<arrow::util::Codec> codec_;
};

// Followed by the checksum of the content, the highest byte first.
class SnappyCodec final : public AvroBlockCodec {
 public:
  explicit SnappyCodec(std::shared_ptr<arrow::util::Codec> codec) : codec_(std::move(codec)) {}

  Result<std::string> Compress(std::string_view content) const override {
    const auto size = static_cast<int64_t>(content.size());
    std::string out(static_cast<size_t>(codec_->MaxCompressedLen(size, BytesOf(content))), '\0');
    ARROW_ASSIGN_OR_RAISE(const int64_t length,
                          codec_->Compress(size, BytesOf(content), static_cast<int64_t>(out.size()),
                                           reinterpret_cast<uint8_t*>(out.data())));
    out.resize(static_cast<size_t>(length));
    const uint32_t sum = Checksum(content);
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(sum >> shift);
    return out;
  }

  Result<std::string> Decompress(std::string_view block) const override {
    if (block.size() < 5) return Status::Invalid("a snappy block is too short");
    const auto* tail = BytesOf(block) + block.size() - 4;
    const uint32_t expected = static_cast<uint32_t>(tail[0]) << 24 |
                              static_cast<uint32_t>(tail[1]) << 16 |
                              static_cast<uint32_t>(tail[2]) << 8 | tail[3];
    block.remove_suffix(4);
    // Snappy begins with the length of the content, seven bits a byte.
    uint64_t size = 0;
    for (size_t i = 0;; ++i) {
      if (i == 5 || i == block.size()) return Status::Invalid("a snappy block has no length");
      size |= static_cast<uint64_t>(block[i] & 0x7F) << (7 * i);
      if (static_cast<uint8_t>(block[i]) < 0x80) break;
    }
    // No content shrinks to less than this.
    if (size > block.size() * 64) return Status::Invalid("a snappy block tells a wrong length");
    std::string out(size, '\0');
    ARROW_RETURN_NOT_OK(codec_
                            ->Decompress(static_cast<int64_t>(block.size()), BytesOf(block),
                                         static_cast<int64_t>(size),
                                         reinterpret_cast<uint8_t*>(out.data()))
                            .status());
    if (Checksum(out) != expected) return Status::Invalid("a snappy block has a wrong checksum");
    return out;
  }

 private:
  static uint32_t Checksum(std::string_view content) {
    return static_cast<uint32_t>(crc32(0, BytesOf(content), static_cast<uInt>(content.size())));
  }

  const std::shared_ptr<arrow::util::Codec> codec_;
};

class XzCodec final : public AvroBlockCodec {
 public:
  explicit XzCodec(uint32_t level) : level_(level) {}

  Result<std::string> Compress(std::string_view content) const override {
    lzma_stream stream = LZMA_STREAM_INIT;
    return Run(lzma_easy_encoder(&stream, level_, LZMA_CHECK_CRC64), &stream, content);
  }
  Result<std::string> Decompress(std::string_view block) const override {
    lzma_stream stream = LZMA_STREAM_INIT;
    return Run(lzma_stream_decoder(&stream, UINT64_MAX, LZMA_CONCATENATED), &stream, block);
  }

 private:
  static Result<std::string> Run(lzma_ret begun, lzma_stream* stream, std::string_view input) {
    std::string out;
    lzma_ret state = begun;
    stream->next_in = BytesOf(input);
    stream->avail_in = input.size();
    while (state == LZMA_OK) {
      const size_t used = stream->total_out;
      if (out.size() < used + kGrowth) out.resize(used + kGrowth);
      stream->next_out = reinterpret_cast<uint8_t*>(out.data()) + used;
      stream->avail_out = out.size() - used;
      state = lzma_code(stream, LZMA_FINISH);
    }
    out.resize(stream->total_out);
    lzma_end(stream);
    if (state != LZMA_STREAM_END) return Status::Invalid("an xz block is damaged");
    return out;
  }

  const uint32_t level_;
};

Result<std::shared_ptr<const AvroBlockCodec>> MakeStreamCodec(
    arrow::Compression::type type, const arrow::util::CodecOptions& options) {
  ARROW_ASSIGN_OR_RAISE(auto codec, arrow::util::Codec::Create(type, options));
  return std::make_shared<StreamCodec>(std::move(codec));
}

}  // namespace

Result<std::shared_ptr<const AvroBlockCodec>> AvroBlockCodec::Make(const std::string& name,
                                                                   int level) {
  const int chosen = level < 0 ? arrow::util::kUseDefaultCompressionLevel : level;
  if (name == "null") return std::make_shared<PlainCodec>();
  if (name == "deflate") {
    arrow::util::GZipCodecOptions options;
    options.compression_level = chosen;
    options.gzip_format = arrow::util::GZipFormat::DEFLATE;
    return MakeStreamCodec(arrow::Compression::GZIP, options);
  }
  if (name == "zstandard") {
    return MakeStreamCodec(arrow::Compression::ZSTD, arrow::util::CodecOptions(chosen));
  }
  if (name == "bzip2") {
    return MakeStreamCodec(arrow::Compression::BZ2, arrow::util::CodecOptions(chosen));
  }
  if (name == "snappy") {
    ARROW_ASSIGN_OR_RAISE(auto codec, arrow::util::Codec::Create(arrow::Compression::SNAPPY));
    return std::make_shared<SnappyCodec>(std::move(codec));
  }
  if (name == "xz") {
    return std::make_shared<XzCodec>(level < 0 ? LZMA_PRESET_DEFAULT
                                               : static_cast<uint32_t>(level));
  }
  return Status::Invalid("there is no Avro codec '", name, "'");
}

}  // namespace headrace
