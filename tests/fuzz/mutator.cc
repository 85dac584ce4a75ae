#include "mutator.h"

#include <algorithm>
#include <array>

namespace headrace::fuzz {
namespace {

// Inputs do not grow beyond this.
constexpr size_t kLongestInput = 1 << 14;

constexpr std::array<uint8_t, 12> kBytes = {0x00, 0x01, 0x7F, 0x80, 0xC3, 0xED,
                                            0xF4, 0xFE, 0xFF, '"',  '\\', '\n'};
constexpr std::array<const char*, 10> kNumbers = {"0",
                                                  "-1",
                                                  "9223372036854775807",
                                                  "-9223372036854775808",
                                                  "2147483648",
                                                  "1e400",
                                                  "4294967296",
                                                  "-2147483649",
                                                  "99999999999999999999999999999999999999999",
                                                  "0.1"};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string Mutator::Mutate(std::string_view input, const std::vector<std::string>& corpus,
                            const std::vector<std::string>& words) {
  std::string text(input);
  for (size_t changes = 1 + Below(4); changes > 0; --changes) ChangeOnce(&text, corpus, words);
  if (text.size() > kLongestInput) text.resize(kLongestInput);
  return text;
}

std::string_view Mutator::Piece(std::string_view text) {
  if (text.empty()) return text;
  const size_t begin = Below(text.size());
  const size_t left = text.size() - begin;
  return text.substr(begin, 1 + Below(Below(4) == 0 ? left : std::min<size_t>(left, 16)));
}

void Mutator::ChangeOnce(std::string* text, const std::vector<std::string>& corpus,
                         const std::vector<std::string>& words) {
  const size_t at = Below(text->size() + 1);
  const size_t within = text->empty() ? 0 : Below(text->size());
  switch (text->empty() ? 5 + Below(3) : Below(11)) {
    case 0:
      (*text)[within] = static_cast<char>((*text)[within] ^ (1 << Below(8)));
      return;
    case 1:
      (*text)[within] = static_cast<char>(kBytes[Below(kBytes.size())]);
      return;
    case 2:
      text->resize(at);
      return;
    case 3: {
      const std::string_view piece = Piece(*text);
      text->erase(static_cast<size_t>(piece.data() - text->data()), piece.size());
      return;
    }
    case 4: {
      const std::string piece(Piece(*text));
      size_t times = 1 + Below(3);
      if (Below(16) == 0) times = 200;
      for (; times > 0 && text->size() < kLongestInput; --times) text->insert(at, piece);
      return;
    }
    case 5:
      text->insert(at, 1, static_cast<char>(Below(4) == 0 ? Below(256) : kBytes[Below(12)]));
      return;
    case 6:
    case 7:
      if (words.empty() || Below(3) == 0) {
        text->insert(at, std::string(Piece(corpus[Below(corpus.size())])));
      } else {
        text->insert(at, words[Below(words.size())]);
      }
      return;
    case 8: {
      const std::string& other = corpus[Below(corpus.size())];
      *text = text->substr(0, at) + other.substr(Below(other.size() + 1));
      return;
    }
    case 9: {  // another number in place of one
      size_t begin = within;
      while (begin < text->size() && !IsDigit((*text)[begin])) ++begin;
      size_t end = begin;
      while (end < text->size() && IsDigit((*text)[end])) ++end;
      text->replace(begin, end - begin, kNumbers[Below(kNumbers.size())]);
      return;
    }
    default: {  // four bytes as a number
      if (text->size() < 4) return;
      const auto value = static_cast<uint32_t>(Below(2) == 0 ? Bits() : Below(64) - 32);
      for (size_t i = 0; i < 4; ++i) {
        (*text)[Below(text->size() - 3) + i] = static_cast<char>(value >> (24 - 8 * i));
      }
      return;
    }
  }
}

}  // namespace headrace::fuzz
