// The tasks of Python data sources in pooled workers: rows out of a partition, rows into a writer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connector/sink.h"
#include "connector/source.h"
#include "python/data_source.h"
#include "python/python_task.h"

namespace headrace {

// What a task of the planned read or write is to do.
std::shared_ptr<const PythonTask> DataSourceTask(const DataSourceCalls& calls,
                                                 const std::string& command);

// Rows of `schema` as workers send them, with the columns at `positions` only.
Result<std::shared_ptr<arrow::RecordBatch>> RowsFromWorker(const arrow::ArrayVector& columns,
                                                           int64_t rows,
                                                           const arrow::Schema& schema,
                                                           const std::vector<int>& positions);

// One reader for each partition; each starts its task with its first Next.
Result<PartitionReaders> ReadPartitions(const DataSourceCalls& calls,
                                        std::shared_ptr<const PythonTask> task,
                                        const std::vector<std::string>& partitions,
                                        const SchemaPtr& schema, const ScanRequest& request);

// Sends the rows of one partition; `message` gets what the writer returned.
std::unique_ptr<SinkWriter> WritePartition(const DataSourceCalls& calls,
                                           std::shared_ptr<const PythonTask> task, int partition,
                                           const SchemaPtr& schema,
                                           std::optional<std::string>* message);

}  // namespace headrace
