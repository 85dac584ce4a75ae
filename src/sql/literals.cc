#include "sql/literals.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include <arrow/scalar.h>
#include <arrow/util/decimal.h>

#include "base/time_units.h"

namespace headrace {
namespace {

Status BadLiteral(const std::string& kind, const std::string& text) {
  return MakeError(ErrorKind::kParse, "INVALID_TYPED_LITERAL",
                   "The value of the typed literal " + kind + " is invalid: '" + text + "'",
                   {{"valueType", kind}, {"value", "'" + text + "'"}});
}

Status OutOfRange(const std::string& text, const std::string& type) {
  return MakeError(ErrorKind::kParse, "INVALID_NUMERIC_LITERAL_RANGE",
                   "The number " + text + " does not fit into " + type,
                   {{"rawStrippedQualifier", text}, {"typeName", type}});
}

template <typename Scalar, typename Value>
UnresolvedPtr Make(Value value) {
  return UnresolvedLiteral(std::make_shared<Scalar>(value));
}

Result<UnresolvedPtr> DecimalLiteral(const std::string& digits) {
  arrow::Decimal128 value;
  int32_t precision = 0, scale = 0;
  if (!arrow::Decimal128::FromString(digits, &value, &precision, &scale).ok() || precision > 38)
    return OutOfRange(digits, "decimal(38,0)");
  if (scale < 0) return OutOfRange(digits, "decimal");
  precision = std::max({precision, scale, 1});
  return UnresolvedLiteral(
      std::make_shared<arrow::Decimal128Scalar>(value, arrow::decimal128(precision, scale)));
}

Result<int64_t> WholeNumber(const std::string& text, int64_t low, int64_t high,
                            const std::string& type) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < low || value > high)
    return OutOfRange(text, type);
  return value;
}

// Day-time units from the largest to the smallest.
constexpr std::array<std::string_view, 4> kFields = {"DAY", "HOUR", "MINUTE", "SECOND"};
constexpr std::array<int64_t, 4> kFieldMicros = {kMicrosPerDay, 3600 * kMicrosPerSecond,
                                                 60 * kMicrosPerSecond, kMicrosPerSecond};

std::string TwoDigits(int64_t value) { return (value < 10 ? "0" : "") + std::to_string(value); }

std::string SecondsText(int64_t micros, bool pad) {
  std::string text =
      pad ? TwoDigits(micros / kMicrosPerSecond) : std::to_string(micros / kMicrosPerSecond);
  int64_t fraction = micros % kMicrosPerSecond;
  if (fraction == 0) return text;
  std::string digits = std::to_string(fraction);
  digits.insert(0, 6 - digits.size(), '0');
  while (digits.back() == '0') digits.pop_back();
  return text + "." + digits;
}

// INTERVAL '1 02:03:04' DAY TO SECOND, as Spark names the column.
std::string DayTimeText(int64_t micros, int from, int to) {
  const bool negative = micros < 0;
  uint64_t rest = negative ? 0 - static_cast<uint64_t>(micros) : static_cast<uint64_t>(micros);
  std::string body;
  for (int field = from; field <= to; ++field) {
    const bool first = field == from;
    if (!first) body += field == 1 ? " " : ":";
    if (field == 3) {
      body += SecondsText(static_cast<int64_t>(rest), !first);
    } else {
      const auto value = static_cast<int64_t>(rest / static_cast<uint64_t>(kFieldMicros[field]));
      rest %= static_cast<uint64_t>(kFieldMicros[field]);
      body += first ? std::to_string(value) : TwoDigits(value);
    }
  }
  std::string text =
      "INTERVAL '" + std::string(negative ? "-" : "") + body + "' " + std::string(kFields[from]);
  if (from != to) text += " TO " + std::string(kFields[to]);
  return text;
}

UnresolvedPtr DayTime(int64_t micros, int from, int to) {
  return UnresolvedLiteral(
      std::make_shared<arrow::DurationScalar>(micros, arrow::duration(arrow::TimeUnit::MICRO)),
      DayTimeText(micros, from, to));
}

UnresolvedPtr YearMonth(int32_t months, bool has_years, bool has_months) {
  std::string body;
  const int32_t size = std::abs(months);
  if (has_years && has_months)
    body = std::to_string(size / 12) + "-" + std::to_string(size % 12) + "' YEAR TO MONTH";
  else if (has_years)
    body = std::to_string(size / 12) + "' YEAR";
  else
    body = std::to_string(size) + "' MONTH";
  return UnresolvedLiteral(std::make_shared<arrow::MonthIntervalScalar>(months),
                           "INTERVAL '" + std::string(months < 0 ? "-" : "") + body);
}

// -1: no day-time unit.
int FieldOf(std::string unit) {
  if (unit.size() > 1 && (unit.back() == 's' || unit.back() == 'S')) unit.pop_back();
  for (size_t i = 0; i < kFields.size(); ++i) {
    if (EqualsIgnoreCase(unit, kFields[i])) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace

UnresolvedPtr StringLiteral(std::string value) {
  return UnresolvedLiteral(std::make_shared<arrow::StringScalar>(std::move(value)));
}

Result<UnresolvedPtr> NumberLiteral(const std::string& text, bool negative) {
  const std::string sign = negative ? "-" : "";
  const char last = static_cast<char>(std::toupper(text.back()));
  const std::string body = sign + text.substr(0, text.size() - 1);
  constexpr int64_t kMin = std::numeric_limits<int64_t>::min(),
                    kMax = std::numeric_limits<int64_t>::max();
  if (last == 'L') {
    ARROW_ASSIGN_OR_RAISE(const int64_t value, WholeNumber(body, kMin, kMax, "bigint"));
    return Make<arrow::Int64Scalar>(value);
  }
  if (last == 'S') {
    ARROW_ASSIGN_OR_RAISE(const int64_t value, WholeNumber(body, -32768, 32767, "smallint"));
    return Make<arrow::Int16Scalar>(static_cast<int16_t>(value));
  }
  if (last == 'Y') {
    ARROW_ASSIGN_OR_RAISE(const int64_t value, WholeNumber(body, -128, 127, "tinyint"));
    return Make<arrow::Int8Scalar>(static_cast<int8_t>(value));
  }
  if (last == 'F') {
    const float value = std::strtof(body.c_str(), nullptr);
    if (!std::isfinite(value)) return OutOfRange(body, "float");
    return Make<arrow::FloatScalar>(value);
  }
  if (last == 'D') {
    const bool big = std::toupper(text[text.size() - 2]) == 'B';
    if (big) return DecimalLiteral(sign + text.substr(0, text.size() - 2));
    const double value = std::strtod(body.c_str(), nullptr);
    if (!std::isfinite(value)) return OutOfRange(body, "double");
    return Make<arrow::DoubleScalar>(value);
  }
  const std::string whole = sign + text;
  if (text.find_first_of("eE") != std::string::npos) {
    const double value = std::strtod(whole.c_str(), nullptr);
    if (!std::isfinite(value)) return OutOfRange(whole, "double");
    return Make<arrow::DoubleScalar>(value);
  }
  if (text.find('.') != std::string::npos) return DecimalLiteral(whole);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), value);
  if (error != std::errc()) return DecimalLiteral(whole);
  if (value >= std::numeric_limits<int32_t>::min() && value <= std::numeric_limits<int32_t>::max())
    return Make<arrow::Int32Scalar>(static_cast<int32_t>(value));
  return Make<arrow::Int64Scalar>(value);
}

Result<UnresolvedPtr> TypedLiteral(const std::string& word, const std::string& text,
                                   const ParserOptions& options) {
  if (EqualsIgnoreCase(word, "DATE")) {
    const auto days = ParseDate(text);
    if (!days) return BadLiteral("\"DATE\"", text);
    return Make<arrow::Date32Scalar>(*days);
  }
  if (EqualsIgnoreCase(word, "TIMESTAMP") || EqualsIgnoreCase(word, "TIMESTAMP_LTZ")) {
    const auto micros = ParseTimestamp(text, *options.zone);
    if (!micros) return BadLiteral("\"TIMESTAMP\"", text);
    return UnresolvedLiteral(std::make_shared<arrow::TimestampScalar>(*micros, TimestampType()));
  }
  if (EqualsIgnoreCase(word, "TIMESTAMP_NTZ")) {
    const auto micros = ParseTimestampNtz(text);
    if (!micros) return BadLiteral("\"TIMESTAMP_NTZ\"", text);
    return UnresolvedLiteral(std::make_shared<arrow::TimestampScalar>(*micros, TimestampNtzType()));
  }
  if (EqualsIgnoreCase(word, "X")) {
    std::string padded = text.size() % 2 == 0 ? text : "0" + text;
    std::string bytes;
    if (padded.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
      return BadLiteral("\"X\"", text);
    for (size_t i = 0; i < padded.size(); i += 2)
      bytes.push_back(static_cast<char>(std::stoi(padded.substr(i, 2), nullptr, 16)));
    return UnresolvedLiteral(std::make_shared<arrow::BinaryScalar>(std::move(bytes)));
  }
  return UnresolvedPtr();
}

Result<UnresolvedPtr> IntervalLiteral(const std::vector<IntervalPart>& parts) {
  std::string text;
  int from = 4, to = -1;
  bool years = false, months = false;
  for (const IntervalPart& part : parts) {
    text += (text.empty() ? "" : " ") + part.value + " " + part.unit;
    const int field = FieldOf(part.unit);
    const std::string unit = ToLower(part.unit);
    if (field >= 0) {
      from = std::min(from, field);
      to = std::max(to, field);
    } else if (unit.starts_with("week")) {
      from = 0;
      to = std::max(to, 0);
    } else if (unit.starts_with("year")) {
      years = true;
    } else if (unit.starts_with("month")) {
      months = true;
    } else if (unit.starts_with("milli") || unit.starts_with("micro")) {
      from = std::min(from, 3);
      to = 3;
    }
  }
  auto parsed = ParseInterval(text);
  if (!parsed.ok()) return parsed.status();
  if ((years || months) && to >= 0) {
    return NotSupported("INTERVAL " + text,
                        "an interval of years or months with days or smaller units has no type; "
                        "add the two parts one after the other");
  }
  if (years || months) return YearMonth(parsed->months, years, months);
  return DayTime(parsed->days * kMicrosPerDay + parsed->microseconds, from == 4 ? 0 : from,
                 to < 0 ? 3 : to);
}

Result<UnresolvedPtr> IntervalTextLiteral(const std::string& text) {
  ARROW_RETURN_NOT_OK(ParseInterval(text));
  // The units decide the type; find the words in the text.
  std::vector<IntervalPart> parts;
  std::string number;
  for (size_t i = 0; i < text.size();) {
    if (std::isspace(static_cast<unsigned char>(text[i])) != 0) {
      ++i;
      continue;
    }
    size_t end = i;
    while (end < text.size() && std::isspace(static_cast<unsigned char>(text[end])) == 0) ++end;
    const std::string word = text.substr(i, end - i);
    i = end;
    if (EqualsIgnoreCase(word, "interval")) continue;
    if (std::isalpha(static_cast<unsigned char>(word[0])) != 0) {
      parts.push_back({number, word});
      number.clear();
    } else {
      number = word;
    }
  }
  return IntervalLiteral(parts);
}

Result<UnresolvedPtr> IntervalRangeLiteral(const std::string& text, const std::string& from_unit,
                                           const std::string& to_unit) {
  const std::string kind = "\"INTERVAL " + from_unit + " TO " + to_unit + "\"";
  std::string body = text;
  bool negative = false;
  while (!body.empty() && (body[0] == '-' || body[0] == '+' || body[0] == ' ')) {
    if (body[0] == '-') negative = !negative;
    body.erase(0, 1);
  }
  std::vector<std::string> numbers(1);
  for (const char c : body) {
    if (c == '-' || c == ' ' || c == ':')
      numbers.emplace_back();
    else if ((c >= '0' && c <= '9') || c == '.')
      numbers.back().push_back(c);
    else
      return BadLiteral(kind, text);
  }
  if (std::any_of(numbers.begin(), numbers.end(),
                  [](const auto& n) { return n.empty() || n == "."; }))
    return BadLiteral(kind, text);
  if (EqualsIgnoreCase(from_unit, "YEAR") && EqualsIgnoreCase(to_unit, "MONTH")) {
    if (numbers.size() != 2) return BadLiteral(kind, text);
    ARROW_ASSIGN_OR_RAISE(const int64_t years, WholeNumber(numbers[0], 0, 178956970, "interval"));
    ARROW_ASSIGN_OR_RAISE(const int64_t months, WholeNumber(numbers[1], 0, 11, "interval"));
    const auto total = static_cast<int32_t>(years * 12 + months);
    return YearMonth(negative ? -total : total, true, true);
  }
  const int from = FieldOf(from_unit), to = FieldOf(to_unit);
  if (from < 0 || to < 0 || from >= to || static_cast<int>(numbers.size()) != to - from + 1)
    return BadLiteral(kind, text);
  int64_t micros = 0;
  for (int field = from; field <= to; ++field) {
    const double value = std::strtod(numbers[field - from].c_str(), nullptr);
    micros += static_cast<int64_t>(std::llround(value * static_cast<double>(kFieldMicros[field])));
  }
  return DayTime(negative ? -micros : micros, from, to);
}

}  // namespace headrace
