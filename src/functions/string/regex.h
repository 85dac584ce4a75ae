// Java's regular expressions on RE2.
#pragma once

#include <memory>
#include <string>

#include <re2/re2.h>

#include "base/error.h"

namespace headrace {

using RegexPtr = std::shared_ptr<const re2::RE2>;

// Translates what RE2 writes differently (named groups, \p{Alpha}, \Q..\E). Errors:
// INVALID_PARAMETER_VALUE.PATTERN for a pattern that is none; NotSupported naming pattern and
// construct for look-around, back references, atomic groups, possessive quantifiers and
// intersections of character classes, which RE2 does not have.
Result<RegexPtr> CompileRegex(const std::string& function, const std::string& pattern,
                              bool ignore_case = false);

// The text of a LIKE pattern as a regular expression that must match as a whole. `escape` as in
// LIKE … ESCAPE; error INVALID_FORMAT.ESC_AT_THE_END or .ESC_IN_THE_MIDDLE.
Result<std::string> LikeToRegex(const std::string& pattern, char escape);

// Compiles the patterns of a column, keeping the last ones.
class RegexCache {
 public:
  RegexCache(std::string function, RegexPtr constant)
      : function_(std::move(function)), current_(std::move(constant)), constant_(current_) {}
  Result<const re2::RE2*> Find(std::string_view pattern) {
    if (constant_) return constant_.get();
    if (current_ && pattern == text_) return current_.get();
    text_ = std::string(pattern);
    ARROW_ASSIGN_OR_RAISE(current_, CompileRegex(function_, text_));
    return current_.get();
  }

 private:
  std::string function_;
  std::string text_;
  RegexPtr current_;
  RegexPtr constant_;
};

// Whether a regular expression is plain text; then `*literal` is that text.
bool IsLiteralRegex(const std::string& pattern, std::string* literal);

}  // namespace headrace
