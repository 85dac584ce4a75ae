#include "functions/collection/gather.h"

#include <arrow/builder.h>
#include <arrow/compute/api.h>

namespace headrace {

Result<ArrayPtr> GatherValues(const ArrayPtr& values, const std::vector<int64_t>& positions,
                              arrow::MemoryPool* pool) {
  arrow::Int64Builder builder(pool);
  ARROW_RETURN_NOT_OK(builder.Reserve(static_cast<int64_t>(positions.size())));
  for (const int64_t position : positions) {
    if (position < 0) {
      builder.UnsafeAppendNull();
    } else {
      builder.UnsafeAppend(position);
    }
  }
  ARROW_ASSIGN_OR_RAISE(auto indices, builder.Finish());
  arrow::compute::ExecContext context(pool);
  ARROW_ASSIGN_OR_RAISE(
      arrow::Datum taken,
      arrow::compute::Take(values, indices, arrow::compute::TakeOptions::NoBoundsCheck(),
                           &context));
  return taken.make_array();
}

}  // namespace headrace
