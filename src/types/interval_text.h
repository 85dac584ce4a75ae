// Text of the two interval types, with or without the literal's words around it.
#pragma once

#include <cstdint>
#include <string_view>

namespace headrace {

enum class IntervalParse {
  kOk,
  kLayout,  // not written as an interval
  kRange,   // a part is too large: minute 61
};

// `1 02:03:04.5`, `INTERVAL '1 02:03:04.5' DAY TO SECOND`
IntervalParse ParseDayTimeInterval(std::string_view text, int64_t* microseconds);
// `1-2`, `INTERVAL '1-2' YEAR TO MONTH`
IntervalParse ParseYearMonthInterval(std::string_view text, int32_t* months);

}  // namespace headrace
