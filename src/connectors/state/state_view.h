// What a user sees of a store: which columns, and of the entries of state variables which rows.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connectors/state/state_options.h"

namespace headrace {

// Spark shows neither what only numbers the rows of a side of a join and says whether they were
// matched, nor the positions in lists.
class StateView {
 public:
  // STDS_* if there is no such store, or no such variable.
  static Result<StateView> Find(const StateReadOptions& options, FileSystem* files);

  int partitions() const { return partitions_; }
  const StateStoreDeclaration& store() const { return store_; }
  bool is_list() const { return store_.variable_type == "ListState"; }
  // The columns beside those of the change feed and `partition_id`.
  const arrow::FieldVector& fields() const { return fields_; }
  // Must all entries of a partition be given to Rows at once? Of changes, never.
  bool needs_all() const { return gathered_ || is_list(); }
  // The columns for these entries; without values, of keys that were removed: nulls for them.
  struct Columns {
    int64_t rows = 0;
    arrow::ArrayVector columns;
  };
  Result<Columns> Rows(const arrow::RecordBatch& keys, const arrow::RecordBatch* values) const;

 private:
  StateView() = default;

  int partitions_ = 0;
  StateStoreDeclaration store_;
  bool gathered_ = false;  // a list or a map is one row
  std::vector<int> key_columns_, value_columns_;
  DataTypePtr key_type_, value_type_;
  arrow::FieldVector fields_;
};

}  // namespace headrace
