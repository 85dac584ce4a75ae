// Kernels over array columns, row by row.
#pragma once

#include <utility>

#include "functions/collection/list_column.h"
#include "functions/row_kernel.h"

namespace headrace {

// The element type of an argument that must be an array.
Result<FieldPtr> ElementOf(const std::string& function, int index, const Expression& argument);

// f(row, builder) -> Status appends the items of one result row; rows with a null argument are
// null.
template <typename F>
ScalarKernel ListKernel(DataTypePtr type, F f) {
  return ColumnKernel(
      [type = std::move(type), f = std::move(f)](
          const Columns& columns, const EvaluationContext& context) -> Result<ArrayPtr> {
        ARROW_ASSIGN_OR_RAISE(Validity validity, CombineValidity(columns, context.pool));
        ListColumnBuilder builder(type, context.pool);
        ARROW_RETURN_NOT_OK(builder.Open(columns.rows));
        for (int64_t i = 0; i < columns.rows; ++i) {
          if (!validity.IsValid(i)) {
            builder.AppendNull();
            continue;
          }
          ARROW_RETURN_NOT_OK(f(columns, i, &builder));
          builder.EndRow();
        }
        return builder.Finish();
      });
}

// f(columns, row, &null) -> value of a fixed-width type.
template <typename Out, typename F>
ScalarKernel ListValueKernel(DataTypePtr type, F f) {
  return ColumnKernel(
      [type = std::move(type), f = std::move(f)](
          const Columns& columns, const EvaluationContext& context) -> Result<ArrayPtr> {
        ARROW_ASSIGN_OR_RAISE(Validity combined, CombineValidity(columns, context.pool));
        ValidityWriter validity(std::move(combined), columns.rows, context.pool);
        Writer<Out> writer;
        ARROW_RETURN_NOT_OK(writer.Open(columns.rows, context.pool));
        for (int64_t i = 0; i < columns.rows; ++i) {
          writer.Null(i);
          if (!validity.IsValid(i)) continue;
          bool null = false;
          const Out value = f(columns, i, &null);
          writer.Write(i, [&](Out* out) { *out = value; });
          if (null) ARROW_RETURN_NOT_OK(validity.SetNull(i));
        }
        return writer.Finish(type, columns.rows, validity.Take());
      });
}

inline ListRow RowOf(const Column& column, int64_t i) {
  return ListRow(*column.array, column.row(i));
}

}  // namespace headrace
