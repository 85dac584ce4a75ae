// Spark's types and those of ORC files.
#pragma once

#include "types/spark_type.h"

namespace headrace {

// The column that a field of an ORC file is for Spark. Error: a union, by name.
Result<FieldPtr> SparkFieldOfOrc(const arrow::Field& field);
// As the file is to hold it, with Spark's own attributes for types that ORC has not.
FieldPtr OrcFieldOf(const arrow::Field& field);

}  // namespace headrace
