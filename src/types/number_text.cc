#include "types/number_text.h"

#include <charconv>
#include <cmath>
#include <cstring>

#include "types/value_text.h"

namespace headrace {

namespace {

// Lays out shortest digits as java.lang.Double.toString does: plain from 1e-3 up to 1e7, else
// d.ddEn; always a digit on both sides of the point.
template <typename Float>
void AppendFloating(Float value, Float two_digits_below, std::string* out) {
  if (std::isnan(value)) {
    *out += "NaN";
    return;
  }
  if (std::isinf(value)) {
    *out += value < 0 ? "-Infinity" : "Infinity";
    return;
  }
  if (value == 0) {
    *out += std::signbit(value) ? "-0.0" : "0.0";
    return;
  }
  if (std::abs(value) < 1e7f && value == std::trunc(value)) {
    AppendInteger(static_cast<int64_t>(value), out);
    *out += ".0";
    return;
  }
  char buffer[64];
  // Java wants two digits where one would do; that shows only at the lower end of the range.
  char* end =
      std::abs(value) < two_digits_below
          ? std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::scientific, 1)
                .ptr
          : std::to_chars(buffer, buffer + sizeof(buffer), value, std::chars_format::scientific)
                .ptr;
  const char* begin = buffer;
  if (*begin == '-') {
    *out += '-';
    ++begin;
  }
  const auto* mark = static_cast<const char*>(std::memchr(begin, 'e', end - begin));
  int exponent = 0;
  std::from_chars(mark[1] == '+' ? mark + 2 : mark + 1, end, exponent);
  char digits[32];
  int count = 0;
  for (const char* p = begin; p < mark; ++p) {
    if (*p != '.') digits[count++] = *p;
  }
  if (exponent >= 7 || exponent < -3) {
    *out += digits[0];
    *out += '.';
    if (count > 1) {
      out->append(digits + 1, count - 1);
    } else {
      *out += '0';
    }
    *out += 'E';
    AppendInteger(exponent, out);
    return;
  }
  if (exponent < 0) {
    *out += "0.";
    out->append(-exponent - 1, '0');
    out->append(digits, count);
    return;
  }
  // Not an integer, so there are digits behind the point.
  out->append(digits, exponent + 1);
  *out += '.';
  out->append(digits + exponent + 1, count - exponent - 1);
}

void AppendTwoDigits(int64_t value, std::string* out) {
  *out += static_cast<char>('0' + value / 10);
  *out += static_cast<char>('0' + value % 10);
}

}  // namespace

void AppendDouble(double value, std::string* out) { AppendFloating(value, 1e-320, out); }

void AppendFloat(float value, std::string* out) { AppendFloating(value, 1e-42f, out); }

void AppendInteger(int64_t value, std::string* out) {
  char buffer[24];
  out->append(buffer, std::to_chars(buffer, buffer + sizeof(buffer), value).ptr);
}

void AppendDecimal(const arrow::Decimal128& value, int32_t scale, std::string* out) {
  const bool negative = value.IsNegative();
  const arrow::Decimal128 magnitude = arrow::Decimal128::Abs(value);
  char buffer[24];
  std::string wide;
  std::string_view digits;
  if (magnitude.high_bits() == 0) {
    digits = std::string_view(
        buffer, std::to_chars(buffer, buffer + sizeof(buffer), magnitude.low_bits()).ptr - buffer);
  } else {
    wide = magnitude.ToIntegerString();
    digits = wide;
  }
  if (negative) *out += '-';
  const auto count = static_cast<int32_t>(digits.size());
  if (scale <= 0) {
    *out += digits;
    return;
  }
  if (count <= scale) {
    *out += "0.";
    out->append(scale - count, '0');
    *out += digits;
    return;
  }
  *out += digits.substr(0, count - scale);
  *out += '.';
  *out += digits.substr(count - scale);
}

void AppendDayTimeInterval(int64_t microseconds, std::string* out) {
  const uint64_t magnitude =
      microseconds < 0 ? 0 - static_cast<uint64_t>(microseconds) : microseconds;
  *out += "INTERVAL '";
  if (microseconds < 0) *out += '-';
  const uint64_t seconds = magnitude / 1000000;
  AppendInteger(static_cast<int64_t>(seconds / 86400), out);
  *out += ' ';
  AppendTwoDigits(static_cast<int64_t>(seconds / 3600 % 24), out);
  *out += ':';
  AppendTwoDigits(static_cast<int64_t>(seconds / 60 % 60), out);
  *out += ':';
  AppendTwoDigits(static_cast<int64_t>(seconds % 60), out);
  auto fraction = static_cast<int32_t>(magnitude % 1000000);
  if (fraction != 0) {
    *out += '.';
    for (int32_t unit = 100000; fraction != 0; unit /= 10) {
      *out += static_cast<char>('0' + fraction / unit);
      fraction %= unit;
    }
  }
  *out += "' DAY TO SECOND";
}

void AppendYearMonthInterval(int32_t months, std::string* out) {
  const int64_t magnitude = std::abs(static_cast<int64_t>(months));
  *out += "INTERVAL '";
  if (months < 0) *out += '-';
  AppendInteger(magnitude / 12, out);
  *out += '-';
  AppendInteger(magnitude % 12, out);
  *out += "' YEAR TO MONTH";
}

}  // namespace headrace
