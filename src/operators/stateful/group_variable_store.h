// One variable of a function over groups: its store, and what of it comes due by time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "operators/stateful/store_holder.h"
#include "plan/group_function.h"

namespace headrace {

// Keys by a time in milliseconds; a key may stand under several times.
class DueTimes {
 public:
  void Add(int64_t time_ms, std::string_view key);
  void Remove(int64_t time_ms, std::string_view key);
  void Clear();
  // The entries with a time below `end_ms`, by time, then by key; they stay.
  std::vector<std::pair<int64_t, std::string>> Before(int64_t end_ms) const;
  bool empty() const { return times_.empty(); }
  int64_t first_ms() const { return times_.begin()->first; }
  int64_t size_bytes() const { return bytes_; }

 private:
  std::set<std::pair<int64_t, std::string>, std::less<>> times_;
  int64_t bytes_ = 0;
};

class GroupVariableStore {
 public:
  GroupVariableStore(int operator_id, const OperatorSite& site, const GroupVariable& variable,
                     const SchemaPtr& key_schema);

  // As StoreHolder; reads the times anew where need be.
  Status Open(int64_t version);
  Status Put(const EncodedRows& keys, const arrow::RecordBatch& values);
  Status Remove(const EncodedRows& keys);
  Result<BatchPtr> Get(const EncodedRows& keys, std::vector<uint8_t>* found) {
    return store_->Get(keys, found);
  }
  // Drops what has outlived its time to live. `*removed` counts the values.
  Status RemoveExpired(int64_t now_ms, int64_t* removed);

  const GroupVariable& variable() const { return variable_; }
  const DueTimes& due() const { return due_; }
  StoreHolder& holder() { return store_; }
  const StoreHolder& holder() const { return store_; }
  // Values, lists and entries of maps; timers do not count.
  int64_t entries() const { return entries_; }

 private:
  // What the stored rows of the keys add to due_ and entries_, times `sign`.
  Status Account(const EncodedRows& keys, const arrow::RecordBatch& values,
                 const std::vector<uint8_t>* found, int sign);
  Status AccountStored(const EncodedRows& keys, int sign);

  const GroupVariable variable_;
  StoreHolder store_;
  DueTimes due_;
  int64_t entries_ = 0;
};

}  // namespace headrace
