// The static method analyze() of a table function: what it wants to be told of its arguments, and
// what it answers. Called when a query is analysed, in a worker of the pool.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/array.h>

#include "python/python_function.h"
#include "python/python_runtime.h"

namespace headrace {

struct TableArgumentDescription {
  std::string keyword;
  DataTypePtr type;
  std::shared_ptr<arrow::Array> constant;  // of one row; null: not constant
  bool is_table = false;                   // `type` is that of its rows then
};

struct TableAnalysis {
  struct Order {
    std::string column;
    bool ascending = true;
    std::optional<bool> nulls_first;
  };
  struct Selected {
    std::string column, alias;
  };
  DataTypePtr schema;
  std::string pickled;  // for the instances
  bool single_partition = false;
  std::vector<std::string> partition_by;
  std::vector<Order> order_by;
  std::vector<Selected> selected;  // none: all columns
};

// TABLE_VALUED_FUNCTION_FAILED_TO_ANALYZE_IN_PYTHON with what it raised.
Result<TableAnalysis> AnalyzeTable(const PythonContext& context, const PythonFunction& function,
                                   const std::vector<TableArgumentDescription>& arguments);

}  // namespace headrace
