// Bytes that come out of another stream chunk by chunk, as a stream.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <arrow/io/interfaces.h>

#include "base/error.h"

namespace headrace {

class ChunkInput : public arrow::io::InputStream {
 public:
  explicit ChunkInput(std::shared_ptr<arrow::io::InputStream> file);

  Status Close() override;
  bool closed() const override { return closed_; }
  Result<int64_t> Tell() const override { return position_; }
  Result<int64_t> Read(int64_t wanted, void* out) override;
  Result<std::shared_ptr<arrow::Buffer>> Read(int64_t wanted) override;

 protected:
  // Puts the next bytes, perhaps none, in place of `chunk`; false: there are no more.
  virtual Result<bool> NextChunk(std::string* chunk) = 0;

  const std::shared_ptr<arrow::io::InputStream> file_;

 private:
  std::string chunk_;
  size_t begin_ = 0;  // of what is not handed out, in chunk_
  int64_t position_ = 0;
  bool closed_ = false;
};

}  // namespace headrace
