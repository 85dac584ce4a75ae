// A state store whose current version is in memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "state/prefix_index.h"
#include "state/state_table.h"
#include "state/time_index.h"
#include "state/versioned_store.h"

namespace headrace {

class MemoryStateStore final : public VersionedStore {
 public:
  explicit MemoryStateStore(std::shared_ptr<StateHistory> history);

  int64_t version() const override { return version_; }
  Result<std::shared_ptr<arrow::RecordBatch>> Get(const EncodedRows& keys,
                                                  std::vector<uint8_t>* found) override;
  Status Put(const EncodedRows& keys, const arrow::RecordBatch& values) override;
  Status Remove(const EncodedRows& keys) override;
  Status Put(const EncodedRows& keys, const arrow::RecordBatch& values,
             const std::vector<int64_t>& times) override;
  Result<Entries> TakeExpired(int64_t limit_us, Taking taking) override;
  Result<int64_t> FirstTime() override { return times_.First(); }
  Result<PrefixedEntries> GetPrefixed(const EncodedRows& prefixes) override;
  Status HasPrefixes(const EncodedRows& prefixes, std::vector<uint8_t>* has) override;
  Result<int64_t> CountPrefixes() override { return prefixes_.size(); }
  Status Scan(const std::function<Status(const arrow::RecordBatch& keys,
                                         const arrow::RecordBatch& values)>& consume) override;
  Status Commit() override;
  Status Rollback() override;
  StateStoreMetrics Metrics() const override;

  Status Load(int64_t version) override;
  bool IsAt(int64_t version) const override;
  void CountOpening(bool hit) override { ++(hit ? hits_ : misses_); }
  int64_t memory_bytes() const override {
    return table_.size_bytes() + times_.size_bytes() + prefixes_.size_bytes();
  }
  std::function<Status()> SnapshotOf(int64_t version) override;

  const StateTable& table() const { return table_; }
  const StateOrigin& origin() const { return origin_; }

 private:
  Status IndexTimes();

  StateTable table_;
  TimeIndex times_;
  PrefixIndex prefixes_;
  bool taken_ = false;  // times_ lacks entries that the committed version has
  std::vector<uint32_t> numbers_;
  int64_t version_ = 0;
  StateOrigin origin_;
  bool broken_ = false;  // the table holds no version
  int64_t hits_ = 0;
  int64_t misses_ = 0;
};

}  // namespace headrace
