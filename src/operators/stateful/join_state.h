// One side of a join of two streams: the rows that wait for partners, by key.
//
// Two stores, laid out as Spark's: `…-keyToNumValues` holds the number n of rows of a key,
// `…-keyWithIndexToValue` the rows under (key, 0), …, (key, n - 1), each with a flag whether it
// ever found a partner. When a row leaves, the last one of its key takes its place.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "operators/stateful/store_holder.h"
#include "state/key_table.h"

namespace headrace {

// The stores of a kStreamJoin, in Spark's order.
std::vector<StateStoreDeclaration> DeclareJoinStores(const PhysicalNode& node);

// Rows of the state, found by their keys.
struct StoredRows {
  std::vector<uint32_t> origins;  // which of the keys looked for
  EncodedRows places;             // (key, index)
  BatchPtr values;                // the columns of the row, then the flag

  Arrays row() const;
  const arrow::BooleanArray& matched() const;
};

class JoinSideState {
 public:
  JoinSideState(const PhysicalNode& node, bool is_left, const OperatorSite& site);

  Status Open(int64_t version);
  Status Commit();
  Status Rollback();
  void AddMetrics(RunMetrics* metrics) const;

  // Looks for all rows of keys[i] with wanted[i] != 0; Next gives them in portions. The state must
  // not change in between but through MarkMatched.
  Status Find(const EncodedRows& keys, const std::vector<uint8_t>& wanted);
  Result<bool> Next(StoredRows* found);
  // Sets the flags of found[i] for all i in `which`.
  Status MarkMatched(const StoredRows& found, const std::vector<uint32_t>& which);

  // Adds the rows `which` of `batch`, a batch of the side's child; keys and flags are by row.
  Status Append(const arrow::RecordBatch& batch, const EncodedRows& keys,
                const std::vector<uint32_t>& which, const std::vector<uint8_t>& matched);

  // Removes what the watermark allows to. `consume`, if there is one, gets the rows' values.
  using Consumer = std::function<Status(const StoredRows& removed)>;
  Result<int64_t> Evict(int64_t watermark_ms, const Consumer& consume);
  // Would the row go at once? By the columns of the child's batch.
  Result<std::vector<uint8_t>> ReachedRows(const arrow::RecordBatch& batch,
                                           int64_t watermark_ms) const;

  StoreHolder& metrics() { return rows_; }

 private:
  const arrow::Array& TimesOf(const arrow::RecordBatch& batch) const;
  Result<int64_t> EvictKeys(const EncodedRows& keys, const Consumer& consume);
  // `values` are the rows.
  Result<int64_t> EvictRows(const EncodedRows& places, BatchPtr values, const Consumer& consume);
  // Numbers of rows by key, 0 where there is none.
  Result<std::vector<int64_t>> CountsOf(const EncodedRows& keys);
  // `times`: of keys that may be new.
  Status PutCounts(const EncodedRows& keys, const std::vector<int64_t>& counts,
                   const std::vector<int64_t>* times);
  // keys[i] into groups_[i]; each distinct key once into distinct_.
  Status GroupKeys(const EncodedRows& keys);
  Status FillHoles(const EncodedRows& to, const EncodedRows& from);

  const StreamJoinSide& side_;
  const std::shared_ptr<const StreamJoin> join_;
  const int operator_id_;
  const bool by_key_;   // the watermark is on keys, not on values
  const bool expires_;  // there is one
  StoreHolder counts_, rows_;

  // What Find was asked for.
  const EncodedRows* sought_ = nullptr;
  std::vector<int64_t> sought_counts_;
  int64_t sought_row_ = 0, sought_index_ = 0;

  KeyTable table_;
  EncodedRows distinct_;
  std::vector<uint32_t> groups_;
};

}  // namespace headrace
