// Values as text: casts to string, `show()` tables, console sink, CSV cells.
#pragma once

#include <string>
#include <vector>

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>

#include "types/spark_type.h"
#include "types/time.h"

namespace headrace {

// Java's Double.toString/Float.toString: 1.0, 1.0E10, 1.0E-5, NaN, Infinity.
void AppendDouble(double value, std::string* out);
void AppendFloat(float value, std::string* out);

enum class TextStyle {
  kCast,  // CAST(x AS STRING): arrays [1, null], maps {k -> 1}, structs {1, x}, binary as UTF-8
  kShow,  // show(): as kCast but binary `[0A FF]`
};
// Row `row` of `array`, which may be null ("NULL" when nested or at the top).
void AppendValue(const arrow::Array& array, int64_t row, const TimeZone& zone, TextStyle style,
                 std::string* out);
// A whole column cast to string; nulls stay null.
Result<std::shared_ptr<arrow::StringArray>> CastToString(const arrow::Array& array,
                                                         const TimeZone& zone);

// The text that `show(num_rows, truncate, vertical)` prints, line by line as Spark makes it: a
// table ends with "\n" (so that print adds a blank line), the lines "only showing top 2 rows" and
// "(0 rows)" do not. `batches` hold up to num_rows + 1 rows; the extra row tells that there are
// more. truncate 0: none.
std::string ShowString(const arrow::Schema& schema,
                       const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches,
                       int64_t num_rows, int32_t truncate, bool vertical, const TimeZone& zone);
// Same content as an HTML table (`_repr_html_`).
std::string HtmlString(const arrow::Schema& schema,
                       const std::vector<std::shared_ptr<arrow::RecordBatch>>& batches,
                       int64_t num_rows, int32_t truncate, const TimeZone& zone);
// A literal's text in auto-generated column names: 1, 1.5, x, NULL, DATE '2024-01-01'.
std::string LiteralText(const arrow::Scalar& value, const TimeZone& zone);

}  // namespace headrace
