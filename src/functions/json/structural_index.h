// Positions of the tokens of JSON text, found by simdjson's first stage with the widest vector
// instructions that the machine has.
//
// A token is one of { } [ ] : , or the first byte of a string or of any other scalar. The stage
// also checks UTF-8, that strings are closed and that they hold no control characters.
#pragma once

#include <cstdint>
#include <memory>

#include "base/error.h"

namespace headrace {

class StructuralIndex {
 public:
  StructuralIndex();
  ~StructuralIndex();

  // Reads up to 64 bytes past the end. False when the text is lexically malformed; then nothing is
  // indexed.
  bool Build(const char* text, size_t length);
  // Ascending; followed by a sentinel equal to the length of the text.
  const uint32_t* begin() const;
  // Why the last Build failed.
  const char* reason() const { return reason_; }

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
  size_t capacity_ = 0;
  const char* reason_ = "";
  uint32_t empty_[1] = {0};
  bool usable_ = false;
};

}  // namespace headrace
