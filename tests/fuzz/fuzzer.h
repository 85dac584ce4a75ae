// Feeds a parser with mutated inputs and looks whether what holds for all inputs holds.
//
// Runs are bounded and reproducible: as many as the target says, from its seed, or from the number
// HEADRACE_FUZZ_SEED, for who looks for more. An input whose
// outcome was not seen before is mutated further, which leads past the first check of a parser. A
// crash or a run that does not end is told with its input before the process dies.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "mutator.h"

namespace headrace::fuzz {

struct Outcome {
  // What came out, roughly ("ok", an error's condition): inputs are kept for new ones.
  std::string kind;
  // What should hold and does not; "" if all is well.
  std::string broken;
};

struct Target {
  std::string name;
  std::vector<std::string> corpus = {};  // tried as they are first; not empty
  std::vector<std::string> words = {};   // of the language
  std::function<Outcome(const std::string& input)> run = nullptr;
  // How inputs are changed, if they have more structure than texts.
  std::function<std::string(Mutator*, const std::string& input,
                            const std::vector<std::string>& corpus)>
      mutate = nullptr;
  int runs = 10'000;
  uint64_t seed = 1;
};

// The first finding, with its input; nothing if there is none.
std::optional<std::string> Fuzz(const Target& target);

// The outcome of a parser whose failures are for users: they have an exception class and say
// something.
Outcome OfStatus(const Status& status);

// The text in a form for C++ sources and messages.
std::string Escaped(std::string_view text);

}  // namespace headrace::fuzz
