// Text to date and timestamp by the rules of Spark's CAST.
#include <chrono>

#include "base/ascii.h"
#include "types/time.h"
#include "types/zone_names.h"

namespace headrace {

namespace {

// White space and control characters, which Spark trims off before it casts.
bool IsSpace(char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

int32_t DaysInMonth(int32_t year, int32_t month) {
  static constexpr int8_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : kDays[month - 1];
}

bool IsValidDate(int32_t year, int32_t month, int32_t day) {
  return month >= 1 && month <= 12 && day >= 1 && day <= DaysInMonth(year, month);
}

bool IsValidClock(const CivilTime& civil) {
  return civil.hour <= 23 && civil.minute <= 59 && civil.second <= 59;
}

// `count` digits at `p`, or -1.
int32_t FixedDigits(const char* p, int count) {
  int32_t value = 0;
  for (int i = 0; i < count; ++i) {
    if (!IsDigit(p[i])) return -1;
    value = value * 10 + (p[i] - '0');
  }
  return value;
}

// `yyyy-MM-dd` at `p`; the fields are not checked against the calendar.
bool FixedDate(const char* p, CivilTime* civil) {
  if (p[4] != '-' || p[7] != '-') return false;
  civil->year = FixedDigits(p, 4);
  civil->month = FixedDigits(p + 5, 2);
  civil->day = FixedDigits(p + 8, 2);
  return (civil->year | civil->month | civil->day) >= 0;
}

// What a timestamp's text says.
struct Parsed {
  CivilTime civil;
  std::string_view zone;  // "" when the text names none
  bool only_time = false;
};

// The layouts that programs write: `yyyy-MM-dd[ T]HH:mm:ss[.f…][Z]`.
bool ParseFixedLayout(std::string_view text, Parsed* parsed) {
  if (text.size() < 19) return false;
  const char* p = text.data();
  CivilTime& civil = parsed->civil;
  if (!FixedDate(p, &civil) || (p[10] != ' ' && p[10] != 'T') || p[13] != ':' || p[16] != ':') {
    return false;
  }
  civil.hour = FixedDigits(p + 11, 2);
  civil.minute = FixedDigits(p + 14, 2);
  civil.second = FixedDigits(p + 17, 2);
  if ((civil.hour | civil.minute | civil.second) < 0) return false;
  size_t position = 19;
  if (position < text.size() && p[position] == '.') {
    ++position;
    int32_t unit = 100000;
    for (; position < text.size() && IsDigit(p[position]); ++position) {
      civil.microsecond += (p[position] - '0') * unit;
      unit /= 10;
    }
  }
  if (position == text.size()) return true;
  if (p[position] == 'Z' && position + 1 == text.size()) {
    parsed->zone = text.substr(position);
    return true;
  }
  civil = CivilTime();
  return false;
}

// Fields in order; `kFraction` is followed by the zone.
enum Segment { kYear, kMonth, kDay, kHour, kMinute, kSecond, kFraction, kZone };

bool IsValidDigitCount(int segment, int digits) {
  switch (segment) {
    case kYear:
      return digits >= 4 && digits <= 6;
    case kFraction:
      return true;
    case kZone:
      return digits <= 2;
    default:
      return digits > 0 && digits <= 2;
  }
}

// Any text that Spark takes; `text` is trimmed.
bool ParseAnyLayout(std::string_view text, Parsed* parsed) {
  int64_t segments[8] = {1, 1, 1, 0, 0, 0, 0, 0};
  int segment = kYear;
  int64_t value = 0;
  int digits = 0;
  int fraction_digits = 0;
  size_t position = 0;
  int32_t sign = 0;
  if (text[0] == '-' || text[0] == '+') {
    sign = text[0] == '-' ? -1 : 1;
    ++position;
  }
  const auto close_segment = [&]() {
    if (!IsValidDigitCount(segment, digits)) return false;
    segments[segment] = value;
    value = 0;
    digits = 0;
    return true;
  };
  for (; position < text.size(); ++position) {
    const char c = text[position];
    if (IsDigit(c)) {
      if (segment == kFraction) ++fraction_digits;
      // More than six digits of a fraction are cut off; no other segment is that long.
      if (digits < (segment == kFraction ? 6 : 9)) value = value * 10 + (c - '0');
      ++digits;
      continue;
    }
    if (position == 0 && c == 'T') {
      parsed->only_time = true;
      segment = kHour;
    } else if (segment == kYear && c == ':' && sign == 0) {
      parsed->only_time = true;
      if (!IsValidDigitCount(kHour, digits)) return false;
      segments[kHour] = value;
      value = 0;
      digits = 0;
      segment = kMinute;
    } else if (segment < kDay) {
      if (c != '-' || !close_segment()) return false;
      ++segment;
    } else if (segment == kDay) {
      if ((c != ' ' && c != 'T') || !close_segment()) return false;
      ++segment;
    } else if (segment < kSecond) {
      if (c != ':' || !close_segment()) return false;
      ++segment;
    } else {
      if (!close_segment()) return false;
      if (segment == kSecond && c == '.') {
        segment = kFraction;
        continue;
      }
      parsed->zone = text.substr(position);
      segment = kZone;
      break;
    }
  }
  if (!close_segment()) return false;
  for (; fraction_digits < 6; ++fraction_digits) segments[kFraction] *= 10;
  CivilTime& civil = parsed->civil;
  civil.year = static_cast<int32_t>(segments[kYear]) * (sign < 0 ? -1 : 1);
  civil.month = static_cast<int32_t>(segments[kMonth]);
  civil.day = static_cast<int32_t>(segments[kDay]);
  civil.hour = static_cast<int32_t>(segments[kHour]);
  civil.minute = static_cast<int32_t>(segments[kMinute]);
  civil.second = static_cast<int32_t>(segments[kSecond]);
  civil.microsecond = static_cast<int32_t>(segments[kFraction]);
  return true;
}

std::optional<Parsed> ParseFields(std::string_view text) {
  Parsed parsed;
  if (!ParseFixedLayout(text, &parsed)) {
    text = Trim(text);
    if (text.empty()) return std::nullopt;
    parsed = Parsed();
    if (!ParseAnyLayout(text, &parsed)) return std::nullopt;
  }
  const CivilTime& civil = parsed.civil;
  if (!IsValidClock(civil) || !IsValidDate(civil.year, civil.month, civil.day)) {
    return std::nullopt;
  }
  return parsed;
}

// Years with six digits reach beyond what 64 bits of microseconds can hold.
std::optional<int64_t> CheckedMicros(const CivilTime& civil, int64_t offset_seconds) {
  const int64_t seconds =
      static_cast<int64_t>(DaysFromCivil(civil.year, civil.month, civil.day)) * 86400 +
      civil.hour * 3600 + civil.minute * 60 + civil.second - offset_seconds;
  const __int128 micros = static_cast<__int128>(seconds) * 1000000 + civil.microsecond;
  if (micros > INT64_MAX || micros < INT64_MIN) return std::nullopt;
  return static_cast<int64_t>(micros);
}

int64_t NowMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Spark takes hours and minutes of one digit within a zone's name: "UTC+1", "+2:30".
std::shared_ptr<const TimeZone> FindZone(std::string_view name) {
  thread_local std::string last_name;
  thread_local std::shared_ptr<const TimeZone> last_zone;
  if (last_zone == nullptr || last_name != name) {
    Result<std::shared_ptr<const TimeZone>> zone = TimeZone::Find(std::string(name));
    if (!zone.ok()) return nullptr;
    last_name = name;
    last_zone = std::move(zone).ValueUnsafe();
  }
  return last_zone;
}

}  // namespace

std::optional<int32_t> ParseDate(std::string_view text) {
  if (text.size() == 10) {
    CivilTime civil;
    if (FixedDate(text.data(), &civil)) {
      if (!IsValidDate(civil.year, civil.month, civil.day)) return std::nullopt;
      return DaysFromCivil(civil.year, civil.month, civil.day);
    }
  }
  text = Trim(text);
  if (text.empty()) return std::nullopt;
  const int32_t sign = text[0] == '-' ? -1 : 1;
  if (text[0] == '-' || text[0] == '+') text.remove_prefix(1);
  int64_t segments[3] = {1, 1, 1};
  int segment = 0;
  int64_t value = 0;
  int digits = 0;
  // A date's year may have seven digits, a timestamp's only six.
  const auto is_valid_count = [&]() {
    return segment == 0 ? digits >= 4 && digits <= 7 : digits > 0 && digits <= 2;
  };
  size_t position = 0;
  for (; position < text.size() && text[position] != ' ' && text[position] != 'T'; ++position) {
    const char c = text[position];
    if (segment < 2 && c == '-') {
      if (!is_valid_count()) return std::nullopt;
      segments[segment++] = value;
      value = 0;
      digits = 0;
    } else if (IsDigit(c)) {
      if (++digits > 7) return std::nullopt;
      value = value * 10 + (c - '0');
    } else {
      return std::nullopt;
    }
  }
  if (!is_valid_count()) return std::nullopt;
  // Only a whole date may be followed by something else.
  if (segment < 2 && position < text.size()) return std::nullopt;
  segments[segment] = value;
  const auto year = static_cast<int32_t>(sign * segments[0]);
  const auto month = static_cast<int32_t>(segments[1]);
  const auto day = static_cast<int32_t>(segments[2]);
  if (!IsValidDate(year, month, day)) return std::nullopt;
  // 32 bits of days reach from -5877641-06-23 to 5881580-07-11.
  const auto beyond = [&](int32_t last_year, int32_t last_month, int32_t last_day) {
    return std::tuple(year, month, day) > std::tuple(last_year, last_month, last_day);
  };
  if (beyond(5881580, 7, 11) || !beyond(-5877641, 6, 22)) return std::nullopt;
  return DaysFromCivil(year, month, day);
}

std::optional<int64_t> ParseTimestamp(std::string_view text, const TimeZone& zone) {
  std::optional<Parsed> parsed = ParseFields(text);
  if (!parsed.has_value()) return std::nullopt;
  CivilTime& civil = parsed->civil;
  const TimeZone* effective = &zone;
  std::shared_ptr<const TimeZone> named;
  if (!parsed->zone.empty()) {
    if (parsed->zone == "Z") {
      effective = TimeZone::Utc().get();
    } else {
      named = FindZone(Trim(parsed->zone));
      if (named == nullptr) return std::nullopt;
      effective = named.get();
    }
  }
  if (parsed->only_time) {
    const CivilTime today = CivilFromMicros(effective->InstantToLocal(NowMicros()));
    civil.year = today.year;
    civil.month = today.month;
    civil.day = today.day;
  }
  if (civil.year > 200000 || civil.year < -200000) {
    // Near the ends of the range; the offset cannot be looked up safely there.
    return CheckedMicros(civil, effective->OffsetAt(0));
  }
  return effective->LocalToInstant(MicrosFromCivil(civil));
}

std::optional<int64_t> ParseTimestampNtz(std::string_view text) {
  const std::optional<Parsed> parsed = ParseFields(text);
  if (!parsed.has_value() || parsed->only_time) return std::nullopt;
  if (!parsed->zone.empty() && parsed->zone != "Z" && FindZone(Trim(parsed->zone)) == nullptr) {
    return std::nullopt;
  }
  return CheckedMicros(parsed->civil, 0);
}

}  // namespace headrace
