// Rows of sessions, gathered until the end of a micro-batch and then merged.
//
// A row is keys, among them its session (a struct of start and end), and states of aggregates. Rows
// whose other keys are equal are sorted by start; a row belongs to the session before it if it
// starts no later than that ends (semantics.md 3.3). Not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "operators/aggregate_set.h"
#include "operators/group_table.h"
#include "operators/rows.h"

namespace headrace {

// What merging made: sessions in order of group and start.
struct MergedSessions {
  std::vector<uint32_t> groups;  // of each session
  std::vector<int64_t> starts, ends;
  int64_t size() const { return static_cast<int64_t>(groups.size()); }
};

class SessionRows {
 public:
  // `key_types`: of the keys but the session.
  SessionRows(std::vector<DataTypePtr> key_types, const std::vector<PhysicalAggregate>& aggregates);

  // `keys` without the session. Group numbers are dense, in order of first appearance.
  Status Add(const Arrays& keys, const arrow::Array& sessions, const Arrays& states);
  // Rows of known groups that were there before all others: of rows with equal starts they are
  // merged first.
  Status AddEarlier(const std::vector<uint32_t>& groups, const std::vector<int64_t>& starts,
                    const std::vector<int64_t>& ends, const Arrays& states);

  int64_t groups() const { return table_.size(); }
  // One row a group.
  Result<Arrays> GroupKeys() const { return table_.Keys(); }

  // Merges all rows; the aggregates then hold a group for each session.
  Result<MergedSessions> Merge();
  Result<Arrays> States() const { return aggregates_.States(); }
  Result<Arrays> Results() const { return aggregates_.Finish(); }
  void Clear();

 private:
  Status CheckRoom(int64_t rows) const;

  GroupTable table_;
  AggregateSet aggregates_;
  std::vector<uint32_t> groups_;
  std::vector<int64_t> starts_, ends_;
  std::vector<Arrays> states_;  // as they came
  std::vector<uint32_t> numbers_;
};

// A column of sessions.
ArrayPtr SessionColumn(const DataTypePtr& type, const std::vector<int64_t>& starts,
                       const std::vector<int64_t>& ends);
// The columns but the one at `position`.
Arrays WithoutColumn(const Arrays& columns, int position);

}  // namespace headrace
