// The number formats of to_char and to_number: "$99,999.99S".
//
//   0 9     digits; a run that starts with 0 in front of the point has all its digits
//   . D     the decimal point
//   , G     separators between digits in front of the point
//   $       in front of the digits
//   S MI    a sign, or a minus or blank, in front or behind
//   PR      behind: <1> for negative numbers
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/util/decimal.h>

#include "base/error.h"

namespace headrace {

class NumberFormat {
 public:
  // Errors: INVALID_FORMAT.….
  static Result<NumberFormat> Compile(std::string_view text);

  // The decimal that holds every number of this format.
  int precision() const { return whole_digits_ + scale_; }
  int scale() const { return scale_; }

  // The number in `text` at scale(); false: it does not have this format.
  bool Parse(std::string_view text, arrow::Decimal128* value) const;
  // Appends the number; digits become # if there are too many.
  void Format(const arrow::Decimal128& value, int32_t scale, std::string* out) const;

 private:
  enum class Kind {
    kDigits,
    kSeparator,
    kPoint,
    kDollar,
    kSign,
    kMinus,
    kOpening,
    kClosing,
    kOther
  };
  struct Token {
    Kind kind;
    int digits = 0;
    bool all = false;  // digits: every one of them must be there
    char other = 0;
  };

  static std::vector<Token> Tokens(std::string_view text);
  static Status Check(const std::string& text, const std::vector<Token>& tokens);
  // Takes the digits of the tokens [first, last) from `text`; false: they do not fit.
  bool ParseDigits(size_t first, size_t last, std::string_view text, size_t* at,
                   std::string* digits) const;
  size_t EndOfDigits(size_t first) const;

  std::vector<Token> tokens_;
  int whole_digits_ = 0, scale_ = 0;
};

}  // namespace headrace
