// For tests: reads constant SQL expressions as the conformance cases have them: literals, CAST,
// try_cast, array, map, named_struct.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "expression/cast.h"

namespace headrace {

struct ParsedConstant {
  // No value and no error: the text is not of this kind.
  bool understood = false;
  Status error;
  ExpressionPtr expression;
};

ParsedConstant ParseConstant(const std::string& text, const CastOptions& options);
// Reads `a, b, c` up to the end.
std::optional<std::vector<ExpressionPtr>> ParseConstants(const std::string& text,
                                                         const CastOptions& options);

}  // namespace headrace
