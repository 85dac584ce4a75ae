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
  // ("true"/"false"), and `namespace`, which is an array of strings (a missing value gives null).
  explicit LocalTable(std::vector<std::string> columns) : columns_(std::move(columns)) {}

  LocalTable& Row(std::vector<std::optional<std::string>> values);
  Result<LogicalPlanPtr> Plan() const;
  Result<LogicalPlanPtr> RowsOfViews(const std::vector<std::string>& names);

  static Result<LogicalPlanPtr> Nothing();  // no columns, no rows
  static Result<LogicalPlanPtr> Boolean(const std::string& column, bool value);
  static Result<LogicalPlanPtr> Views(const std::vector<std::string>& global_names,
                                      const std::vector<std::string>& names);  // listTables
  static Result<LogicalPlanPtr> Columns(const arrow::Schema& schema);          // listColumns

 private:
  std::vector<std::string> columns_;
  std::vector<std::vector<std::optional<std::string>>> rows_;
};

}  // namespace headrace
