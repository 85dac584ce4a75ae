#include "types/interval_text.h"

#include "types/spark_type.h"

namespace headrace {

namespace {

std::string_view WithoutSpaces(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

// The text between the quotes of `INTERVAL [-]'…' <unit>`; *sign becomes -1 for the minus before
// them. Text without these words is returned as it is.
std::string_view Unwrap(std::string_view text, std::string_view unit, int* sign) {
  text = WithoutSpaces(text);
  constexpr std::string_view kWord = "interval";
  if (text.size() < kWord.size() || !EqualsIgnoreCase(text.substr(0, kWord.size()), kWord)) {
    return text;
  }
  std::string_view rest = WithoutSpaces(text.substr(kWord.size()));
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
    if (rest[0] == '-') *sign = -1;
    rest = WithoutSpaces(rest.substr(1));
  }
  const size_t close = rest.rfind('\'');
  if (rest.empty() || rest[0] != '\'' || close == 0) return "";
  if (!EqualsIgnoreCase(WithoutSpaces(rest.substr(close + 1)), unit)) return "";
  return rest.substr(1, close - 1);
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool Accept(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  int Sign() {
    if (Accept('-')) return -1;
    Accept('+');
    return 1;
  }
  bool Number(int digits, int64_t limit, int64_t* value) {
    int count = 0;
    *value = 0;
    for (; count < digits && !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; ++count) {
      *value = *value * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    if (*value > limit) out_of_range_ = true;
    return count > 0;
  }
  bool out_of_range() const { return out_of_range_; }
  // Up to nine digits as microseconds; the rest is cut off.
  bool Fraction(int64_t* microseconds) {
    int64_t unit = 100000;
    int count = 0;
    for (; count < 9 && !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; ++count) {
      *microseconds += (rest_[0] - '0') * unit;
      unit /= 10;
      rest_.remove_prefix(1);
    }
    return count > 0;
  }
  bool AtEnd() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool out_of_range_ = false;
};

}  // namespace

IntervalParse ParseDayTimeInterval(std::string_view text, int64_t* microseconds) {
  int sign = 1;
  Reader reader(Unwrap(text, "day to second", &sign));
  sign *= reader.Sign();
  int64_t days = 0;
  int64_t hours = 0;
  int64_t minutes = 0;
  int64_t seconds = 0;
  int64_t fraction = 0;
  // 106751991 days are the most that 64 bits of microseconds hold.
  if (!reader.Number(9, 106751990, &days) || !reader.Accept(' ') || !reader.Number(2, 23, &hours) ||
      !reader.Accept(':') || !reader.Number(2, 59, &minutes) || !reader.Accept(':') ||
      !reader.Number(2, 59, &seconds)) {
    return IntervalParse::kLayout;
  }
  if (reader.Accept('.') && !reader.Fraction(&fraction)) return IntervalParse::kLayout;
  if (!reader.AtEnd()) return IntervalParse::kLayout;
  if (reader.out_of_range()) return IntervalParse::kRange;
  *microseconds =
      sign * ((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000000 + fraction);
  return IntervalParse::kOk;
}

IntervalParse ParseYearMonthInterval(std::string_view text, int32_t* months) {
  int sign = 1;
  Reader reader(Unwrap(text, "year to month", &sign));
  sign *= reader.Sign();
  int64_t years = 0;
  int64_t rest = 0;
  if (!reader.Number(9, 178956970, &years) || !reader.Accept('-') || !reader.Number(2, 11, &rest) ||
      !reader.AtEnd()) {
    return IntervalParse::kLayout;
  }
  const int64_t total = sign * (years * 12 + rest);
  *months = static_cast<int32_t>(total);
  const bool fits = total == *months && !reader.out_of_range();
  return fits ? IntervalParse::kOk : IntervalParse::kRange;
}

}  // namespace headrace
