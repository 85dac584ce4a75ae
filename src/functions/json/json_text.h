// Scanning single JSON tokens.
//
// All functions may read up to kJsonPadding bytes past the token.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace headrace {

// Levels of arrays and objects; deeper text is malformed.
inline constexpr int kJsonDeepest = 1000;

struct JsonStringToken {
  const char* begin = nullptr;  // after the opening quote
  const char* end = nullptr;    // at the closing quote; null: there is none before the limit
  bool escaped = false;
  std::string_view raw() const { return {begin, static_cast<size_t>(end - begin)}; }
};
// `quote` points at the opening quote.
JsonStringToken ScanJsonString(const char* quote, const char* limit);

// Appends the text that `raw` stands for; false: a bad escape.
bool UnescapeJson(std::string_view raw, std::string* out);

enum class JsonNumberKind { kNone, kInteger, kFloat, kNotFinite };
struct JsonNumberToken {
  JsonNumberKind kind = JsonNumberKind::kNone;
  std::string_view text;
};
// A number, or NaN, Infinity, INF with an optional sign if `allow_not_finite`; it must be followed
// by whitespace, a delimiter or the limit.
JsonNumberToken ScanJsonNumber(const char* at, const char* limit, bool allow_not_finite);
double JsonNotFinite(std::string_view text);

// Whether the literal `word` stands at `at` and ends there.
bool IsJsonWord(const char* at, const char* limit, std::string_view word);

// The value of an integer token; false on overflow.
bool ParseJsonInteger(std::string_view text, int64_t* out);
double ParseJsonDouble(std::string_view text);

inline bool IsJsonSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace headrace
