// How values get into a table's columns (spark.sql.storeAssignmentPolicy=ANSI, whatever
// spark.sql.ansi.enabled is).
#pragma once

#include <string>

#include "expression/cast.h"

namespace headrace {

// `value` as the type of a column; what cannot hold at run time is CAST_OVERFLOW_IN_TABLE_INSERT.
// Error: INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST for types that do not fit at all.
Result<ExpressionPtr> StoreAs(ExpressionPtr value, const DataTypePtr& type,
                              const std::string& column, const std::string& table,
                              const std::shared_ptr<const TimeZone>& zone);

bool CanStore(const DataType& from, const DataType& to);

}  // namespace headrace
