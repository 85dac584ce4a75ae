// The words 'epoch', 'now', 'today', 'tomorrow' and 'yesterday' in constants that are cast to
// dates and timestamps.
#pragma once

#include <string_view>

#include "expression/cast.h"

namespace headrace {

// Null when `text` is not such a word, or `to` not a date or timestamp. A zone may follow the word.
// All but 'epoch' depend on the time of the batch.
ExpressionPtr MakeSpecialDateTime(std::string_view text, const DataTypePtr& to,
                                  const std::shared_ptr<const TimeZone>& zone);

}  // namespace headrace
