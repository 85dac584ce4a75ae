// Characters (code points) of UTF-8 text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace headrace {

// Length of the character that starts with this byte.
inline size_t CharacterBytes(char first) {
  const auto byte = static_cast<unsigned char>(first);
  return byte < 0xC0 ? 1 : (byte < 0xE0 ? 2 : (byte < 0xF0 ? 3 : 4));
}
inline bool IsContinuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }
bool IsAscii(std::string_view text);
int32_t CountCharacters(std::string_view text);
// Byte position of character `index` (from 0); the text's size when there are fewer.
size_t CharacterOffset(std::string_view text, int64_t index);
// The first character; text is not empty.
uint32_t FirstCodePoint(std::string_view text);
void AppendCodePoint(uint32_t code, std::string* out);

// Case mapping as java.lang.String's with the root locale.
void AppendUpper(std::string_view text, std::string* out);
void AppendLower(std::string_view text, std::string* out);
void AppendTitle(std::string_view character, std::string* out);

// substring(s, position, length): 1-based, 0 like 1, negative from the end.
std::string_view SubstringOf(std::string_view text, int64_t position, int64_t length);
std::string_view BinarySubstringOf(std::string_view bytes, int64_t position, int64_t length);

void AppendReversed(std::string_view text, std::string* out);

}  // namespace headrace
