// Fields of dates and times.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "types/time.h"

namespace headrace {

enum class TimeField {
  kYear,
  kYearOfWeek,
  kQuarter,
  kMonth,
  kWeek,
  kDay,
  kDayOfYear,
  kDayOfWeek,     // Sunday = 1
  kDayOfWeekIso,  // Monday = 1
  kWeekday,       // Monday = 0
  kHour,
  kMinute,
  kSecond,
};

// Names and abbreviations as in EXTRACT.
std::optional<TimeField> FindTimeField(std::string_view name);
bool IsTimeOfDay(TimeField field);
int32_t DateFieldOf(TimeField field, int32_t days);
int32_t TimeFieldOf(TimeField field, int64_t local_us);

}  // namespace headrace
