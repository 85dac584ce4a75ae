// Other ways to write a JSON text than the shortest: on several lines, or in ASCII alone.
#pragma once

#include <string>
#include <string_view>

namespace headrace {

// Appends the JSON text `compact`, which has no white space between its tokens, with an object's
// fields on lines of their own, as Jackson's printer has it; elements of arrays stay side by side.
void AppendIndentedJson(std::string_view compact, std::string* out);

// Appends the JSON text with characters beyond ASCII as escapes of UTF-16 units. Bytes that are no
// UTF-8 become U+FFFD.
void AppendAsciiJson(std::string_view json, std::string* out);

}  // namespace headrace
