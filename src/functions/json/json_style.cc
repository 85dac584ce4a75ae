#include "functions/json/json_style.h"

#include <fmt/format.h>

namespace headrace {

namespace {

constexpr uint32_t kReplacement = 0xFFFD;

// The code point at `*at`, which moves behind it; kReplacement for one wrong byte.
uint32_t NextCodePoint(std::string_view text, size_t* at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte((*at)++);
  const int more = first >= 0xF0 && first < 0xF8 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : -1;
  if (more < 0 || first >= 0xF8 || *at + static_cast<size_t>(more) > text.size()) {
    return kReplacement;
  }
  uint32_t code = first & (0x3Fu >> more);
  for (int i = 0; i < more; ++i) {
    const unsigned char next = byte(*at + static_cast<size_t>(i));
    if ((next & 0xC0) != 0x80) return kReplacement;
    code = code << 6 | (next & 0x3Fu);
  }
  *at += static_cast<size_t>(more);
  return code;
}

void AppendUnit(uint32_t unit, std::string* out) {
  fmt::format_to(std::back_inserter(*out), "\\u{:04X}", unit);
}

}  // namespace

void AppendIndentedJson(std::string_view compact, std::string* out) {
  size_t depth = 0;  // of objects
  std::string open;  // '{' and '[' that are not closed
  const auto line = [&] {
    out->push_back('\n');
    out->append(2 * depth, ' ');
  };
  for (size_t i = 0; i < compact.size(); ++i) {
    const char c = compact[i];
    const char next = i + 1 < compact.size() ? compact[i + 1] : '\0';
    switch (c) {
      case '"': {
        const size_t begin = i;
        for (++i; compact[i] != '"'; ++i) {
          if (compact[i] == '\\') ++i;
        }
        out->append(compact.substr(begin, i + 1 - begin));
        break;
      }
      case '{':
      case '[':
        open.push_back(c);
        out->push_back(c);
        if (next == (c == '{' ? '}' : ']')) break;
        if (c == '{') {
          ++depth;
          line();
        } else {
          out->push_back(' ');
        }
        break;
      case '}':
      case ']': {
        const bool empty = i > 0 && compact[i - 1] == (c == '}' ? '{' : '[');
        if (empty || c == ']') {
          out->push_back(' ');
        } else {
          --depth;
          line();
        }
        open.pop_back();
        out->push_back(c);
        break;
      }
      case ',':
        out->push_back(',');
        if (open.back() == '{') {
          line();
        } else {
          out->push_back(' ');
        }
        break;
      case ':':
        out->append(" : ");
        break;
      default:
        out->push_back(c);
    }
  }
}

void AppendAsciiJson(std::string_view json, std::string* out) {
  for (size_t i = 0; i < json.size();) {
    if (static_cast<unsigned char>(json[i]) < 0x80) {
      out->push_back(json[i++]);
      continue;
    }
    const uint32_t code = NextCodePoint(json, &i);
    if (code < 0x10000) {
      AppendUnit(code, out);
    } else {
      AppendUnit(0xD800 + ((code - 0x10000) >> 10), out);
      AppendUnit(0xDC00 + ((code - 0x10000) & 0x3FF), out);
    }
  }
}

}  // namespace headrace
