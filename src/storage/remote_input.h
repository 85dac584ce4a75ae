// Objects that are being read.
#pragma once

#include <memory>
#include <string>

#include <arrow/io/interfaces.h>

#include "base/error.h"

namespace headrace {

// Arrow's file of an object, whose errors name the path and hold no secret.
class RemoteInput final : public arrow::io::RandomAccessFile {
 public:
  RemoteInput(std::string path, std::shared_ptr<arrow::io::RandomAccessFile> file);

  const arrow::io::IOContext& io_context() const override { return file_->io_context(); }
  Status Close() override;
  bool closed() const override { return file_->closed(); }
  Result<int64_t> Tell() const override { return file_->Tell(); }
  Status Seek(int64_t position) override;
  Result<int64_t> GetSize() override;
  Result<int64_t> Read(int64_t count, void* out) override;
  Result<std::shared_ptr<arrow::Buffer>> Read(int64_t count) override;
  Result<int64_t> ReadAt(int64_t position, int64_t count, void* out) override;
  Result<std::shared_ptr<arrow::Buffer>> ReadAt(int64_t position, int64_t count) override;

 private:
  const std::string path_;
  const std::shared_ptr<arrow::io::RandomAccessFile> file_;
};

}  // namespace headrace
