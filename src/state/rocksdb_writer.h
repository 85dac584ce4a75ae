// Writes entries to a family of a query's database.
//
// Few go through RocksDB's write buffer. Many are sorted here and written as a table file, which
// RocksDB takes over as it is: its write buffer would search its place for each entry and write
// the same file in the end.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "state/rocksdb_database.h"

namespace headrace {

class RocksDbWriter {
 public:
  RocksDbWriter(RocksDbDatabase* database, RocksDbDatabase::Family family);

  // Of one key the last call counts. What was collected is written once it takes the memory that
  // the database allows for it.
  Status Put(std::string_view key, std::string_view value);
  Status Remove(std::string_view key);
  // Writes what is left.
  Status Finish();

 private:
  struct Entry {
    uint64_t prefix;  // the key's first bytes, in the order of keys
    uint64_t start;   // of the key in bytes_, the value behind it
    uint32_t key_length;
    uint32_t value_length;  // kRemoved: none
  };
  static constexpr uint32_t kRemoved = ~uint32_t{0};

  Status Add(std::string_view key, std::string_view value, uint32_t value_length);
  std::string_view KeyOf(const Entry& entry) const;
  std::string_view ValueOf(const Entry& entry) const;
  // In the order of keys, each once.
  void Sort();
  Status WriteBatch();
  Status WriteTable();

  RocksDbDatabase* const database_;
  const RocksDbDatabase::Family family_;
  std::string bytes_;
  std::vector<Entry> entries_;
};

}  // namespace headrace
