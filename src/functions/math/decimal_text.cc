#include "functions/math/decimal_text.h"

#include <cstdlib>

namespace headrace {

std::string RoundDecimalText(std::string_view text, int digits, bool half_even) {
  int exponent = 0;
  const size_t e = text.find_first_of("eE");
  if (e != std::string_view::npos) {
    exponent = std::atoi(std::string(text.substr(e + 1)).c_str());
    text = text.substr(0, e);
  }
  // All digits as one number, with the place of the point.
  std::string number;
  int point = -1;
  for (const char c : text) {
    if (c == '.') {
      point = static_cast<int>(number.size());
    } else {
      number.push_back(c);
    }
  }
  point = (point < 0 ? static_cast<int>(number.size()) : point) + exponent;
  if (point < 0) {
    number.insert(0, static_cast<size_t>(-point), '0');
    point = 0;
  }
  if (point > static_cast<int>(number.size())) number.resize(static_cast<size_t>(point), '0');
  number.insert(number.begin(), '0');  // room for a carry
  ++point;
  const auto keep = static_cast<size_t>(point + digits);
  if (number.size() > keep) {
    const std::string cut = number.substr(keep);
    number.resize(keep);
    bool up = cut[0] >= '5';
    if (half_even && cut[0] == '5' && cut.find_first_not_of('0', 1) == std::string::npos) {
      up = (number.back() - '0') % 2 == 1;
    }
    for (size_t i = keep; up && i-- > 0;) {
      up = number[i] == '9';
      number[i] = up ? '0' : static_cast<char>(number[i] + 1);
    }
  } else {
    number.resize(keep, '0');
  }
  const size_t first = number.find_first_not_of('0');
  const size_t lead =
      std::min(first == std::string::npos ? number.size() : first, static_cast<size_t>(point) - 1);
  std::string result = number.substr(lead, static_cast<size_t>(point) - lead);
  if (digits > 0) result += "." + number.substr(static_cast<size_t>(point));
  return result;
}

}  // namespace headrace
