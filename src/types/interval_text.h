// Text of the two interval types, with or without the literal's words around it.
#pragma once

#include <cstdint>
#include <string_view>

namespace headrace {

// `1 02:03:04.5`, `INTERVAL '1 02:03:04.5' DAY TO SECOND`
bool ParseDayTimeInterval(std::string_view text, int64_t* microseconds);
// `1-2`, `INTERVAL '1-2' YEAR TO MONTH`
bool ParseYearMonthInterval(std::string_view text, int32_t* months);

}  // namespace headrace
