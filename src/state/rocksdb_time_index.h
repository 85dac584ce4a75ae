// The keys of a store by the time at which their entries expire, in a column family of their own.
//
// A row of the family is a note: keys of one second that were put at about the same time. It is
// written once and dropped as a whole, so keeping the index costs far less than an entry a key
// would. Notes may be out of date: who takes keys looks whether they are there and due.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "state/rocksdb_database.h"
#include "types/row_encoding.h"

namespace headrace {

class RocksDbTimeIndex {
 public:
  explicit RocksDbTimeIndex(std::shared_ptr<RocksDbDatabase> database);

  // Empties it.
  Status Reset();
  // In memory until Flush.
  void Add(std::string_view key, int64_t time_us);
  // Takes up to `most` keys noted with times <= limit_us; none: there are no more.
  Status Take(int64_t limit_us, int64_t most, EncodedRows* keys);
  // The lowest time that is noted; none: the maximum. A note that is out of date counts too.
  Result<int64_t> First();
  // Writes what was added and taken since the last Flush, or forgets it.
  Status Flush();
  void Forget();
  int64_t memory_bytes() const { return pending_bytes_; }

 private:
  // Second since the epoch → a note: time, length of the key, key, and so on.
  using Notes = std::map<int64_t, std::string>;

  // Moves what is due from a note to ready_, what is not to `rest`.
  void Sort(std::string_view note, int64_t limit_us, std::string* rest);
  Result<bool> ReadNote(int64_t limit_us);
  void ForgetChanges();

  const std::shared_ptr<RocksDbDatabase> database_;
  RocksDbDatabase::Family family_;
  uint64_t next_note_ = 0;
  Notes pending_;
  int64_t pending_bytes_ = 0;
  // Rows of the family that were taken, and the one that Take reads next.
  std::set<std::string> taken_;
  std::string next_row_;
  // The first row that held nothing due at this limit: a later limit begins again there.
  std::string undue_row_;
  int64_t limit_us_ = 0;
  std::string ready_;  // a note of keys to be handed out
  size_t next_ready_ = 0;
  std::optional<int64_t> first_us_;  // what First gives, if that is known
};

}  // namespace headrace
