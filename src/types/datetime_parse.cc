// Parses text by compiled patterns: java.time's strict parsing, and Spark's defaults for fields
// that the pattern does not have.
#include <algorithm>
#include <cctype>

#include "base/ascii.h"
#include "types/datetime_elements.h"
#include "types/spark_type.h"
#include "types/zone_names.h"

namespace headrace {

namespace {

using Field = DateTimeField;

// A field may come twice, but only with the same value.
bool SetField(Field field, int64_t value, ParsedDateTime* parsed) {
  std::optional<int64_t>& slot = (*parsed)[field];
  if (slot.has_value()) return *slot == value;
  slot = value;
  return true;
}

bool StartsWithIgnoreCase(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && EqualsIgnoreCase(text.substr(0, prefix.size()), prefix);
}

bool ParseNumber(const DateTimeElement& element, std::string_view* text, int64_t* value) {
  std::string_view rest = *text;
  bool negative = false;
  bool positive = false;
  if (!rest.empty() && (rest[0] == '+' || rest[0] == '-')) {
    negative = rest[0] == '-';
    positive = !negative;
    if (element.sign == SignStyle::kNotNegative) return false;
    if (positive && element.sign == SignStyle::kNormal) return false;
    rest.remove_prefix(1);
  }
  const int longest = element.max_width + element.following_digits;
  int digits = 0;
  while (digits < longest && digits < static_cast<int>(rest.size()) && IsDigit(rest[digits])) {
    ++digits;
  }
  if (digits < element.min_width) return false;
  if (element.following_digits > 0) {
    digits = std::max(element.min_width, digits - element.following_digits);
  }
  // Java reads up to 19 digits and then refuses what no field can hold.
  if (digits > 18) return false;
  int64_t total = 0;
  for (int i = 0; i < digits; ++i) total = total * 10 + (rest[i] - '0');
  if (negative) {
    if (total == 0) return false;
    total = -total;
  } else if (element.sign == SignStyle::kExceedsPad) {
    // The sign is there if, and only if, the number is wider than the padding.
    if (positive != (digits > element.min_width)) return false;
  }
  rest.remove_prefix(digits);
  *text = rest;
  *value = total;
  return true;
}

bool ParseName(const DateTimeElement& element, std::string_view* text, ParsedDateTime* parsed) {
  const DateTimeNames names = NamesOf(element.field, element.full);
  for (size_t i = 0; i < names.names.size(); ++i) {
    if (StartsWithIgnoreCase(*text, names.names[i])) {
      text->remove_prefix(names.names[i].size());
      return SetField(element.field, names.first + static_cast<int64_t>(i), parsed);
    }
  }
  return false;
}

bool ParseFraction(const DateTimeElement& element, std::string_view* text, ParsedDateTime* parsed) {
  int64_t nanoseconds = 0;
  int digits = 0;
  while (digits < element.max_width && digits < static_cast<int>(text->size()) &&
         IsDigit((*text)[digits])) {
    nanoseconds = nanoseconds * 10 + ((*text)[digits] - '0');
    ++digits;
  }
  if (digits == 0) return false;
  for (int i = digits; i < 9; ++i) nanoseconds *= 10;
  text->remove_prefix(digits);
  return SetField(Field::kNanosecond, nanoseconds, parsed);
}

// Two digits, after a colon if `colon`.
bool TakePair(bool colon, std::string_view* text, int32_t* value) {
  std::string_view rest = *text;
  if (colon) {
    if (rest.empty() || rest[0] != ':') return false;
    rest.remove_prefix(1);
  }
  if (rest.size() < 2 || !IsDigit(rest[0]) || !IsDigit(rest[1])) return false;
  *value = (rest[0] - '0') * 10 + (rest[1] - '0');
  rest.remove_prefix(2);
  *text = rest;
  return true;
}

bool SetOffset(int32_t sign, int32_t hours, int32_t minutes, int32_t seconds,
               ParsedDateTime* parsed) {
  if (minutes > 59 || seconds > 59) return false;
  const int32_t total = hours * 3600 + minutes * 60 + seconds;
  if (total > 18 * 3600) return false;
  parsed->offset_seconds = sign * total;
  return true;
}

bool ParseOffset(const DateTimeElement& element, std::string_view* text, ParsedDateTime* parsed) {
  if (StartsWithIgnoreCase(*text, element.text)) {
    text->remove_prefix(element.text.size());
    parsed->offset_seconds = 0;
    return true;
  }
  if (text->empty() || (text->front() != '+' && text->front() != '-')) return false;
  const int32_t sign = text->front() == '-' ? -1 : 1;
  text->remove_prefix(1);
  int32_t hours = 0;
  int32_t minutes = 0;
  int32_t seconds = 0;
  if (!TakePair(false, text, &hours)) return false;
  const bool has_minutes = TakePair(element.colons, text, &minutes);
  if (!has_minutes && element.offset_style != OffsetStyle::kHourMaybeMinute) return false;
  if (has_minutes && element.offset_style == OffsetStyle::kHourMinuteMaybeSecond) {
    TakePair(element.colons, text, &seconds);
  }
  return SetOffset(sign, hours, minutes, seconds, parsed);
}

// GMT, GMT+1, GMT+01:00
bool ParseLocalizedOffset(bool full, std::string_view* text, ParsedDateTime* parsed) {
  if (!StartsWithIgnoreCase(*text, "GMT")) return false;
  text->remove_prefix(3);
  if (text->empty() || (text->front() != '+' && text->front() != '-')) {
    parsed->offset_seconds = 0;
    return true;
  }
  const int32_t sign = text->front() == '-' ? -1 : 1;
  text->remove_prefix(1);
  int32_t hours = 0;
  int32_t minutes = 0;
  int32_t seconds = 0;
  if (full) {
    if (!TakePair(false, text, &hours) || !TakePair(true, text, &minutes)) return false;
    TakePair(true, text, &seconds);
  } else {
    if (text->empty() || !IsDigit(text->front())) return false;
    if (!TakePair(false, text, &hours)) {
      hours = text->front() - '0';
      text->remove_prefix(1);
    }
    if (TakePair(true, text, &minutes)) TakePair(true, text, &seconds);
  }
  return SetOffset(sign, hours, minutes, seconds, parsed);
}

// The longest prefix that names a zone.
bool ParseZone(bool by_name, std::string_view* text, ParsedDateTime* parsed) {
  size_t length = 0;
  while (length < text->size() && length < 64 &&
         (std::isalnum(static_cast<unsigned char>((*text)[length])) ||
          std::string_view("~/._+-:").find((*text)[length]) != std::string_view::npos)) {
    ++length;
  }
  for (; length > 0; --length) {
    std::string name(text->substr(0, length));
    if (by_name) {
      if (const std::string_view region = RegionOfAbbreviation(name); !region.empty()) {
        name = region;
      }
    }
    Result<std::shared_ptr<const TimeZone>> zone = TimeZone::Find(name);
    if (!zone.ok()) continue;
    parsed->zone = std::move(zone).ValueUnsafe();
    text->remove_prefix(length);
    return true;
  }
  return false;
}

bool ParseElement(const DateTimeElement& element, std::string_view* text, ParsedDateTime* parsed) {
  using Kind = DateTimeElement::Kind;
  switch (element.kind) {
    case Kind::kLiteral:
      if (!StartsWithIgnoreCase(*text, element.text)) return false;
      text->remove_prefix(element.text.size());
      return true;
    case Kind::kNumber: {
      int64_t value = 0;
      return ParseNumber(element, text, &value) && SetField(element.field, value, parsed);
    }
    case Kind::kTwoDigitYear: {
      int64_t value = 0;
      return ParseNumber(element, text, &value) && SetField(element.field, 2000 + value, parsed);
    }
    case Kind::kText:
      return ParseName(element, text, parsed);
    case Kind::kFraction:
      return ParseFraction(element, text, parsed);
    case Kind::kZoneId:
      return ParseZone(/*by_name=*/false, text, parsed);
    case Kind::kZoneName:
      return ParseZone(/*by_name=*/true, text, parsed);
    case Kind::kOffset:
      return ParseOffset(element, text, parsed);
    case Kind::kLocalizedOffset:
      return ParseLocalizedOffset(element.full, text, parsed);
    case Kind::kOptional: {
      std::string_view rest = *text;
      ParsedDateTime attempt = *parsed;
      if (ParseElements(element.children, &rest, &attempt)) {
        *text = rest;
        *parsed = std::move(attempt);
      }
      return true;
    }
  }
  return false;
}

bool InRange(const std::optional<int64_t>& value, int64_t low, int64_t high) {
  return !value.has_value() || (*value >= low && *value <= high);
}

bool ResolveYear(ParsedDateTime* parsed) {
  std::optional<int64_t>& of_era = (*parsed)[Field::kYearOfEra];
  if (!of_era.has_value()) return true;
  if (*of_era < 1) return false;
  const bool before_christ = (*parsed)[Field::kEra].value_or(1) == 0;
  return SetField(Field::kYear, before_christ ? 1 - *of_era : *of_era, parsed);
}

bool ResolveDate(ParsedDateTime* parsed, CivilTime* civil) {
  if (!ResolveYear(parsed)) return false;
  const auto& year = (*parsed)[Field::kYear];
  const auto& month = (*parsed)[Field::kMonth];
  const auto& day = (*parsed)[Field::kDay];
  const auto& day_of_year = (*parsed)[Field::kDayOfYear];
  // More digits than this are out of a timestamp's range anyway.
  if (!InRange(year, -300000, 300000) || !InRange(month, 1, 12) || !InRange(day, 1, 31) ||
      !InRange(day_of_year, 1, 366)) {
    return false;
  }
  civil->year = static_cast<int32_t>(year.value_or(1970));
  civil->month = static_cast<int32_t>(month.value_or(1));
  civil->day = static_cast<int32_t>(day.value_or(1));
  const int32_t days = DaysFromCivil(civil->year, civil->month, civil->day);
  CivilTime checked;
  CivilFromDays(days, &checked.year, &checked.month, &checked.day);
  if (checked.month != civil->month) return false;  // 30 February
  if (!day_of_year.has_value() || !year.has_value()) return true;
  const auto ordinal = static_cast<int32_t>(*day_of_year);
  const int32_t from_ordinal = DaysFromCivil(civil->year, 1, 1) + ordinal - 1;
  CivilFromDays(from_ordinal, &checked.year, &checked.month, &checked.day);
  if (checked.year != civil->year) return false;
  if (month.has_value() && checked.month != civil->month) return false;
  if (day.has_value() && checked.day != civil->day) return false;
  civil->month = checked.month;
  civil->day = checked.day;
  return true;
}

bool ResolveTime(ParsedDateTime* parsed, CivilTime* civil) {
  ParsedDateTime& fields = *parsed;
  if (!InRange(fields[Field::kHour], 0, 23) || !InRange(fields[Field::kClockHour], 1, 24) ||
      !InRange(fields[Field::kHourOfAmPm], 0, 11) ||
      !InRange(fields[Field::kClockHourOfAmPm], 1, 12) || !InRange(fields[Field::kMinute], 0, 59) ||
      !InRange(fields[Field::kSecond], 0, 59)) {
    return false;
  }
  if (const auto clock = fields[Field::kClockHour]; clock.has_value()) {
    if (!SetField(Field::kHour, *clock % 24, parsed)) return false;
  }
  if (const auto clock = fields[Field::kClockHourOfAmPm]; clock.has_value()) {
    if (!SetField(Field::kHourOfAmPm, *clock % 12, parsed)) return false;
  }
  const auto half = fields[Field::kAmPm];
  const auto hour_of_half = fields[Field::kHourOfAmPm];
  if (half.has_value() && hour_of_half.has_value()) {
    if (!SetField(Field::kHour, *half * 12 + *hour_of_half, parsed)) return false;
  }
  const auto hour = fields[Field::kHour];
  if (hour.has_value()) {
    // What else is known of the hour must agree.
    if (half.has_value() && *hour / 12 != *half) return false;
    if (hour_of_half.has_value() && *hour % 12 != *hour_of_half) return false;
  }
  // Without AM or PM it is AM; PM alone is noon.
  const int64_t fallback = half.value_or(0) == 1 ? 12 : 0;
  civil->hour = static_cast<int32_t>(hour.value_or(hour_of_half.value_or(fallback)));
  civil->minute = static_cast<int32_t>(fields[Field::kMinute].value_or(0));
  civil->second = static_cast<int32_t>(fields[Field::kSecond].value_or(0));
  civil->microsecond = static_cast<int32_t>(fields[Field::kNanosecond].value_or(0) / 1000);
  return true;
}

}  // namespace

bool ParseElements(const std::vector<DateTimeElement>& elements, std::string_view* text,
                   ParsedDateTime* parsed) {
  return std::all_of(elements.begin(), elements.end(), [&](const DateTimeElement& element) {
    return ParseElement(element, text, parsed);
  });
}

std::optional<CivilTime> ResolveFields(ParsedDateTime parsed) {
  CivilTime civil;
  if (!ResolveDate(&parsed, &civil) || !ResolveTime(&parsed, &civil)) return std::nullopt;
  return civil;
}

}  // namespace headrace
