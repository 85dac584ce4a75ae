// Calendar arithmetic on dates (days) and instants (microseconds), as java.time does it.
#pragma once

#include <cstdint>

#include "types/time.h"

namespace headrace {

// The day of month is clamped to the length of the month reached.
int32_t AddMonths(int32_t days, int64_t months);
int64_t AddMonthsToInstant(int64_t instant_us, int64_t months, const TimeZone& zone);
// Whole days keep the wall-clock time, the rest is exact.
int64_t AddDayTimeToInstant(int64_t instant_us, int64_t interval_us, const TimeZone& zone);

int32_t Weekday(int32_t days);  // 0: Monday
int32_t DaysInMonth(int32_t year, int32_t month);
int32_t DaysOfLocal(int64_t local_us);     // floor
int64_t LocalTimeOfDay(int64_t local_us);  // microseconds since local midnight
int32_t DaysOfInstant(int64_t instant_us, const TimeZone& zone);

}  // namespace headrace
