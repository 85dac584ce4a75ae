#include "storage/remote_output.h"

#include <utility>

#include "base/log.h"
#include "storage/store_error.h"

namespace headrace {

Result<std::shared_ptr<RemoteOutput>> RemoteOutput::Open(const Store& store, std::string path,
                                                         const std::string& in_store) {
  ARROW_ASSIGN_OR_RAISE(auto stream,
                        StoreResult(store.files->OpenOutputStream(in_store), "create", path));
  return std::shared_ptr<RemoteOutput>(
      new RemoteOutput(store, std::move(path), in_store, std::move(stream)));
}

RemoteOutput::RemoteOutput(const Store& store, std::string path, std::string in_store,
                           std::shared_ptr<arrow::io::OutputStream> stream)
    : store_(store),
      path_(std::move(path)),
      in_store_(std::move(in_store)),
      stream_(std::move(stream)) {}

RemoteOutput::~RemoteOutput() {
  if (stream_->closed()) return;
  if (const Status aborted = Abort(); !aborted.ok()) LogWarn("storage", aborted.message());
}

Status RemoteOutput::Close() { return StoreError(stream_->Close(), "write", path_); }

Status RemoteOutput::Abort() {
  if (stream_->closed()) return Status::OK();
  if (store_.can_abort) return StoreError(stream_->Abort(), "give up writing", path_);
  // What was written shows, and goes again.
  ARROW_RETURN_NOT_OK(StoreError(stream_->Close(), "give up writing", path_));
  return StoreError(store_.files->DeleteFile(in_store_), "give up writing", path_);
}

Status RemoteOutput::Write(const void* data, int64_t count) {
  return StoreError(stream_->Write(data, count), "write", path_);
}

Status RemoteOutput::Write(const std::shared_ptr<arrow::Buffer>& data) {
  return StoreError(stream_->Write(data), "write", path_);
}

Status RemoteWritableFile::Append(std::string_view bytes) {
  return output_->Write(bytes.data(), static_cast<int64_t>(bytes.size()));
}

}  // namespace headrace
