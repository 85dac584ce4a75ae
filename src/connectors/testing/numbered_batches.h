// Batches of rows as files of a directory, by number: `7.arrow`.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <arrow/record_batch.h>

#include "base/file_system.h"
#include "types/spark_type.h"

namespace headrace {

class NumberedBatches {
 public:
  using Batches = std::vector<std::shared_ptr<arrow::RecordBatch>>;

  NumberedBatches(std::shared_ptr<FileSystem> files, std::string directory)
      : files_(std::move(files)), directory_(std::move(directory)) {}

  const std::string& directory() const { return directory_; }
  Result<std::vector<int64_t>> Numbers() const;  // sorted
  // Atomic and durable; takes the place of what had the number.
  Status Write(int64_t number, const SchemaPtr& schema, const Batches& rows);
  // Appends to `rows`; the schema is what was written.
  Result<SchemaPtr> Read(int64_t number, Batches* rows) const;

  // Sets what is called after each Write to the directory in this process; null: nothing any more.
  void SetWake(const void* owner, std::function<void()> wake) const;

 private:
  std::string FileOf(int64_t number) const;

  std::shared_ptr<FileSystem> files_;
  std::string directory_;
};

}  // namespace headrace
