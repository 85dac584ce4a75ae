// Formats instants by compiled patterns.
#include <charconv>
#include <cstdlib>

#include "types/datetime_elements.h"
#include "types/wrapping.h"

namespace headrace {

namespace {

struct Moment {
  CivilTime civil;
  int64_t instant_us;
  int32_t offset_seconds;
};

int64_t FieldValue(DateTimeField field, const Moment& moment) {
  const CivilTime& civil = moment.civil;
  const auto days = [&]() { return DaysFromCivil(civil.year, civil.month, civil.day); };
  switch (field) {
    case DateTimeField::kEra:
      return civil.year > 0 ? 1 : 0;
    case DateTimeField::kYear:
      return civil.year;
    case DateTimeField::kYearOfEra:
      return civil.year > 0 ? civil.year : 1 - civil.year;
    case DateTimeField::kMonth:
      return civil.month;
    case DateTimeField::kDay:
      return civil.day;
    case DateTimeField::kDayOfYear:
      return days() - DaysFromCivil(civil.year, 1, 1) + 1;
    case DateTimeField::kQuarter:
      return (civil.month - 1) / 3 + 1;
    case DateTimeField::kWeekday:
      // 1970-01-01 was a Thursday.
      return ((days() + 3) % 7 + 7) % 7 + 1;
    case DateTimeField::kWeekdayOfDay:
      return (civil.day - 1) % 7 + 1;
    case DateTimeField::kHour:
      return civil.hour;
    case DateTimeField::kClockHour:
      return civil.hour == 0 ? 24 : civil.hour;
    case DateTimeField::kAmPm:
      return civil.hour / 12;
    case DateTimeField::kHourOfAmPm:
      return civil.hour % 12;
    case DateTimeField::kClockHourOfAmPm:
      return civil.hour % 12 == 0 ? 12 : civil.hour % 12;
    case DateTimeField::kMinute:
      return civil.minute;
    case DateTimeField::kSecond:
      return civil.second;
    case DateTimeField::kNanosecond:
      return civil.microsecond * 1000;
  }
  return 0;
}

void AppendPadded(int64_t value, int width, std::string* out) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
  const auto count = static_cast<int>(end - digits);
  if (count < width) out->append(width - count, '0');
  out->append(digits, end);
}

void AppendNumber(const DateTimeElement& element, int64_t value, std::string* out) {
  if (value < 0) {
    *out += '-';
  } else if (element.sign == SignStyle::kExceedsPad) {
    int64_t limit = 1;
    for (int i = 0; i < element.min_width; ++i) limit *= 10;
    if (value >= limit) *out += '+';
  }
  AppendPadded(std::abs(value), element.min_width, out);
}

void AppendOffset(const DateTimeElement& element, int32_t offset_seconds, std::string* out) {
  const int32_t magnitude = std::abs(offset_seconds);
  const int32_t minutes = magnitude / 60 % 60;
  const int32_t seconds = magnitude % 60;
  const bool show_minutes = element.offset_style != OffsetStyle::kHourMaybeMinute || minutes > 0;
  const bool show_seconds =
      element.offset_style == OffsetStyle::kHourMinuteMaybeSecond && seconds > 0;
  if (magnitude / 3600 == 0 && minutes == 0 && !show_seconds) {
    *out += element.text;
    return;
  }
  *out += offset_seconds < 0 ? '-' : '+';
  AppendPadded(magnitude / 3600, 2, out);
  if (!show_minutes) return;
  if (element.colons) *out += ':';
  AppendPadded(minutes, 2, out);
  if (!show_seconds) return;
  if (element.colons) *out += ':';
  AppendPadded(seconds, 2, out);
}

void AppendLocalizedOffset(int32_t offset_seconds, bool full, std::string* out) {
  *out += "GMT";
  if (offset_seconds == 0) return;
  const int32_t magnitude = std::abs(offset_seconds);
  *out += offset_seconds < 0 ? '-' : '+';
  AppendPadded(magnitude / 3600, full ? 2 : 1, out);
  if (!full && magnitude % 3600 == 0) return;
  *out += ':';
  AppendPadded(magnitude / 60 % 60, 2, out);
  if (magnitude % 60 == 0) return;
  *out += ':';
  AppendPadded(magnitude % 60, 2, out);
}

void AppendZoneName(const Moment& moment, const TimeZone& zone, bool full, std::string* out) {
  const std::string abbreviation = zone.AbbreviationAt(moment.instant_us);
  if (full) {
    if (const std::string_view name = FullZoneName(abbreviation); !name.empty()) {
      *out += name;
      return;
    }
  }
  const bool known = !abbreviation.empty() && abbreviation[0] != '+' && abbreviation[0] != '-';
  if (known || abbreviation == zone.name()) {
    *out += abbreviation;
  } else {
    AppendLocalizedOffset(moment.offset_seconds, /*full=*/true, out);
  }
}

void AppendElements(const std::vector<DateTimeElement>& elements, const Moment& moment,
                    const TimeZone& zone, std::string* out) {
  using Kind = DateTimeElement::Kind;
  for (const DateTimeElement& element : elements) {
    switch (element.kind) {
      case Kind::kLiteral:
        *out += element.text;
        break;
      case Kind::kNumber:
        AppendNumber(element, FieldValue(element.field, moment), out);
        break;
      case Kind::kTwoDigitYear:
        AppendPadded(std::abs(FieldValue(element.field, moment)) % 100, 2, out);
        break;
      case Kind::kText: {
        const DateTimeNames names = NamesOf(element.field, element.full);
        *out += names.names[FieldValue(element.field, moment) - names.first];
        break;
      }
      case Kind::kFraction: {
        int64_t value = FieldValue(element.field, moment);
        for (int i = element.max_width; i < 9; ++i) value /= 10;
        AppendPadded(value, element.max_width, out);
        break;
      }
      case Kind::kZoneId:
        *out += zone.name();
        break;
      case Kind::kZoneName:
        AppendZoneName(moment, zone, element.full, out);
        break;
      case Kind::kOffset:
        AppendOffset(element, moment.offset_seconds, out);
        break;
      case Kind::kLocalizedOffset:
        AppendLocalizedOffset(moment.offset_seconds, element.full, out);
        break;
      case Kind::kOptional:
        AppendElements(element.children, moment, zone, out);
        break;
    }
  }
}

}  // namespace

void FormatElements(const std::vector<DateTimeElement>& elements, int64_t instant_us,
                    const TimeZone& zone, std::string* out) {
  Moment moment;
  moment.instant_us = instant_us;
  moment.offset_seconds = zone.OffsetAt(instant_us);
  moment.civil = CivilFromMicros(AddSeconds(instant_us, moment.offset_seconds));
  AppendElements(elements, moment, zone, out);
}

}  // namespace headrace
