// Hexadecimal digits as bytes.
#pragma once

#include <string>
#include <string_view>

namespace headrace {

// Appends the bytes; an odd number of digits begins with a 0. False: there are other characters.
bool DecodeHex(std::string_view text, std::string* out);

}  // namespace headrace
