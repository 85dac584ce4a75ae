// A query's columns brought into the order and types of the table that they go to.
#pragma once

#include <string>
#include <vector>

#include "plan/resolved_plan.h"
#include "types/time.h"
#include "warehouse/description.h"

namespace headrace {

struct InputMatch {
  bool by_name = false;
  std::vector<std::string> columns;  // by position: those that the input has; empty: all
  size_t static_partitions = 0;      // the input's last columns are constants of PARTITION (…)
  std::vector<std::string> static_columns;
};

// Errors: INSERT_COLUMN_ARITY_MISMATCH.*, INSERT_PARTITION_COLUMN_ARITY_MISMATCH,
// INCOMPATIBLE_DATA_FOR_TABLE.*, UNRESOLVED_COLUMN…, COLUMN_ALREADY_EXISTS.
Result<ResolvedPlanPtr> MatchTable(const ResolvedPlanPtr& input, const TableDescription& table,
                                   const InputMatch& match,
                                   const std::shared_ptr<const TimeZone>& zone);

// For a table that is made of the input: every column nullable, those of partitions last.
// COLUMN_ALREADY_EXISTS, COLUMN_NOT_DEFINED_IN_TABLE, ALL_PARTITION_COLUMNS_NOT_ALLOWED …
Result<ResolvedPlanPtr> ArrangeForTable(const ResolvedPlanPtr& input,
                                        const std::vector<std::string>& partition_columns);
// The same for a schema; partition columns are given back as the schema spells them.
Result<SchemaPtr> ArrangeSchema(const SchemaPtr& schema, const std::string& table,
                                std::vector<std::string>* partition_columns);

// UNSUPPORTED_OVERWRITE.TABLE if the plan reads from `location`.
Status CheckNotRead(const ResolvedPlan& plan, const std::string& location,
                    const TableDescription& table);

}  // namespace headrace
