#include "functions/string/hex.h"

namespace headrace {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

bool DecodeHex(std::string_view text, std::string* out) {
  if (text.size() % 2 == 1) {
    const int digit = HexDigit(text[0]);
    if (digit < 0) return false;
    out->push_back(static_cast<char>(digit));
    text.remove_prefix(1);
  }
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = HexDigit(text[i]), low = HexDigit(text[i + 1]);
    if (high < 0 || low < 0) return false;
    out->push_back(static_cast<char>(high << 4 | low));
  }
  return true;
}

}  // namespace headrace
