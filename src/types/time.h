// Dates, timestamps and time zones: text to value and back, fields, arithmetic.
//
// Event times are microseconds since 1970-01-01T00:00:00Z, dates are days since 1970-01-01
// (proleptic Gregorian calendar). A time zone object is immutable and cheap to look up in.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace headrace {

class TimeZone {
 public:
  virtual ~TimeZone() = default;
  virtual const std::string& name() const = 0;
  // Offset east of UTC in seconds, at an instant.
  virtual int32_t OffsetAt(int64_t instant_us) const = 0;
  // "CET", "UTC"; the offset where there is no abbreviation.
  virtual std::string AbbreviationAt(int64_t instant_us) const = 0;
  // Instant of a local (wall-clock) time. In a gap the time moves forward by the gap's length; in
  // an overlap the earlier offset wins (java.time's rules).
  virtual int64_t LocalToInstant(int64_t local_us) const = 0;
  int64_t InstantToLocal(int64_t instant_us) const {
    return instant_us + static_cast<int64_t>(OffsetAt(instant_us)) * 1000000;
  }
  // IANA id, "UTC", "Z", "+02:00", "GMT+2". Error: INVALID_TIMEZONE naming it.
  static Result<std::shared_ptr<const TimeZone>> Find(const std::string& name);
  static const std::shared_ptr<const TimeZone>& Utc();
  // The host's zone ($TZ, /etc/localtime), "UTC" when it can't be told.
  static std::string HostZoneName();
};

struct CivilTime {
  int32_t year = 1970;
  int32_t month = 1, day = 1;
  int32_t hour = 0, minute = 0, second = 0;
  int32_t microsecond = 0;
};
CivilTime CivilFromMicros(int64_t local_us);
int64_t MicrosFromCivil(const CivilTime& civil);
void CivilFromDays(int32_t days, int32_t* year, int32_t* month, int32_t* day);
int32_t DaysFromCivil(int32_t year, int32_t month, int32_t day);

// Spark's cast rules (semantics.md 9.5): no value for text that does not parse.
std::optional<int32_t> ParseDate(std::string_view text);
std::optional<int64_t> ParseTimestamp(std::string_view text, const TimeZone& zone);
std::optional<int64_t> ParseTimestampNtz(std::string_view text);

// `yyyy-MM-dd`, `yyyy-MM-dd HH:mm:ss[.ffffff]` without trailing zeros of the fraction.
void AppendDate(int32_t days, std::string* out);
void AppendTimestamp(int64_t instant_us, const TimeZone& zone, std::string* out);
// `2026-01-01T00:00:00.000Z`: progress objects and logs.
std::string FormatIsoMillis(int64_t epoch_ms);

// Calendar interval text: "10 minutes", "1 hour 30 minutes", "interval 5 days", "1 month"; short
// units sec, min, hr too. Error: CANNOT_PARSE_INTERVAL naming the text.
struct CalendarInterval {
  int32_t months = 0;
  int32_t days = 0;
  int64_t microseconds = 0;
};
Result<CalendarInterval> ParseInterval(std::string_view text);

// Java-style date-time patterns ("yyyy-MM-dd HH:mm:ss"), compiled once.
class DateTimePattern {
 public:
  virtual ~DateTimePattern() = default;
  virtual void Format(int64_t instant_us, const TimeZone& zone, std::string* out) const = 0;
  // Strict; microseconds. `ntz`: fields are taken as a local time without zone.
  virtual std::optional<int64_t> ParseMicros(std::string_view text, const TimeZone& zone,
                                             bool ntz) const = 0;
  // Some letters can be formatted but not parsed. Errors name the letter:
  // INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION, INVALID_DATETIME_PATTERN.*.
  enum class Use { kFormat, kParse };
  static Result<std::shared_ptr<const DateTimePattern>> Compile(const std::string& pattern,
                                                                Use use = Use::kFormat);
};

}  // namespace headrace
