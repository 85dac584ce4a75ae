// Text of numbers, as Spark's casts read it.
#pragma once

#include <cstdint>
#include <string_view>

namespace headrace {

// `text` is trimmed. `cut_fraction`: "1.9" reads as 1 (casts without ANSI mode).
bool ParseInteger(std::string_view text, bool cut_fraction, int64_t minimum, int64_t maximum,
                  int64_t* value);
// java.lang.Double.parseDouble, and inf, nan, infinity in any case.
bool ParseFloating(std::string_view text, double* value);
bool ParseFloating(std::string_view text, float* value);

}  // namespace headrace
