#include "functions/csv/java_number.h"

#include <cstdlib>
#include <limits>
#include <string>

namespace headrace {

namespace {

std::string_view Trim(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

float FromText(const char* text, float) { return std::strtof(text, nullptr); }
double FromText(const char* text, double) { return std::strtod(text, nullptr); }

template <typename Floating>
bool Parse(std::string_view text, Floating* value) {
  text = Trim(text);
  bool negative = false;
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    negative = text.front() == '-';
    text.remove_prefix(1);
  }
  if (text == "NaN") {
    *value = std::numeric_limits<Floating>::quiet_NaN();
    return true;
  }
  if (text == "Infinity") {
    *value = std::numeric_limits<Floating>::infinity() * (negative ? -1 : 1);
    return true;
  }
  if (text.empty()) return false;
  const bool hexadecimal = text.size() > 2 && text[0] == '0' && (text[1] | 32) == 'x';
  // Java wants an exponent in hexadecimal, and after it a suffix is a suffix.
  if (hexadecimal && text.find_first_of("pP") == std::string_view::npos) return false;
  const char last = static_cast<char>(text.back() | 32);
  if (last == 'd' || last == 'f') text.remove_suffix(1);
  if (hexadecimal) text.remove_prefix(2);
  // from_chars would take names of special values, too.
  const char first = text.empty() ? 'x' : text.front();
  if (!hexadecimal && first != '.' && (first < '0' || first > '9')) return false;
  const auto parsed =
      std::from_chars(text.data(), text.data() + text.size(), *value,
                      hexadecimal ? std::chars_format::hex : std::chars_format::general);
  if (parsed.ptr != text.data() + text.size() || parsed.ec == std::errc::invalid_argument) {
    return false;
  }
  if (parsed.ec == std::errc::result_out_of_range) {
    *value = FromText(((hexadecimal ? "0x" : "") + std::string(text)).c_str(), Floating());
  }
  if (negative) *value = -*value;
  return true;
}

}  // namespace

bool ParseJavaDouble(std::string_view text, double* value) { return Parse(text, value); }
bool ParseJavaFloat(std::string_view text, float* value) { return Parse(text, value); }

}  // namespace headrace
