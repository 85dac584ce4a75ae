// Numbers in text as java.lang reads them, which is what Spark takes in CSV files and directory
// names.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace headrace {

// Integer.parseInt and the like: an optional sign, then digits only.
template <typename Integer>
bool ParseJavaInteger(std::string_view text, Integer* value) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), *value);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() && !text.empty();
}

// Double.parseDouble and Float.parseFloat: white space around, a suffix d or f, hexadecimal, NaN
// and Infinity; what is too large is infinite.
bool ParseJavaDouble(std::string_view text, double* value);
bool ParseJavaFloat(std::string_view text, float* value);

}  // namespace headrace
