#include "functions/string/number_format.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

namespace headrace {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsBlank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

Status InvalidFormat(const std::string& reason, const std::string& format, const std::string& what,
                     ErrorParameters parameters = {}) {
  parameters["format"] = "'" + format + "'";
  return AnalysisError("INVALID_FORMAT." + reason,
                       fmt::format("the number format '{}' {}", format, what),
                       std::move(parameters));
}

Status Unexpected(const std::string& format, const std::string& token) {
  return InvalidFormat(
      "UNEXPECTED_TOKEN", format,
      fmt::format("has {} where it makes no sense; formats are built as [MI|S] [$] digits and "
                  "separators [.|D] digits [PR|MI|S]",
                  token),
      {{"token", token}});
}

// A blank in front of a digit stands in front of the sign, too.
void AppendBlank(std::string* out, size_t begin) {
  if (out->size() > begin) {
    const char last = out->back();
    if (last == '+' || last == '-' || last == '<') {
      out->back() = ' ';
      out->push_back(last);
      return;
    }
  }
  out->push_back(' ');
}

}  // namespace

std::vector<NumberFormat::Token> NumberFormat::Tokens(std::string_view text) {
  std::vector<Token> tokens;
  bool fraction = false, brackets = false;
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (c == '0' || c == '9') {
      const size_t begin = i;
      while (i < text.size() && (text[i] == '0' || text[i] == '9')) ++i;
      tokens.push_back({Kind::kDigits, static_cast<int>(i - begin), c == '0' && !fraction});
      continue;
    }
    if (c == '.' || c == 'D') {
      tokens.push_back({Kind::kPoint});
      fraction = true;
    } else if (c == ',' || c == 'G') {
      tokens.push_back({Kind::kSeparator});
    } else if (c == '$') {
      tokens.push_back({Kind::kDollar});
    } else if (c == 'S') {
      tokens.push_back({Kind::kSign});
    } else if (c == 'M' && next == 'I') {
      tokens.push_back({Kind::kMinus});
      ++i;
    } else if (c == 'P' && next == 'R') {
      tokens.push_back({Kind::kClosing});
      brackets = true;
      ++i;
    } else {
      tokens.push_back({Kind::kOther, 0, false, c});
    }
    ++i;
  }
  if (brackets) tokens.insert(tokens.begin(), {Kind::kOpening});
  return tokens;
}

Status NumberFormat::Check(const std::string& text, const std::vector<Token>& tokens) {
  const auto count = [&](Kind kind) {
    return std::count_if(tokens.begin(), tokens.end(),
                         [kind](const Token& token) { return token.kind == kind; });
  };
  const auto first = [&](Kind kind) {
    return std::find_if(tokens.begin(), tokens.end(),
                        [kind](const Token& token) { return token.kind == kind; }) -
           tokens.begin();
  };
  if (count(Kind::kDigits) == 0) {
    return InvalidFormat("WRONG_NUM_DIGIT", text, "has no digit: 0 or 9");
  }
  for (const auto& [kind, name] : {std::pair{Kind::kPoint, ". or D"},
                                   {Kind::kSign, "S"},
                                   {Kind::kMinus, "MI"},
                                   {Kind::kDollar, "$"},
                                   {Kind::kClosing, "PR"}}) {
    if (count(kind) <= 1) continue;
    return InvalidFormat("WRONG_NUM_TOKEN", text, fmt::format("has more than one {}", name),
                         {{"token", name}});
  }
  const auto end = static_cast<ptrdiff_t>(tokens.size());
  if (first(Kind::kDollar) != end && first(Kind::kDollar) > first(Kind::kDigits)) {
    return InvalidFormat("CUR_MUST_BEFORE_DIGIT", text, "has the $ behind digits");
  }
  if (first(Kind::kDollar) != end && first(Kind::kDollar) > first(Kind::kPoint)) {
    return InvalidFormat("CUR_MUST_BEFORE_DEC", text, "has the $ behind the decimal point");
  }
  const ptrdiff_t point = first(Kind::kPoint);
  for (ptrdiff_t i = 0; i < end; ++i) {
    if (tokens[i].kind != Kind::kSeparator) continue;
    if (i > point) {
      return InvalidFormat("THOUSANDS_SEPS_MUST_BEFORE_DEC", text,
                           "has a separator (, or G) behind the decimal point");
    }
    const bool between = i > 0 && tokens[i - 1].kind == Kind::kDigits && i + 1 < end &&
                         tokens[i + 1].kind == Kind::kDigits;
    if (!between) {
      return InvalidFormat("CONT_THOUSANDS_SEPS", text,
                           "has a separator (, or G) that is not between digits");
    }
  }
  // Each place, in order, and what may stand there.
  const std::set<Kind> digits = {Kind::kDigits, Kind::kSeparator};
  const std::set<Kind> places[] = {{Kind::kOpening}, {Kind::kMinus, Kind::kSign},
                                   {Kind::kDollar},  digits,
                                   {Kind::kPoint},   digits,
                                   {Kind::kDollar},  {Kind::kMinus, Kind::kSign, Kind::kClosing}};
  size_t place = 0;
  for (ptrdiff_t i = 0; i < end; ++i) {
    const Token& token = tokens[i];
    if (token.kind == Kind::kOther)
      return Unexpected(text, std::string("the character ") + token.other);
    while (place < std::size(places) && !places[place].contains(token.kind)) ++place;
    if (place == std::size(places)) return Unexpected(text, "a token");
    // Digits and separators share their place.
    if (places[place] != digits) ++place;
  }
  return Status::OK();
}

Result<NumberFormat> NumberFormat::Compile(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  if (upper.empty())
    return InvalidFormat("EMPTY", upper, "is empty; write a 0 or 9 for each digit");
  NumberFormat format;
  format.tokens_ = Tokens(upper);
  ARROW_RETURN_NOT_OK(Check(upper, format.tokens_));
  bool fraction = false;
  for (const Token& token : format.tokens_) {
    fraction |= token.kind == Kind::kPoint;
    (fraction ? format.scale_ : format.whole_digits_) += token.digits;
  }
  if (format.precision() > 38) {
    return MakeError(ErrorKind::kArithmetic, "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
                     fmt::format("the number format '{}' has {} digits; decimals have at most 38",
                                 upper, format.precision()),
                     {{"precision", std::to_string(format.precision())}, {"maxPrecision", "38"}});
  }
  return format;
}

size_t NumberFormat::EndOfDigits(size_t first) const {
  while (first < tokens_.size() &&
         (tokens_[first].kind == Kind::kDigits || tokens_[first].kind == Kind::kSeparator)) {
    ++first;
  }
  return first;
}

bool NumberFormat::ParseDigits(size_t first, size_t last, std::string_view text, size_t* at,
                               std::string* digits) const {
  // The sizes of the groups between separators, the rightmost last.
  std::vector<int> sizes = {0};
  for (; *at < text.size(); ++*at) {
    const char c = text[*at];
    if (IsDigit(c)) {
      digits->push_back(c);
      ++sizes.back();
    } else if (c == ',') {
      sizes.push_back(0);
    } else if (!IsBlank(c)) {
      break;
    }
  }
  size_t group = sizes.size();
  for (size_t i = last; i-- > first;) {
    if (tokens_[i].kind != Kind::kDigits) continue;
    const int size = group > 0 ? sizes[--group] : 0;
    if (tokens_[i].all ? size != tokens_[i].digits : size > tokens_[i].digits) return false;
  }
  return group == 0;
}

bool NumberFormat::Parse(std::string_view text, arrow::Decimal128* value) const {
  std::string whole, fraction;
  bool reached_point = false, negative = false, opened = false, closed = false;
  size_t at = 0;
  const auto skip_blanks = [&] {
    while (at < text.size() && IsBlank(text[at])) ++at;
  };
  const auto take = [&](char c) {
    if (at >= text.size() || text[at] != c) return false;
    ++at;
    return true;
  };
  bool point_in_format = false;
  for (size_t i = 0; i < tokens_.size();) {
    skip_blanks();
    switch (tokens_[i].kind) {
      case Kind::kDigits:
      case Kind::kSeparator: {
        const size_t end = EndOfDigits(i);
        // Behind the format's point there are digits only if the text has one, too.
        const bool present = !point_in_format || reached_point;
        if (present && !ParseDigits(i, end, text, &at, point_in_format ? &fraction : &whole)) {
          return false;
        }
        i = end;
        continue;
      }
      case Kind::kPoint:
        point_in_format = true;
        reached_point = take('.');
        break;
      case Kind::kDollar:
        if (!take('$')) return false;
        break;
      case Kind::kSign:
        if (!take('+') && take('-')) negative = true;
        break;
      case Kind::kMinus:
        if (take('-')) negative = true;
        break;
      case Kind::kOpening:
        opened = take('<');
        break;
      case Kind::kClosing:
        closed = take('>');
        if (closed) negative = true;
        break;
      case Kind::kOther:
        return false;
    }
    ++i;
  }
  skip_blanks();
  if (at < text.size() || opened != closed || (whole.empty() && fraction.empty())) return false;
  fraction.resize(static_cast<size_t>(scale_), '0');
  const auto parsed = arrow::Decimal128::FromString(whole + fraction);
  if (!parsed.ok()) return false;
  *value = negative ? arrow::Decimal128(-*parsed) : *parsed;
  return true;
}

void NumberFormat::Format(const arrow::Decimal128& value, int32_t scale, std::string* out) const {
  const bool negative = value.IsNegative();
  // Digits in front of the point and behind it, without the zeros that say nothing.
  std::string whole = arrow::Decimal128(arrow::Decimal128::Abs(value)).ToIntegerString();
  if (whole.size() < static_cast<size_t>(scale)) whole.insert(0, scale - whole.size(), '0');
  std::string fraction = whole.substr(whole.size() - static_cast<size_t>(scale));
  whole.resize(whole.size() - static_cast<size_t>(scale));
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size()));
  fraction.erase(fraction.find_last_not_of('0') + 1);
  const bool fits = whole.size() <= static_cast<size_t>(whole_digits_) &&
                    fraction.size() <= static_cast<size_t>(scale_);

  const size_t begin = out->size();
  bool reached_point = false;
  size_t place = 0;  // among the digits on this side of the point
  const size_t missing = static_cast<size_t>(whole_digits_) -
                         std::min(whole.size(), static_cast<size_t>(whole_digits_));
  const auto append_digit = [&](bool all) {
    const size_t digit = place++;
    if (!fits) {
      out->push_back('#');
    } else if (reached_point) {
      out->push_back(digit < fraction.size() ? fraction[digit] : '0');
    } else if (digit >= missing) {
      out->push_back(whole[digit - missing]);
    } else if (all) {
      out->push_back('0');
    } else {
      AppendBlank(out, begin);
    }
  };
  for (const Token& token : tokens_) {
    switch (token.kind) {
      case Kind::kDigits:
        for (int i = 0; i < token.digits; ++i) append_digit(token.all);
        break;
      case Kind::kSeparator:
        if (out->size() > begin && IsDigit(out->back())) {
          out->push_back(',');
        } else {
          AppendBlank(out, begin);
        }
        break;
      case Kind::kPoint:
        if (out->size() > begin && out->back() == ' ') out->back() = '0';
        if (scale_ > 0) out->push_back('.');
        reached_point = true;
        place = 0;
        break;
      case Kind::kDollar:
        out->push_back('$');
        break;
      case Kind::kSign:
        out->push_back(negative ? '-' : '+');
        break;
      case Kind::kMinus:
        out->push_back(negative ? '-' : ' ');
        break;
      case Kind::kOpening:
        if (negative) out->push_back('<');
        break;
      case Kind::kClosing:
        out->append(negative ? ">" : "  ");
        break;
      case Kind::kOther:
        break;
    }
  }
  // A point without digits behind it leaves its place.
  if (reached_point && scale_ == 0) out->push_back(' ');
}

}  // namespace headrace
