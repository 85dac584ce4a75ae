// Numbers as text.
#pragma once

#include <string>

#include <arrow/util/decimal.h>

namespace headrace {

// Without exponent: 0.00000001, -1.10.
void AppendDecimal(const arrow::Decimal128& value, int32_t scale, std::string* out);
void AppendInteger(int64_t value, std::string* out);
// `INTERVAL '1 02:03:04.5' DAY TO SECOND`
void AppendDayTimeInterval(int64_t microseconds, std::string* out);
// `INTERVAL '1-2' YEAR TO MONTH`
void AppendYearMonthInterval(int32_t months, std::string* out);

}  // namespace headrace
