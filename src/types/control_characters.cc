#include "types/control_characters.h"

namespace headrace {

std::string EscapeControlCharacters(std::string_view text) {
  std::string escaped;
  for (char c : text) {
    switch (c) {
      case '\n':
        escaped += "\\n";
        break;
      case '\r':
        escaped += "\\r";
        break;
      case '\t':
        escaped += "\\t";
        break;
      case '\f':
        escaped += "\\f";
        break;
      case '\b':
        escaped += "\\b";
        break;
      case '\v':
        escaped += "\\v";
        break;
      case '\a':
        escaped += "\\a";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace headrace
