// How the rows of groups stand in the columns that a worker gets.
#pragma once

#include <string>
#include <vector>

#include "operators/rows.h"
#include "plan/group_function.h"
#include "python/python_task.h"

namespace headrace {

// The rows' columns, then those keys that are none of them. Functions know them by these names.
struct GroupArguments {
  // `positions`: GroupFunctionCall::key_positions among the columns of `rows`.
  GroupArguments(const arrow::Schema& rows, const arrow::Schema& keys,
                 const std::vector<int>& positions);
  // The columns of all groups of a batch.
  Result<Arrays> Columns(const GroupBatch& groups) const;
  // Where groups have no rows: one row each that has the keys alone.
  Result<Arrays> KeyRows(const arrow::RecordBatch& keys) const;

  // [count, keys, key columns…, value columns…], as grouped evaluations take it.
  std::vector<PythonArgument> arguments;
  std::vector<std::string> names;

 private:
  std::vector<DataTypePtr> row_types_;
  std::vector<int> key_columns_;  // where each key stands
};

}  // namespace headrace
