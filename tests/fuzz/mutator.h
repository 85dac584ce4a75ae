// Random changes to inputs: what a careless or hostile hand may do to them. Reproducible by seed.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace headrace::fuzz {

class Mutator {
 public:
  explicit Mutator(uint64_t seed) : random_(seed) {}

  // `input` with one to four changes: bits, bytes, pieces that are cut, moved, repeated or taken
  // from another input of `corpus`, and words of the language.
  std::string Mutate(std::string_view input, const std::vector<std::string>& corpus,
                     const std::vector<std::string>& words);

  // Below `bound`, which is positive.
  size_t Below(size_t bound) { return random_() % bound; }
  uint64_t Bits() { return random_(); }

 private:
  void ChangeOnce(std::string* text, const std::vector<std::string>& corpus,
                  const std::vector<std::string>& words);
  // A piece of the text, mostly short.
  std::string_view Piece(std::string_view text);

  std::mt19937_64 random_;
};

}  // namespace headrace::fuzz
