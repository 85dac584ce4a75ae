// mergeSchema: the columns of several files together.
#pragma once

#include "types/spark_type.h"

namespace headrace {

// The fields of `left`, then those that only `right` has; structs, arrays and maps are merged
// within. Names match without regard to case. Error: CANNOT_MERGE_SCHEMAS.
Result<SchemaPtr> MergeSchemas(const arrow::Schema& left, const arrow::Schema& right);

}  // namespace headrace
