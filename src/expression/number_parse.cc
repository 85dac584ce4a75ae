#include "expression/number_parse.h"

#include <cstdlib>
#include <limits>
#include <string>

#include <fast_float/fast_float.h>

#include "base/ascii.h"
#include "expression/cast_kernels.h"
#include "types/spark_type.h"

namespace headrace {

namespace {

// 0x1.8p3, with the exponent that Java demands.
bool ParseHexadecimal(std::string_view text, double* value) {
  if (text.find_first_of("pP") == std::string_view::npos) return false;
  const std::string copy(text);
  char* end = nullptr;
  *value = std::strtod(copy.c_str(), &end);
  return end == copy.c_str() + copy.size();
}

template <typename Float>
bool ParseFloatingText(std::string_view text, Float* value) {
  text = TrimAll(text);
  const bool negative = !text.empty() && text[0] == '-';
  std::string_view magnitude = text;
  if (negative || (!text.empty() && text[0] == '+')) magnitude.remove_prefix(1);
  if (magnitude.empty()) return false;
  if (!IsDigit(magnitude[0]) && magnitude[0] != '.') {
    if (EqualsIgnoreCase(magnitude, "infinity") || EqualsIgnoreCase(magnitude, "inf")) {
      *value = std::numeric_limits<Float>::infinity();
    } else if (magnitude == "NaN" || EqualsIgnoreCase(text, "nan")) {
      *value = std::numeric_limits<Float>::quiet_NaN();
    } else {
      return false;
    }
    if (negative) *value = -*value;
    return true;
  }
  const char last = magnitude.back();
  const bool hexadecimal =
      magnitude.size() > 2 && magnitude[0] == '0' && (magnitude[1] == 'x' || magnitude[1] == 'X');
  if (hexadecimal) {
    double wide = 0;
    if (!ParseHexadecimal(magnitude, &wide)) return false;
    *value = static_cast<Float>(negative ? -wide : wide);
    return true;
  }
  if (last == 'd' || last == 'D' || last == 'f' || last == 'F') magnitude.remove_suffix(1);
  const char* end = magnitude.data() + magnitude.size();
  const auto [stopped, code] = fast_float::from_chars(magnitude.data(), end, *value);
  if (stopped != end || code == std::errc::invalid_argument) return false;
  if (negative) *value = -*value;
  return true;
}

}  // namespace

bool ParseInteger(std::string_view text, bool cut_fraction, int64_t minimum, int64_t maximum,
                  int64_t* value) {
  if (text.empty()) return false;
  const bool negative = text[0] == '-';
  if (negative || text[0] == '+') text.remove_prefix(1);
  if (text.empty()) return false;
  // Negative numbers reach one further, so the sum is kept negative.
  int64_t sum = 0;
  size_t position = 0;
  for (; position < text.size() && IsDigit(text[position]); ++position) {
    if (__builtin_mul_overflow(sum, 10, &sum) ||
        __builtin_sub_overflow(sum, text[position] - '0', &sum)) {
      return false;
    }
  }
  if (position < text.size()) {
    if (!cut_fraction || text[position] != '.') return false;
    for (++position; position < text.size(); ++position) {
      if (!IsDigit(text[position])) return false;
    }
  }
  if (!negative) {
    if (sum == std::numeric_limits<int64_t>::min()) return false;
    sum = -sum;
  }
  *value = sum;
  return sum >= minimum && sum <= maximum;
}

bool ParseFloating(std::string_view text, double* value) { return ParseFloatingText(text, value); }
bool ParseFloating(std::string_view text, float* value) { return ParseFloatingText(text, value); }

}  // namespace headrace
