// Dates and clock times in the proleptic Gregorian calendar, and their text.
#include <charconv>

#include "base/time_units.h"
#include "types/time.h"
#include "types/wrapping.h"

namespace headrace {

namespace {

int64_t FloorDivide(int64_t a, int64_t b) {
  const int64_t quotient = a / b;
  return a % b < 0 ? quotient - 1 : quotient;
}

// Days since 1970-01-01, counted in years that begin on 1 March, so that the leap day is last.
int64_t DaysFromYearMonthDay(int64_t year, int32_t month, int32_t day) {
  if (month <= 2) --year;
  const int64_t era = FloorDivide(year, 400);
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

void YearMonthDayFromDays(int64_t days, int32_t* year, int32_t* month, int32_t* day) {
  days += 719468;
  const int64_t era = FloorDivide(days, 146097);
  const auto day_of_era = static_cast<int32_t>(days - era * 146097);
  const int32_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int32_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int32_t shifted_month = (5 * day_of_year + 2) / 153;
  *day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
  *month = shifted_month + (shifted_month < 10 ? 3 : -9);
  *year = static_cast<int32_t>(year_of_era + era * 400 + (*month <= 2 ? 1 : 0));
}

char* WriteTwoDigits(int32_t value, char* out) {
  *out++ = static_cast<char>('0' + value / 10);
  *out++ = static_cast<char>('0' + value % 10);
  return out;
}

// At least four digits; a sign before years outside 0 to 9999, as in ISO 8601.
char* WriteYear(int32_t year, char* out) {
  if (year >= 0 && year <= 9999) {
    out = WriteTwoDigits(year / 100, out);
    return WriteTwoDigits(year % 100, out);
  }
  *out++ = year < 0 ? '-' : '+';
  const uint32_t magnitude = year < 0 ? 0u - static_cast<uint32_t>(year) : year;
  for (uint32_t limit = 1000; limit > 1 && magnitude < limit; limit /= 10) *out++ = '0';
  return std::to_chars(out, out + 10, magnitude).ptr;
}

char* WriteDate(int32_t year, int32_t month, int32_t day, char* out) {
  out = WriteYear(year, out);
  *out++ = '-';
  out = WriteTwoDigits(month, out);
  *out++ = '-';
  return WriteTwoDigits(day, out);
}

char* WriteClock(const CivilTime& civil, char* out) {
  out = WriteTwoDigits(civil.hour, out);
  *out++ = ':';
  out = WriteTwoDigits(civil.minute, out);
  *out++ = ':';
  return WriteTwoDigits(civil.second, out);
}

}  // namespace

CivilTime CivilFromMicros(int64_t local_us) {
  CivilTime civil;
  const int64_t days = FloorDivide(local_us, kMicrosPerDay);
  const int64_t rest = local_us % kMicrosPerDay;
  const int64_t of_day = rest < 0 ? rest + kMicrosPerDay : rest;
  YearMonthDayFromDays(days, &civil.year, &civil.month, &civil.day);
  const auto seconds = static_cast<int32_t>(of_day / kMicrosPerSecond);
  civil.microsecond = static_cast<int32_t>(of_day % kMicrosPerSecond);
  civil.hour = seconds / 3600;
  civil.minute = seconds / 60 % 60;
  civil.second = seconds % 60;
  return civil;
}

int64_t MicrosFromCivil(const CivilTime& civil) {
  const int64_t seconds = DaysFromYearMonthDay(civil.year, civil.month, civil.day) * 86400 +
                          civil.hour * 3600 + civil.minute * 60 + civil.second;
  return AddSeconds(civil.microsecond, seconds);
}

void CivilFromDays(int32_t days, int32_t* year, int32_t* month, int32_t* day) {
  YearMonthDayFromDays(days, year, month, day);
}

int32_t DaysFromCivil(int32_t year, int32_t month, int32_t day) {
  return static_cast<int32_t>(DaysFromYearMonthDay(year, month, day));
}

void AppendDate(int32_t days, std::string* out) {
  int32_t year = 0;
  int32_t month = 0;
  int32_t day = 0;
  CivilFromDays(days, &year, &month, &day);
  char buffer[24];
  out->append(buffer, WriteDate(year, month, day, buffer));
}

void AppendTimestamp(int64_t instant_us, const TimeZone& zone, std::string* out) {
  const CivilTime civil = CivilFromMicros(zone.InstantToLocal(instant_us));
  char buffer[48];
  char* end = WriteDate(civil.year, civil.month, civil.day, buffer);
  *end++ = ' ';
  end = WriteClock(civil, end);
  if (civil.microsecond != 0) {
    *end++ = '.';
    int32_t rest = civil.microsecond;
    for (int32_t unit = 100000; rest != 0; unit /= 10) {
      *end++ = static_cast<char>('0' + rest / unit);
      rest %= unit;
    }
  }
  out->append(buffer, end);
}

std::string FormatIsoMillis(int64_t epoch_ms) {
  const CivilTime civil = CivilFromMicros(epoch_ms * 1000);
  char buffer[48];
  char* end = WriteDate(civil.year, civil.month, civil.day, buffer);
  *end++ = 'T';
  end = WriteClock(civil, end);
  const int32_t millis = civil.microsecond / 1000;
  *end++ = '.';
  *end++ = static_cast<char>('0' + millis / 100);
  end = WriteTwoDigits(millis % 100, end);
  *end++ = 'Z';
  return std::string(buffer, end);
}

}  // namespace headrace
