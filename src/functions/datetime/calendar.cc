#include "functions/datetime/calendar.h"

#include <algorithm>

#include "base/time_units.h"

namespace headrace {
namespace {

int64_t FloorDivide(int64_t value, int64_t divisor) {
  const int64_t quotient = value / divisor;
  return quotient - (value % divisor < 0 ? 1 : 0);
}

}  // namespace

int32_t DaysInMonth(int32_t year, int32_t month) {
  static constexpr int32_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month != 2) return kDays[month - 1];
  return (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)) ? 29 : 28;
}

int32_t Weekday(int32_t days) {
  const int32_t weekday = (days + 3) % 7;
  return weekday < 0 ? weekday + 7 : weekday;
}

int32_t DaysOfLocal(int64_t local_us) {
  return static_cast<int32_t>(FloorDivide(local_us, kMicrosPerDay));
}

int64_t LocalTimeOfDay(int64_t local_us) {
  return local_us - FloorDivide(local_us, kMicrosPerDay) * kMicrosPerDay;
}

int32_t DaysOfInstant(int64_t instant_us, const TimeZone& zone) {
  return DaysOfLocal(zone.InstantToLocal(instant_us));
}

int32_t AddMonths(int32_t days, int64_t months) {
  int32_t year, month, day;
  CivilFromDays(days, &year, &month, &day);
  const int64_t total = static_cast<int64_t>(year) * 12 + (month - 1) + months;
  const auto new_year = static_cast<int32_t>(FloorDivide(total, 12));
  const auto new_month = static_cast<int32_t>(total - static_cast<int64_t>(new_year) * 12) + 1;
  return DaysFromCivil(new_year, new_month, std::min(day, DaysInMonth(new_year, new_month)));
}

int64_t AddMonthsToInstant(int64_t instant_us, int64_t months, const TimeZone& zone) {
  const int64_t local = zone.InstantToLocal(instant_us);
  const int64_t days = AddMonths(DaysOfLocal(local), months);
  return zone.LocalToInstant(days * kMicrosPerDay + LocalTimeOfDay(local));
}

int64_t AddDayTimeToInstant(int64_t instant_us, int64_t interval_us, const TimeZone& zone) {
  const int64_t days = interval_us / kMicrosPerDay;
  const int64_t rest = interval_us - days * kMicrosPerDay;
  if (days != 0) {
    const int64_t local = zone.InstantToLocal(instant_us);
    instant_us = zone.LocalToInstant(local + days * kMicrosPerDay);
  }
  return instant_us + rest;
}

}  // namespace headrace
