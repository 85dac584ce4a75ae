// One variable of a function over groups: its store, and what of it comes due by time.
//
// What a group has several of lies in entries of its own, so that a change writes itself and not
// all that the group has: lists under (group, position), where positions grow from batch to batch;
// maps under (group, key of the map); timers under (group, time).
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "operators/stateful/store_holder.h"
#include "plan/group_function.h"

namespace headrace {

// "ListState"; "" of what is no variable to the program.
std::string VariableTypeOf(GroupVariable::Kind kind);
// The variable's store; `key_schema` is of the groups' keys.
StateStoreDeclaration DeclareVariableStore(const GroupVariable& variable,
                                           const SchemaPtr& key_schema);

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

// Groups are given by their encoded keys; the methods are those of GroupStates.
class GroupVariableStore {
 public:
  GroupVariableStore(int operator_id, const OperatorSite& site, const GroupVariable& variable,
                     const SchemaPtr& key_schema);

  // As StoreHolder; reads the times anew where need be.
  Status Open(int64_t version);
  Result<BatchPtr> Get(const EncodedRows& groups, std::vector<uint8_t>* found) {
    return store_->Get(groups, found);
  }
  Result<BatchPtr> Entries(const EncodedRows& groups, std::vector<int64_t>* begins);
  Result<BatchPtr> Find(const EncodedRows& groups, const ArrayPtr& keys,
                        std::vector<uint8_t>* found);
  Status Put(const EncodedRows& groups, const arrow::RecordBatch& entries);
  Status RemoveKeys(const EncodedRows& groups, const ArrayPtr& keys);
  Status Remove(const EncodedRows& groups);
  // Drops what has outlived its time to live. `*removed` counts the entries.
  Status RemoveExpired(int64_t now_ms, int64_t* removed);

  const GroupVariable& variable() const { return variable_; }
  // Of timers and timeouts.
  const DueTimes& due() const { return due_; }
  StoreHolder& holder() { return store_; }
  const StoreHolder& holder() const { return store_; }
  // As Spark counts rows: a list is one, a map as many as it has keys, timers are none.
  int64_t rows() const;

 private:
  // Drops all that there is.
  Status Reset();
  // The keys under which the entries of groups[i] with keys[i] are stored.
  static Result<EncodedRows> PlacesOf(const EncodedRows& groups, const ArrayPtr& keys);
  Result<ArrayPtr> NextPositions(int64_t count);
  std::vector<int64_t> ExpiryTimes(const arrow::RecordBatch& values) const;
  // What the stored timeouts of the groups add to due_, times `sign`.
  Status AccountTimeouts(const EncodedRows& groups, int sign);
  void AccountTimeouts(const EncodedRows& groups, const arrow::RecordBatch& values,
                       const std::vector<uint8_t>* found, int sign);
  // Lists that the groups have. `groups` may come several times.
  Result<int64_t> CountLists(const EncodedRows& groups);

  const GroupVariable variable_;
  const bool has_entries_;
  StoreHolder store_;
  DueTimes due_;
  int64_t lists_ = 0;          // of a list: the groups that have one
  int64_t next_position_ = 0;  // of the next element of any list
};

}  // namespace headrace
