// The schema that JSON files have, as Spark infers it.
#pragma once

#include <vector>

#include "connectors/file/data_file.h"
#include "functions/json/json_options.h"
#include "types/spark_type.h"

namespace headrace {

// Null when there is no file. Fields are sorted by name. With malformed records (and
// PERMISSIVE) the corrupt-record column is one of them.
Result<SchemaPtr> InferJsonSchema(const std::vector<DataFile>& files,
                                  const JsonReadOptions& options);

}  // namespace headrace
