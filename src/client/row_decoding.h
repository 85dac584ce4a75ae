// Results on the wire, Arrow IPC streams, to batches and rows.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/record_batch.h>

#include "headrace/row.h"
#include "headrace/types.h"

#include "client/connection.h"
#include "client/plan_node.h"

namespace headrace::client {

// Runs a plan; `take` gets its batches in order and answers whether to go on. Returns the schema
// that the server told, if it did. SparkConnectException for bytes that are no Arrow stream.
std::optional<StructType> FetchBatches(
    Connection* connection, const PlanNode& plan,
    const std::function<bool(const std::shared_ptr<arrow::RecordBatch>&)>& take);

// Column by column, so that types are looked at once a batch. SparkConnectException for types that
// no Value stands for.
std::vector<Row> RowsOf(const arrow::RecordBatch& batch);

}  // namespace headrace::client
