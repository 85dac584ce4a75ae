// A compiled date-time pattern: what DateTimePattern formats and parses by.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "types/time.h"

namespace headrace {

enum class DateTimeField {
  kEra,        // 0 BC, 1 AD
  kYear,       // proleptic: 0 is 1 BC
  kYearOfEra,  // from 1
  kMonth,
  kDay,
  kDayOfYear,
  kQuarter,
  kWeekday,       // 1 Monday to 7 Sunday
  kWeekdayOfDay,  // 1 + (day of month - 1) % 7
  kHour,          // 0-23
  kClockHour,     // 1-24
  kAmPm,          // 0 AM, 1 PM
  kHourOfAmPm,    // 0-11
  kClockHourOfAmPm,
  kMinute,
  kSecond,
  kNanosecond,
};
constexpr int kDateTimeFields = 17;

enum class SignStyle {
  kNormal,       // '-' only
  kExceedsPad,   // '+' too, when the number is wider than its padding
  kNotNegative,  // no sign
};

// Number of parts that an offset shows, as in the letters X, x and Z.
enum class OffsetStyle { kHourMaybeMinute, kHourMinute, kHourMinuteMaybeSecond };

struct DateTimeElement {
  enum class Kind {
    kLiteral,          // text
    kNumber,           // field, widths, sign
    kTwoDigitYear,     // 2000 to 2099
    kText,             // field by name; `full` or short
    kFraction,         // max_width digits; parsing takes fewer
    kZoneId,           // Europe/Paris
    kZoneName,         // CET; `full`: Central European Standard Time
    kOffset,           // +0100; `colons`, offset_style; `text` stands for no offset
    kLocalizedOffset,  // GMT+1; `full`: GMT+01:00
    kOptional,         // children
  };
  Kind kind = Kind::kLiteral;
  DateTimeField field = DateTimeField::kYear;
  int min_width = 1;
  int max_width = 19;
  SignStyle sign = SignStyle::kNormal;
  // Digits that the numbers of fixed width right behind this one take when they are parsed.
  int following_digits = 0;
  bool full = false;
  bool colons = false;
  OffsetStyle offset_style = OffsetStyle::kHourMinute;
  std::string text;
  std::vector<DateTimeElement> children;
};

// English names of a field's values; the value of names[0] is `first`.
struct DateTimeNames {
  std::vector<std::string_view> names;
  int first = 0;
};
DateTimeNames NamesOf(DateTimeField field, bool full);

// Full English name of a zone for standard or summer time ("Central European Standard Time"), or
// "" when it is not known.
std::string_view FullZoneName(std::string_view abbreviation);
// A region in which the abbreviation is in use; "" when it is not known.
std::string_view RegionOfAbbreviation(std::string_view abbreviation);

void FormatElements(const std::vector<DateTimeElement>& elements, int64_t instant_us,
                    const TimeZone& zone, std::string* out);

// What parsing has found so far.
struct ParsedDateTime {
  std::array<std::optional<int64_t>, kDateTimeFields> fields;
  std::optional<int32_t> offset_seconds;
  std::shared_ptr<const TimeZone> zone;

  std::optional<int64_t>& operator[](DateTimeField field) {
    return fields[static_cast<int>(field)];
  }
};
// Takes a prefix off *text; false when it does not match.
bool ParseElements(const std::vector<DateTimeElement>& elements, std::string_view* text,
                   ParsedDateTime* parsed);
// The local time that the fields make; none when they contradict each other or the calendar.
std::optional<CivilTime> ResolveFields(ParsedDateTime parsed);

}  // namespace headrace
