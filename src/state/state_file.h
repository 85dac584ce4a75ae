// Files of a state store, `V.delta` and `V.snapshot` (docs/formats.md): blocks with checksums
// around Arrow record batches.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/record_batch.h>

#include "base/file_system.h"
#include "state/state_store.h"

namespace headrace {

// What a file says of itself. Reading it under another identity fails.
struct StateFileIdentity {
  enum class Kind { kDelta, kSnapshot };

  Kind kind = Kind::kDelta;
  int operator_id = 0;
  int partition = 0;
  StateStoreDeclaration declaration;
  int64_t version = 0;
};

// Versions hang together by stamps: the stamp of a version is the checksum of its delta file, 0 for
// version 0. A delta names the stamp it builds on, a snapshot the one of its own version. So files
// of two histories, or an old file under a new one, are never mixed.
using StateStamp = uint32_t;

class StateFileWriter {
 public:
  explicit StateFileWriter(WritableFile* file) : file_(file) {}

  Status Begin(const StateFileIdentity& identity, StateStamp stamp);
  // Keys by their encodings; row i of `values` belongs to keys[i].
  Status AddPuts(const std::shared_ptr<arrow::Array>& keys, const arrow::RecordBatch& values);
  Status AddRemovals(const std::shared_ptr<arrow::Array>& keys);
  // Writes the trailer; the checksum of the file.
  Result<StateStamp> Finish();

  int64_t size_bytes() const { return size_; }

 private:
  Status WriteBlock(uint32_t kind, std::string_view payload);
  Status WriteBatch(uint32_t kind, const arrow::RecordBatch& batch);

  WritableFile* const file_;
  int64_t size_ = 0;
  uint32_t checksum_ = 0;
  uint64_t puts_ = 0;
  uint64_t removals_ = 0;
};

// A file that was read and verified as a whole.
class StateFile {
 public:
  static Result<StateFile> Read(const std::string& path, const StateFileIdentity& expected,
                                FileSystem* files);

  StateStamp named_stamp() const { return named_stamp_; }  // see StateStamp
  StateStamp checksum() const { return checksum_; }
  int64_t size_bytes() const { return static_cast<int64_t>(content_->size()); }

  // In file order: removals before puts. The batches live in the file's memory.
  Status ForEachRemoval(const std::function<Status(const arrow::Array& keys)>& consume) const;
  Status ForEachPut(const std::function<Status(const arrow::Array& keys,
                                               const arrow::RecordBatch& values)>& consume) const;

 private:
  Status Verify(const StateFileIdentity& expected);
  Status ForEachBatch(uint32_t kind, const SchemaPtr& schema,
                      const std::function<Status(const arrow::RecordBatch&)>& consume) const;

  struct Block {
    uint32_t kind;
    std::string_view payload;
  };

  std::string path_;
  std::shared_ptr<std::string> content_;
  std::vector<Block> blocks_;
  SchemaPtr value_schema_;
  StateStamp named_stamp_ = 0;
  StateStamp checksum_ = 0;
};

// A type without its field names and nullability: what decides whether values can be read.
std::string LayoutOf(const arrow::DataType& type);
std::string LayoutOf(const arrow::Schema& schema);

}  // namespace headrace
