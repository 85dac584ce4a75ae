// One variable of a function over groups: its store, and what of it comes due by time, which the
// store finds itself.
//
// What a group has several of lies in entries of its own, so that a change writes itself and not
// all that the group has: lists under (group, position), where positions grow from batch to batch;
// maps under (group, key of the map); timers under (group, time).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "operators/stateful/store_holder.h"
#include "plan/group_function.h"

namespace headrace {

// "ListState"; "" of what is no variable to the program.
std::string VariableTypeOf(GroupVariable::Kind kind);
// The variable's store; `key_schema` is of the groups' keys.
StateStoreDeclaration DeclareVariableStore(const GroupVariable& variable,
                                           const SchemaPtr& key_schema);

// Groups whose timers or timeouts have come, by time, then by key.
struct DueGroups {
  EncodedRows keys;
  std::vector<int64_t> times_ms;
};

// Groups are given by their encoded keys; the methods are those of GroupStates.
class GroupVariableStore {
 public:
  GroupVariableStore(int operator_id, const OperatorSite& site, const GroupVariable& variable,
                     const SchemaPtr& key_schema);

  // As StoreHolder.
  Status Open(int64_t version);
  Result<BatchPtr> Get(const EncodedRows& groups, std::vector<uint8_t>* found) {
    return store_->Get(groups, found);
  }
  Result<BatchPtr> Entries(const EncodedRows& groups, std::vector<int64_t>* begins);
  Result<BatchPtr> Find(const EncodedRows& groups, const ArrayPtr& keys,
                        std::vector<uint8_t>* found);
  Status Put(const EncodedRows& groups, const arrow::RecordBatch& entries);
  // Which groups have entries.
  Status Has(const EncodedRows& groups, std::vector<uint8_t>* has) {
    return store_->HasPrefixes(groups, has);
  }
  Status RemoveKeys(const EncodedRows& groups, const ArrayPtr& keys);
  Status Remove(const EncodedRows& groups);
  // Drops what has outlived its time to live. `*removed` counts the entries.
  Status RemoveExpired(int64_t now_ms, int64_t* removed);

  // Timers or timeouts before `end_ms`. They stay, but come no more: timers are to be removed,
  // timeouts to be settled.
  Result<DueGroups> TakeDue(int64_t end_ms);
  // After the calls for these groups: timeouts that they left as they were come again.
  Status SettleTimeouts(const EncodedRows& groups, const std::vector<int64_t>& times_ms);
  // The next timer or timeout is not before this; none: there is none. It may be earlier than that.
  Result<std::optional<int64_t>> FirstDueMs();

  const GroupVariable& variable() const { return variable_; }
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
  // Of values in which the store is indexed.
  std::vector<int64_t> TimesOf(const arrow::RecordBatch& values) const;
  // Lists that the groups have. `groups` may come several times.
  Result<int64_t> CountLists(const EncodedRows& groups);

  const GroupVariable variable_;
  const bool has_entries_;
  StoreHolder store_;
  int64_t lists_ = 0;          // of a list: the groups that have one
  int64_t next_position_ = 0;  // of the next element of any list
};

}  // namespace headrace
