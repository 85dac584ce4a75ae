// Rounding of numbers that are written in decimal digits.
#pragma once

#include <string>
#include <string_view>

namespace headrace {

// "12.345" with `digits` digits after the point, rounded half up or half to even. The text is not
// negative; it may have an exponent ("1.5E10").
std::string RoundDecimalText(std::string_view text, int digits, bool half_even = false);

}  // namespace headrace
