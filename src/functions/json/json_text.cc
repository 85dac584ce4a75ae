#include "functions/json/json_text.h"

#include <cstring>
#include <limits>

#include <fast_float/fast_float.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/ascii.h"
#include "functions/string/characters.h"

namespace headrace {
namespace {

// The first '"' or '\\' at or after `at`; `limit` when there is none before it.
const char* FindQuoteOrBackslash(const char* at, const char* limit) {
#ifdef __SSE2__
  const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
  for (; at < limit; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const int mask = _mm_movemask_epi8(
        _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)));
    if (mask != 0) {
      at += __builtin_ctz(static_cast<unsigned>(mask));
      return at < limit ? at : limit;
    }
  }
  return limit;
#else
  while (at < limit && *at != '"' && *at != '\\') ++at;
  return at;
#endif
}

bool EndsToken(const char* at, const char* limit) {
  if (at >= limit) return true;
  const char c = *at;
  return IsJsonSpace(c) || c == ',' || c == '}' || c == ']' || c == ':';
}

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool ReadHex4(std::string_view text, uint32_t* out) {
  if (text.size() < 4) return false;
  *out = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = HexDigit(text[i]);
    if (digit < 0) return false;
    *out = *out << 4 | static_cast<uint32_t>(digit);
  }
  return true;
}

}  // namespace

JsonStringToken ScanJsonString(const char* quote, const char* limit) {
  JsonStringToken token;
  token.begin = quote + 1;
  const char* at = token.begin;
  while (true) {
    at = FindQuoteOrBackslash(at, limit);
    if (at >= limit) return token;
    if (*at == '"') {
      token.end = at;
      return token;
    }
    token.escaped = true;
    at += 2;
  }
}

bool UnescapeJson(std::string_view raw, std::string* out) {
  for (size_t at = 0; at < raw.size();) {
    const char c = raw[at];
    if (c != '\\') {
      const size_t next = raw.find('\\', at);
      out->append(raw.substr(at, next - at));
      if (next == std::string_view::npos) return true;
      at = next;
      continue;
    }
    if (at + 1 >= raw.size()) return false;
    const char kind = raw[at + 1];
    at += 2;
    switch (kind) {
      case '"':
      case '\\':
      case '/':
        out->push_back(kind);
        break;
      case 'b':
        out->push_back('\b');
        break;
      case 'f':
        out->push_back('\f');
        break;
      case 'n':
        out->push_back('\n');
        break;
      case 'r':
        out->push_back('\r');
        break;
      case 't':
        out->push_back('\t');
        break;
      case 'u': {
        uint32_t code, low;
        if (!ReadHex4(raw.substr(at), &code)) return false;
        at += 4;
        if (code >= 0xD800 && code < 0xDC00 && raw.substr(at).starts_with("\\u") &&
            ReadHex4(raw.substr(at + 2), &low) && low >= 0xDC00 && low < 0xE000) {
          code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
          at += 6;
        } else if (code >= 0xD800 && code < 0xE000) {
          code = '?';  // half a pair is no character; so Java encodes it
        }
        AppendCodePoint(code, out);
        break;
      }
      default:
        return false;
    }
  }
  return true;
}

JsonNumberToken ScanJsonNumber(const char* at, const char* limit, bool allow_not_finite) {
  const char* const start = at;
  JsonNumberToken token;
  const bool sign = at < limit && (*at == '-' || *at == '+');
  if (sign) ++at;
  if (at < limit && !IsDigit(*at)) {
    if (!allow_not_finite) return token;
    for (const std::string_view word : {"NaN", "Infinity", "INF"}) {
      if (sign && word == "NaN") continue;
      if (!IsJsonWord(at, limit, word)) continue;
      token.kind = JsonNumberKind::kNotFinite;
      token.text = {start, static_cast<size_t>(at - start) + word.size()};
      return token;
    }
    return token;
  }
  if (at >= limit || (sign && *start == '+')) return token;
  if (*at == '0' && at + 1 < limit && IsDigit(at[1])) return token;
  while (at < limit && IsDigit(*at)) ++at;
  JsonNumberKind kind = JsonNumberKind::kInteger;
  if (at < limit && *at == '.') {
    kind = JsonNumberKind::kFloat;
    const char* const fraction = ++at;
    while (at < limit && IsDigit(*at)) ++at;
    if (at == fraction) return token;
  }
  if (at < limit && (*at == 'e' || *at == 'E')) {
    kind = JsonNumberKind::kFloat;
    ++at;
    if (at < limit && (*at == '-' || *at == '+')) ++at;
    const char* const exponent = at;
    while (at < limit && IsDigit(*at)) ++at;
    if (at == exponent) return token;
  }
  if (!EndsToken(at, limit)) return token;
  token.kind = kind;
  token.text = {start, static_cast<size_t>(at - start)};
  return token;
}

double JsonNotFinite(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  return text[0] == '-' ? -std::numeric_limits<double>::infinity()
                        : std::numeric_limits<double>::infinity();
}

bool IsJsonWord(const char* at, const char* limit, std::string_view word) {
  return static_cast<size_t>(limit - at) >= word.size() &&
         std::memcmp(at, word.data(), word.size()) == 0 && EndsToken(at + word.size(), limit);
}

bool ParseJsonInteger(std::string_view text, int64_t* out) {
  const bool negative = text[0] == '-';
  if (negative) text.remove_prefix(1);
  uint64_t value = 0;
  if (text.size() <= 18) {
    for (const char c : text) value = value * 10 + static_cast<uint64_t>(c - '0');
  } else {
    for (const char c : text) {
      if (__builtin_mul_overflow(value, uint64_t{10}, &value) ||
          __builtin_add_overflow(value, static_cast<uint64_t>(c - '0'), &value)) {
        return false;
      }
    }
    if (value > uint64_t{1} << 63 || (!negative && value == uint64_t{1} << 63)) return false;
  }
  *out = static_cast<int64_t>(negative ? 0 - value : value);
  return true;
}

double ParseJsonDouble(std::string_view text) {
  double value = 0;
  fast_float::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace headrace
