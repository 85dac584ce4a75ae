#include "plan/analysis/analysis_queries.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include <arrow/table.h>

namespace headrace {

Result<std::shared_ptr<arrow::RecordBatch>> RowsOf(const ResolvedPlanPtr& plan,
                                                   const AnalyzerContext& context) {
  if (!context.run_query) return NotSupported("a query whose columns depend on rows, here");
  ARROW_ASSIGN_OR_RAISE(const arrow::RecordBatchVector batches, context.run_query(plan));
  if (batches.empty()) return arrow::RecordBatch::MakeEmpty(plan->schema());
  return arrow::ConcatenateRecordBatches(batches);
}

int64_t LimitOf(const std::string& key, const AnalyzerContext& context) {
  const auto text = context.connector.configuration(key);
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  return std::clamp<int64_t>(std::strtoll(text.value_or("0").c_str(), nullptr, 10), 0, kMost);
}

}  // namespace headrace
