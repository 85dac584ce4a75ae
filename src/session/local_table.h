// Small tables of text that catalog operations and SQL commands answer with.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/unresolved.h"

namespace headrace {

class LocalTable {
 public:
  // All columns are strings, but for `nullable` and `is…` columns, which are booleans
  // ("true"/"false"), and `namespace` beside many, which is an array of strings ("" gives an empty
  // one).
  explicit LocalTable(std::vector<std::string> columns) : columns_(std::move(columns)) {}

  LocalTable& Row(std::vector<std::optional<std::string>> values);
  Result<LogicalPlanPtr> Plan() const;

  static Result<LogicalPlanPtr> Nothing();  // no columns, no rows
  static Result<LogicalPlanPtr> Boolean(const std::string& column, bool value);
  // listColumns
  static Result<LogicalPlanPtr> Columns(const arrow::Schema& schema,
                                        const std::vector<std::string>& partition_columns);

 private:
  std::vector<std::string> columns_;
  std::vector<std::vector<std::optional<std::string>>> rows_;
};

}  // namespace headrace
