#include "storage/remote_output.h"

#include <utility>

#include "base/log.h"
#include "base/random.h"
#include "storage/move_object.h"
#include "storage/store_error.h"

namespace headrace {

Result<std::shared_ptr<RemoteOutput>> RemoteOutput::Open(const Store& store, std::string path,
                                                         const std::string& in_store) {
  std::string written = in_store;
  if (store.shows_unfinished) {
    written = JoinPath(DirectoryName(in_store),
                       "." + BaseName(in_store) + "." + Random::System()->Uuid() + ".tmp");
  }
  ARROW_ASSIGN_OR_RAISE(auto stream,
                        StoreResult(store.files->OpenOutputStream(written), "create", path));
  return std::shared_ptr<RemoteOutput>(
      new RemoteOutput(store, std::move(path), in_store, std::move(written), std::move(stream)));
}

RemoteOutput::RemoteOutput(const Store& store, std::string path, std::string in_store,
                           std::string written, std::shared_ptr<arrow::io::OutputStream> stream)
    : store_(store),
      path_(std::move(path)),
      in_store_(std::move(in_store)),
      written_(std::move(written)),
      stream_(std::move(stream)) {}

RemoteOutput::~RemoteOutput() {
  if (stream_->closed()) return;
  if (const Status aborted = Abort(); !aborted.ok()) LogWarn("storage", aborted.message());
}

Status RemoteOutput::Close() {
  ARROW_RETURN_NOT_OK(StoreError(stream_->Close(), "write", path_));
  if (written_ == in_store_) return Status::OK();
  const Status moved = MoveObject(store_, written_, in_store_);
  if (!moved.ok()) (void)store_.files->DeleteFile(written_);  // the first error counts
  return StoreError(moved, "write", path_);
}

Status RemoteOutput::Abort() {
  if (stream_->closed()) return Status::OK();
  ARROW_RETURN_NOT_OK(
      StoreError(store_.can_abort ? stream_->Abort() : stream_->Close(), "give up writing", path_));
  if (store_.can_abort && !store_.shows_unfinished) return Status::OK();
  // What was written shows, and goes again.
  return StoreError(store_.files->DeleteFile(written_), "give up writing", path_);
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
