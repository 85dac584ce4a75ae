// Queries that analysis itself has to run, where the columns of a relation are found in rows.
#pragma once

#include <cstdint>
#include <string>

#include "plan/analyzer.h"

namespace headrace {

// All rows of a plan that ends after few of them.
Result<std::shared_ptr<arrow::RecordBatch>> RowsOf(const ResolvedPlanPtr& plan,
                                                   const AnalyzerContext& context);

// The session's setting that bounds how many there may be.
int64_t LimitOf(const std::string& key, const AnalyzerContext& context);

}  // namespace headrace
