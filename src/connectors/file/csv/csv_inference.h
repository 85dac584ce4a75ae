// The schema that CSV files have, as Spark infers it.
#pragma once

#include <string>
#include <vector>

#include "connectors/file/csv/csv_source_options.h"
#include "connectors/file/data_file.h"
#include "types/spark_type.h"

namespace headrace {

// Column names from the header or `_c0`, `_c1`, …; their number is that of the first record. All
// strings unless `infer_schema`.
Result<SchemaPtr> InferCsvSchema(const std::vector<DataFile>& files, FileSystem* file_system,
                                 const CsvFileOptions& options);

}  // namespace headrace
