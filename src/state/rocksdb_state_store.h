// A state store whose current version is in RocksDB; only what the batch at hand has read or
// changed is in memory, and is kept for the next batch as long as it is little.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "state/key_table.h"
#include "state/memory_state_store.h"
#include "state/prefix_index.h"
#include "state/rocksdb_database.h"
#include "state/rocksdb_time_index.h"
#include "state/state_table.h"
#include "state/value_rows.h"
#include "state/versioned_store.h"

namespace headrace {

class RocksDbStateStore final : public VersionedStore {
 public:
  // `cache_bytes`: how much is kept in memory between batches.
  RocksDbStateStore(std::shared_ptr<StateHistory> history,
                    std::shared_ptr<RocksDbDatabase> database, int64_t cache_bytes);

  int64_t version() const override { return version_; }
  Result<std::shared_ptr<arrow::RecordBatch>> Get(const EncodedRows& keys,
                                                  std::vector<uint8_t>* found) override;
  Status Put(const EncodedRows& keys, const arrow::RecordBatch& values) override;
  Status Put(const EncodedRows& keys, const arrow::RecordBatch& values,
             const std::vector<int64_t>& times) override;
  Result<Entries> TakeExpired(int64_t limit_us, Taking taking) override;
  Result<int64_t> FirstTime() override { return times_.First(); }
  Result<PrefixedEntries> GetPrefixed(const EncodedRows& prefixes) override;
  Status HasPrefixes(const EncodedRows& prefixes, std::vector<uint8_t>* has) override;
  Result<int64_t> CountPrefixes() override;
  Status Remove(const EncodedRows& keys) override;
  Status Scan(const std::function<Status(const arrow::RecordBatch& keys,
                                         const arrow::RecordBatch& values)>& consume) override;
  Status Commit() override;
  Status Rollback() override;
  StateStoreMetrics Metrics() const override;

  Status Load(int64_t version) override;
  // Takes over what another store of the same history holds, at its committed version.
  Status Adopt(const MemoryStateStore& other);
  bool IsAt(int64_t version) const override;
  void CountOpening(bool) override { counts_ = {}; }  // of a batch
  int64_t memory_bytes() const override {
    return touched_.size_bytes() + absent_.size_bytes() + times_.memory_bytes() +
           prefixes_.size_bytes() + whole_prefixes_.size_bytes();
  }
  std::function<Status()> SnapshotOf(int64_t version) override;

 private:
  class LoadTarget;
  struct Counts {
    int64_t gets = 0, get_us = 0, puts = 0, put_us = 0, load_us = 0;
  };

  // Brings the keys into `touched_`, or into `absent_`.
  Status Touch(const EncodedRows& keys);
  // Brings all entries with the prefixes into `touched_`.
  Status TouchPrefixed(const EncodedRows& prefixes);
  Status NewFamily();
  // For rows that come from elsewhere: their times are read from them.
  Status NoteTimes(const EncodedRows& keys, const arrow::RecordBatch& values);
  // The keys of `keys` that are there and due, each once, and their values.
  Result<Entries> StillDue(const EncodedRows& keys, int64_t limit_us);
  void Forget();

  const std::shared_ptr<RocksDbDatabase> database_;
  const int64_t cache_bytes_;
  const ValueRows value_rows_;
  RocksDbDatabase::Family family_;
  RocksDbTimeIndex times_;
  KeyTable read_;  // keys that TakeExpired gave, and left where they are
  StateTable touched_;
  // Keys that the database must not be asked for: it has them not, or the batch removed them.
  KeyTable absent_;
  PrefixIndex prefixes_;     // of `touched_`
  KeyTable whole_prefixes_;  // that `touched_` has all entries of
  std::vector<uint32_t> numbers_, absent_numbers_;
  int64_t version_ = 0;
  StateOrigin origin_;
  bool broken_ = true;  // the database does not hold the version
  Counts counts_;
};

}  // namespace headrace
