// Reading rows that are in memory already: the batches of sockets, memory tables and tests.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connector/source.h"

namespace headrace {

// Positions of `columns` in `schema` (exact names); INTERNAL_ERROR for a column that is absent,
// since requests come from the analyser.
Result<std::vector<int>> ColumnPositions(const arrow::Schema& schema,
                                         const std::vector<std::string>& columns);
// The schema that a reader of `columns` has.
Result<SchemaPtr> ProjectSchema(const arrow::Schema& schema,
                                const std::vector<std::string>& columns);

// Hands out the requested columns of each batch in turn.
Result<std::unique_ptr<PartitionReader>> MakeBatchListReader(
    std::vector<std::shared_ptr<arrow::RecordBatch>> batches, const arrow::Schema& schema,
    const std::vector<std::string>& columns);

}  // namespace headrace
