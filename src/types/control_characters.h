// Control characters in text that is laid out in lines: show() and printSchema().
#pragma once

#include <string>
#include <string_view>

namespace headrace {

// "\n" for a line feed and so on, as in Java and C; other characters stay.
std::string EscapeControlCharacters(std::string_view text);

}  // namespace headrace
