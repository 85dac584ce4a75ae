#include "connectors/file/chunk_input.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <arrow/buffer.h>

namespace headrace {

ChunkInput::ChunkInput(std::shared_ptr<arrow::io::InputStream> file) : file_(std::move(file)) {}

Status ChunkInput::Close() {
  closed_ = true;
  return file_->Close();
}

Result<int64_t> ChunkInput::Read(int64_t wanted, void* out) {
  int64_t done = 0;
  while (done < wanted) {
    if (begin_ == chunk_.size()) {
      ARROW_ASSIGN_OR_RAISE(const bool more, NextChunk(&chunk_));
      begin_ = 0;
      if (!more) {
        chunk_.clear();
        break;
      }
      continue;
    }
    const size_t count = std::min(static_cast<size_t>(wanted - done), chunk_.size() - begin_);
    std::memcpy(static_cast<char*>(out) + done, chunk_.data() + begin_, count);
    begin_ += count;
    done += static_cast<int64_t>(count);
  }
  position_ += done;
  return done;
}

Result<std::shared_ptr<arrow::Buffer>> ChunkInput::Read(int64_t wanted) {
  ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateResizableBuffer(wanted));
  ARROW_ASSIGN_OR_RAISE(const int64_t count, Read(wanted, buffer->mutable_data()));
  ARROW_RETURN_NOT_OK(buffer->Resize(count));
  return std::shared_ptr<arrow::Buffer>(std::move(buffer));
}

}  // namespace headrace
