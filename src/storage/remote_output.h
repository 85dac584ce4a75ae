// Objects that are being written: they show when they are closed, or never.
#pragma once

#include <memory>
#include <string>

#include <arrow/io/interfaces.h>

#include "base/file_system.h"
#include "storage/store.h"

namespace headrace {

// Arrow's stream of an object, but that one which is dropped without Close leaves nothing. Where
// the store shows what is unfinished, a process that dies leaves a hidden `.<name>.<uuid>.tmp`
// beside it.
class RemoteOutput final : public arrow::io::OutputStream {
 public:
  // `path`: as messages show it; `in_store`: Arrow's.
  static Result<std::shared_ptr<RemoteOutput>> Open(const Store& store, std::string path,
                                                    const std::string& in_store);
  ~RemoteOutput() override;

  Status Close() override;
  Status Abort() override;
  bool closed() const override { return stream_->closed(); }
  Result<int64_t> Tell() const override { return stream_->Tell(); }
  Status Write(const void* data, int64_t count) override;
  Status Write(const std::shared_ptr<arrow::Buffer>& data) override;
  Status Flush() override { return Status::OK(); }

 private:
  RemoteOutput(const Store& store, std::string path, std::string in_store, std::string written,
               std::shared_ptr<arrow::io::OutputStream> stream);

  const Store store_;
  const std::string path_;
  const std::string in_store_;
  const std::string written_;  // where the stream goes; another name than in_store_ is moved there
  const std::shared_ptr<arrow::io::OutputStream> stream_;
};

// The same as a WritableFile.
class RemoteWritableFile final : public WritableFile {
 public:
  explicit RemoteWritableFile(std::shared_ptr<RemoteOutput> output) : output_(std::move(output)) {}

  Status Append(std::string_view bytes) override;
  Status Sync() override { return Status::OK(); }
  Status Close() override { return output_->Close(); }

 private:
  const std::shared_ptr<RemoteOutput> output_;
};

}  // namespace headrace
