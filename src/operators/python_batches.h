// Rows on their way to a Python worker and back: the types and names that Arrow functions see.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "operators/rows.h"
#include "python/python_task.h"

namespace headrace {

// What the session says of timestamps, and of how many rows an Arrow batch may have.
std::string ZoneOfWorker(const PythonTask& task);
int64_t LargestBatch(const PythonTask& task);

// Columns under the names, their types as workers see them: timestamps in `zone`.
Result<std::shared_ptr<arrow::RecordBatch>> BatchForWorker(const Arrays& columns,
                                                           const std::vector<std::string>& names,
                                                           int64_t rows, const std::string& zone);

// The fields of a worker's struct column as columns of `schema`.
Result<BatchPtr> BatchFromWorker(const arrow::Array& structs, const SchemaPtr& schema);

}  // namespace headrace
