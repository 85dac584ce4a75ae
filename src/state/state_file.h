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

// Where the contents of a version come from.
struct StateOrigin {
  int64_t version = 0;   // the last that changed anything; it has a delta
  StateStamp stamp = 0;  // its stamp
  int64_t entries = 0;   // that there are
};

class StateFileWriter {
 public:
  explicit StateFileWriter(WritableFile* file) : file_(file) {}

  // A delta builds on `origin`, a snapshot holds it. `entries`: that there are in the file's
  // version.
  Status Begin(const StateFileIdentity& identity, const StateOrigin& origin, int64_t entries);
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

// A file that was read and verified as a whole. Small ones stay in memory; of large ones each block
// is read, and verified, again when its turn comes.
class StateFile {
 public:
  static constexpr int64_t kLargeBytes = 16 << 20;

  static Result<StateFile> Read(const std::string& path, const StateFileIdentity& expected,
                                FileSystem* files, int64_t large_bytes = kLargeBytes);

  // The header alone: contents and checksum of the whole are not looked at.
  static Result<StateFile> ReadHeader(const std::string& path, const StateFileIdentity& expected,
                                      FileSystem* files);

  StateStamp named_stamp() const { return named_stamp_; }   // see StateStamp
  int64_t named_version() const { return named_version_; }  // that has this stamp
  int64_t entries() const { return entries_; }              // that there are in its version
  StateStamp checksum() const { return checksum_; }
  int64_t size_bytes() const { return size_; }

  // In file order: removals before puts. The batches keep what they need of the file alive.
  Status ForEachRemoval(const std::function<Status(const arrow::Array& keys)>& consume) const;
  Status ForEachPut(const std::function<Status(const arrow::Array& keys,
                                               const arrow::RecordBatch& values)>& consume) const;

 private:
  struct Block {
    uint32_t kind;
    uint32_t checksum;
    int64_t offset;  // of the payload
    int64_t bytes;   // of it, without padding
  };

  Status Verify(const StateFileIdentity& expected);
  Status CheckMagic() const;
  Status CheckHeader(const StateFileIdentity& expected, std::string_view text);
  // The bytes from `offset` on; `owner` keeps them if they had to be read.
  Result<std::string_view> Bytes(int64_t offset, int64_t length, std::string* owner) const;
  // The payload of a block, padding included, with a good checksum.
  Result<std::string_view> Payload(const Block& block, std::string* owner) const;
  Status ForEachBatch(uint32_t kind, const SchemaPtr& schema,
                      const std::function<Status(const arrow::RecordBatch&)>& consume) const;
  Status Damaged(const std::string& what, uint32_t expected = 0, uint32_t computed = 0) const;

  std::string path_;
  FileSystem* files_ = nullptr;
  int64_t size_ = 0;
  std::shared_ptr<std::string> content_;  // null: a large file
  std::vector<Block> blocks_;
  SchemaPtr value_schema_;
  StateStamp named_stamp_ = 0;
  int64_t named_version_ = 0;
  int64_t entries_ = 0;
  StateStamp checksum_ = 0;
};

// A type without its field names and nullability: what decides whether values can be read.
std::string LayoutOf(const arrow::DataType& type);
std::string LayoutOf(const arrow::Schema& schema);

}  // namespace headrace
