#include "functions/string/base64.h"

#include <array>
#include <cstdint>

namespace headrace {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<int8_t, 256> MakeDigits() {
  std::array<int8_t, 256> digits{};
  for (auto& digit : digits) digit = -1;
  for (int8_t i = 0; i < 64; ++i) digits[static_cast<unsigned char>(kAlphabet[i])] = i;
  return digits;
}

constexpr auto kDigits = MakeDigits();

}  // namespace

void EncodeBase64(std::string_view bytes, std::string* out) {
  const auto byte = [&](size_t i) -> uint32_t {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0;
  };
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const uint32_t group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    out->push_back(kAlphabet[group >> 18]);
    out->push_back(kAlphabet[group >> 12 & 63]);
    out->push_back(i + 1 < bytes.size() ? kAlphabet[group >> 6 & 63] : '=');
    out->push_back(i + 2 < bytes.size() ? kAlphabet[group & 63] : '=');
  }
}

bool DecodeMimeBase64(std::string_view text, std::string* out) {
  std::string digits;
  for (const char c : text) {
    if (c == '=') break;
    if (kDigits[static_cast<unsigned char>(c)] >= 0) digits.push_back(c);
  }
  return DecodeBase64(digits, out);
}

bool DecodeBase64(std::string_view text, std::string* out) {
  size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  if (text.size() % 4 == 1 || (padding > 0 && (text.size() + padding) % 4 != 0)) return false;
  uint32_t group = 0;
  size_t digits = 0;
  for (const char c : text) {
    const int8_t digit = kDigits[static_cast<unsigned char>(c)];
    if (digit < 0) return false;
    group = group << 6 | static_cast<uint32_t>(digit);
    if (++digits % 4 == 0) {
      out->push_back(static_cast<char>(group >> 16));
      out->push_back(static_cast<char>(group >> 8));
      out->push_back(static_cast<char>(group));
      group = 0;
    }
  }
  if (digits % 4 == 2) out->push_back(static_cast<char>(group >> 4));
  if (digits % 4 == 3) {
    out->push_back(static_cast<char>(group >> 10));
    out->push_back(static_cast<char>(group >> 2));
  }
  return true;
}

}  // namespace headrace
