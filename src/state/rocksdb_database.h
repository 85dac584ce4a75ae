// The RocksDB database of a query: a column family for each of its stores, in a directory of its
// own outside the checkpoint, which is deleted with the object.
//
// It holds nothing that the checkpoint's files do not hold. It has no log of its own, and after a
// crash its directory is rubbish, which the next query with the same parent directory removes.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include "base/file_system.h"

namespace headrace {

class RocksDbDatabase {
 public:
  // In a new directory below `parent` ("": the system's directory for temporary files). Block cache
  // and write buffers together keep to `memory_bytes`.
  static Result<std::shared_ptr<RocksDbDatabase>> Create(const std::string& parent,
                                                         int64_t memory_bytes);
  ~RocksDbDatabase();

  using Family = std::shared_ptr<rocksdb::ColumnFamilyHandle>;
  // A new, empty family.
  Result<Family> AddFamily();
  // Its entries are gone once nobody holds the handle any more.
  Status DropFamily(const Family& family);

  // Of the database and its families.
  const rocksdb::Options& options() const { return options_; }
  // What a writer may collect before it writes.
  int64_t writer_bytes() const { return writer_bytes_; }
  // Of a file that does not exist yet, on the database's file system.
  std::string NewTablePath();

  rocksdb::DB* operator->() const { return database_.get(); }
  // Of cache and write buffers.
  int64_t memory_bytes() const;

 private:
  RocksDbDatabase() = default;

  std::shared_ptr<void> lock_;
  std::string directory_, lock_path_;
  std::shared_ptr<rocksdb::Cache> cache_;
  std::unique_ptr<rocksdb::DB> database_;
  rocksdb::Options options_;
  int64_t writer_bytes_ = 0;
  std::atomic<int64_t> tables_{0};  // ever made by writers
  std::mutex mutex_;
  int64_t families_ = 0;  // ever made
};

// IOError naming the operation.
Status FromRocksDb(const rocksdb::Status& status, const char* operation);

}  // namespace headrace
