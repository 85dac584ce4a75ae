// Columns that directory names hold: `/table/date=2026-01-01/country=DE/part-0.json`.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connectors/file/data_file.h"
#include "types/spark_type.h"
#include "types/time.h"

namespace headrace {

// Name and value as text (no value: null), outermost first.
using PartitionPath = std::vector<std::pair<std::string, std::optional<std::string>>>;

// Reads the names of `directory` and its parents up to, not including, `base_path`. Empty: the
// directory belongs to no partition.
PartitionPath ParsePartitionPath(const std::string& directory, const std::string& base_path);

// The partition columns of a table with these files, all nullable. Columns that `user_schema` (may
// be null) names have its type; others the narrowest of int, bigint, decimal, double, timestamp,
// date, string that takes all values, or string if not `infer_types`. Error:
// CONFLICTING_PARTITION_COLUMN_NAMES.
Result<arrow::FieldVector> FindPartitionColumns(const std::vector<DataFile>& files,
                                                const SchemaPtr& user_schema, bool infer_types,
                                                const std::shared_ptr<const TimeZone>& zone);

// The constant values of `columns` in the rows of `file`; a column that its path lacks is null.
// Error: INVALID_PARTITION_VALUE naming value, type and column.
Result<std::vector<std::shared_ptr<arrow::Scalar>>> PartitionValues(
    const DataFile& file, const arrow::FieldVector& columns,
    const std::shared_ptr<const TimeZone>& zone);

}  // namespace headrace
