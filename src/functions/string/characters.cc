#include "functions/string/characters.h"

#include <algorithm>
#include <array>
#include <clocale>
#include <cstring>
#include <cwctype>
#include <limits>

namespace headrace {
namespace {

// The C library's tables for simple case mapping, whatever locale the process has.
locale_t Utf8Locale() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

uint32_t Mapped(uint32_t code, bool upper) {
  const locale_t locale = Utf8Locale();
  if (locale == nullptr) return code;
  return upper ? towupper_l(code, locale) : towlower_l(code, locale);
}

// What maps to more than one character.
const char* SpecialUpper(uint32_t code) {
  switch (code) {
    case 0xDF:
      return "SS";
    case 0x149:
      return "\u02BCN";
    case 0x1F0:
      return "J\u030C";
    case 0xFB00:
      return "FF";
    case 0xFB01:
      return "FI";
    case 0xFB02:
      return "FL";
    case 0xFB03:
      return "FFI";
    case 0xFB04:
      return "FFL";
    case 0xFB05:
    case 0xFB06:
      return "ST";
    default:
      return nullptr;
  }
}

// How many bytes from the start are ASCII.
size_t AsciiPrefix(std::string_view text) {
  size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + at, 8);
    if (const uint64_t high = word & 0x8080808080808080ULL) {
      return at + static_cast<size_t>(__builtin_ctzll(high)) / 8;
    }
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at;
}

template <typename Special>
void AppendMapped(std::string_view text, bool upper, Special special, std::string* out) {
  size_t at = 0;
  while (at < text.size()) {
    if (const size_t run = AsciiPrefix(text.substr(at)); run > 0) {
      const size_t start = out->size();
      out->resize(start + run);
      const char first = upper ? 'a' : 'A';
      for (size_t i = 0; i < run; ++i) {
        const char c = text[at + i];
        const bool other = static_cast<unsigned char>(c - first) < 26;
        (*out)[start + i] = static_cast<char>(c ^ (other ? 0x20 : 0));
      }
      at += run;
      continue;
    }
    const char c = text[at];
    const size_t bytes = std::min(CharacterBytes(c), text.size() - at);
    const uint32_t code = FirstCodePoint(text.substr(at, bytes));
    if (const char* mapped = special(code)) {
      out->append(mapped);
    } else {
      const uint32_t mapped_code = Mapped(code, upper);
      if (mapped_code == code) {
        out->append(text.substr(at, bytes));
      } else {
        AppendCodePoint(mapped_code, out);
      }
    }
    at += bytes;
  }
}

// [start, end) of substring in units, of which there are `count`.
std::pair<int64_t, int64_t> SubstringRange(int64_t count, int64_t position, int64_t length) {
  int64_t start = 0;
  if (position > 0) {
    start = position - 1;
  } else if (position < 0) {
    start = count + position;
  }
  int64_t end;
  if (__builtin_add_overflow(start, length, &end)) {
    end = length < 0 ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
  }
  start = std::max<int64_t>(start, 0);
  return {std::min(start, count), std::min(end, count)};
}

}  // namespace

bool IsAscii(std::string_view text) { return AsciiPrefix(text) == text.size(); }

int32_t CountCharacters(std::string_view text) {
  int32_t count = 0;
  for (const char c : text) count += !IsContinuation(c);
  return count;
}

size_t CharacterOffset(std::string_view text, int64_t index) {
  size_t at = 0;
  while (index > 0 && at < text.size()) {
    at += CharacterBytes(text[at]);
    --index;
  }
  return std::min(at, text.size());
}

uint32_t FirstCodePoint(std::string_view text) {
  const auto byte = [&](size_t i) -> uint32_t {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const uint32_t first = byte(0);
  switch (CharacterBytes(text[0])) {
    case 1:
      return first;
    case 2:
      return (first & 0x1F) << 6 | (byte(1) & 0x3F);
    case 3:
      return (first & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    default:
      return (first & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 |
             (byte(3) & 0x3F);
  }
}

void AppendCodePoint(uint32_t code, std::string* out) {
  if (code < 0x80) {
    out->push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out->push_back(static_cast<char>(0xC0 | code >> 6));
    out->push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else if (code < 0x10000) {
    out->push_back(static_cast<char>(0xE0 | code >> 12));
    out->push_back(static_cast<char>(0x80 | (code >> 6 & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (code & 0x3F)));
  } else {
    out->push_back(static_cast<char>(0xF0 | code >> 18));
    out->push_back(static_cast<char>(0x80 | (code >> 12 & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (code >> 6 & 0x3F)));
    out->push_back(static_cast<char>(0x80 | (code & 0x3F)));
  }
}

void AppendUpper(std::string_view text, std::string* out) {
  AppendMapped(text, true, SpecialUpper, out);
}

void AppendLower(std::string_view text, std::string* out) {
  AppendMapped(
      text, false, [](uint32_t code) -> const char* { return code == 0x130 ? "i\u0307" : nullptr; },
      out);
}

void AppendTitle(std::string_view character, std::string* out) {
  AppendMapped(
      character, true, [](uint32_t) -> const char* { return nullptr; }, out);
}

std::string_view SubstringOf(std::string_view text, int64_t position, int64_t length) {
  if (position >= 0 && length >= 0) {
    // Counting from the beginning needs no length of the whole.
    const size_t start = CharacterOffset(text, position > 0 ? position - 1 : 0);
    const std::string_view rest = text.substr(start);
    if (static_cast<uint64_t>(length) >= rest.size()) return rest;
    return rest.substr(0, CharacterOffset(rest, length));
  }
  const auto [start, end] = SubstringRange(CountCharacters(text), position, length);
  if (end <= start) return {};
  const size_t from = CharacterOffset(text, start);
  return text.substr(from, CharacterOffset(text.substr(from), end - start));
}

std::string_view BinarySubstringOf(std::string_view bytes, int64_t position, int64_t length) {
  const auto [start, end] = SubstringRange(static_cast<int64_t>(bytes.size()), position, length);
  if (end <= start) return {};
  return bytes.substr(static_cast<size_t>(start), static_cast<size_t>(end - start));
}

void AppendReversed(std::string_view text, std::string* out) {
  size_t end = text.size();
  while (end > 0) {
    size_t start = end - 1;
    while (start > 0 && IsContinuation(text[start])) --start;
    out->append(text.substr(start, end - start));
    end = start;
  }
}

}  // namespace headrace
