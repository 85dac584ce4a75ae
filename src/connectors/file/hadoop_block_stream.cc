#include "connectors/file/hadoop_block_stream.h"

#include <algorithm>
#include <string>

#include <arrow/buffer.h>

#include "connectors/file/chunk_input.h"

namespace headrace {

namespace {

// Hadoop decompresses into buffers of 256 KiB, and leaves room for what does not shrink.
constexpr size_t kBlockBytes = 192 << 10;
// More than any writer's block.
constexpr int64_t kMostBytes = 64 << 20;

class BlockInput final : public ChunkInput {
 public:
  BlockInput(std::shared_ptr<arrow::util::Codec> codec,
             std::shared_ptr<arrow::io::InputStream> file)
      : ChunkInput(std::move(file)), codec_(std::move(codec)) {}

 private:
  // -1: the end of the file.
  Result<int64_t> ReadLength(bool may_end) {
    uint8_t bytes[4];
    ARROW_ASSIGN_OR_RAISE(const int64_t count, file_->Read(4, bytes));
    if (count == 0 && may_end) return -1;
    const int64_t length =
        static_cast<int64_t>(bytes[0]) << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
    if (count < 4 || length > kMostBytes) return Status::Invalid("a compressed file is damaged");
    return length;
  }

  Result<bool> NextChunk(std::string* chunk) override {
    while (block_left_ == 0) {
      ARROW_ASSIGN_OR_RAISE(block_left_, ReadLength(true));
      if (block_left_ < 0) {
        block_left_ = 0;
        return false;
      }
    }
    ARROW_ASSIGN_OR_RAISE(const int64_t size, ReadLength(false));
    std::string compressed(static_cast<size_t>(size), '\0');
    ARROW_ASSIGN_OR_RAISE(const int64_t count, file_->Read(size, compressed.data()));
    if (count < size) return Status::Invalid("a compressed file is cut off");
    chunk->resize(static_cast<size_t>(block_left_));
    ARROW_ASSIGN_OR_RAISE(
        const int64_t length,
        codec_->Decompress(size, reinterpret_cast<const uint8_t*>(compressed.data()), block_left_,
                           reinterpret_cast<uint8_t*>(chunk->data())));
    chunk->resize(static_cast<size_t>(length));
    block_left_ -= length;
    return true;
  }

  const std::shared_ptr<arrow::util::Codec> codec_;
  int64_t block_left_ = 0;
};

class BlockOutput final : public arrow::io::OutputStream {
 public:
  BlockOutput(std::shared_ptr<arrow::util::Codec> codec,
              std::shared_ptr<arrow::io::OutputStream> file)
      : codec_(std::move(codec)), file_(std::move(file)) {}

  using arrow::io::OutputStream::Write;
  Status Write(const void* data, int64_t size) override {
    const char* bytes = static_cast<const char*>(data);
    position_ += size;
    while (size > 0) {
      const auto count = std::min<size_t>(static_cast<size_t>(size), kBlockBytes - block_.size());
      block_.append(bytes, count);
      bytes += count;
      size -= static_cast<int64_t>(count);
      if (block_.size() == kBlockBytes) ARROW_RETURN_NOT_OK(WriteBlock());
    }
    return Status::OK();
  }
  Status Close() override {
    if (closed_) return Status::OK();
    closed_ = true;
    if (!block_.empty()) ARROW_RETURN_NOT_OK(WriteBlock());
    return file_->Close();
  }
  bool closed() const override { return closed_; }
  Result<int64_t> Tell() const override { return position_; }

 private:
  static void AppendLength(size_t length, std::string* out) {
    for (int shift = 24; shift >= 0; shift -= 8) *out += static_cast<char>(length >> shift);
  }

  Status WriteBlock() {
    const auto* content = reinterpret_cast<const uint8_t*>(block_.data());
    const auto size = static_cast<int64_t>(block_.size());
    std::string compressed(static_cast<size_t>(codec_->MaxCompressedLen(size, content)), '\0');
    ARROW_ASSIGN_OR_RAISE(const int64_t length,
                          codec_->Compress(size, content, static_cast<int64_t>(compressed.size()),
                                           reinterpret_cast<uint8_t*>(compressed.data())));
    std::string lengths;
    AppendLength(block_.size(), &lengths);
    AppendLength(static_cast<size_t>(length), &lengths);
    block_.clear();
    ARROW_RETURN_NOT_OK(file_->Write(lengths));
    return file_->Write(compressed.data(), length);
  }

  const std::shared_ptr<arrow::util::Codec> codec_;
  const std::shared_ptr<arrow::io::OutputStream> file_;
  std::string block_;
  int64_t position_ = 0;
  bool closed_ = false;
};

}  // namespace

std::shared_ptr<arrow::io::InputStream> MakeHadoopBlockInput(
    std::shared_ptr<arrow::util::Codec> codec, std::shared_ptr<arrow::io::InputStream> file) {
  return std::make_shared<BlockInput>(std::move(codec), std::move(file));
}

std::shared_ptr<arrow::io::OutputStream> MakeHadoopBlockOutput(
    std::shared_ptr<arrow::util::Codec> codec, std::shared_ptr<arrow::io::OutputStream> file) {
  return std::make_shared<BlockOutput>(std::move(codec), std::move(file));
}

}  // namespace headrace
