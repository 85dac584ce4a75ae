#include "storage/remote_input.h"

#include <utility>

#include "storage/store_error.h"

namespace headrace {

RemoteInput::RemoteInput(std::string path, std::shared_ptr<arrow::io::RandomAccessFile> file)
    : path_(std::move(path)), file_(std::move(file)) {}

Status RemoteInput::Close() { return StoreError(file_->Close(), "close", path_); }

Status RemoteInput::Seek(int64_t position) {
  return StoreError(file_->Seek(position), "read", path_);
}

Result<int64_t> RemoteInput::GetSize() { return StoreResult(file_->GetSize(), "read", path_); }

Result<int64_t> RemoteInput::Read(int64_t count, void* out) {
  return StoreResult(file_->Read(count, out), "read", path_);
}

Result<std::shared_ptr<arrow::Buffer>> RemoteInput::Read(int64_t count) {
  return StoreResult(file_->Read(count), "read", path_);
}

Result<int64_t> RemoteInput::ReadAt(int64_t position, int64_t count, void* out) {
  return StoreResult(file_->ReadAt(position, count, out), "read", path_);
}

Result<std::shared_ptr<arrow::Buffer>> RemoteInput::ReadAt(int64_t position, int64_t count) {
  return StoreResult(file_->ReadAt(position, count), "read", path_);
}

}  // namespace headrace
