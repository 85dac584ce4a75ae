#include "plan/analysis/auto_name.h"

#include "plan/tree_text.h"
#include "types/value_text.h"

namespace headrace {
namespace {

bool IsTimestamp(const DataType& type) { return type.id() == arrow::Type::TIMESTAMP; }
bool IsDate(const DataType& type) { return type.id() == arrow::Type::DATE32; }
bool IsInterval(const DataType& type) {
  return type.id() == arrow::Type::DURATION || type.id() == arrow::Type::INTERVAL_MONTHS ||
         type.id() == arrow::Type::INTERVAL_MONTH_DAY_NANO;
}

std::string Call(const std::string& name, const std::vector<std::string>& arguments) {
  return name + "(" + JoinTexts(arguments, [](const std::string& text) { return text; }) + ")";
}

// Arithmetic on dates is another function in Spark than on numbers, and is named otherwise.
std::string DateArithmeticName(const std::string& symbol, const std::vector<std::string>& texts,
                               const std::vector<DataTypePtr>& types) {
  if (texts.size() != 2 || (symbol != "+" && symbol != "-")) return "";
  const DataType& left = *types[0];
  const DataType& right = *types[1];
  const bool left_time = IsTimestamp(left) || IsDate(left);
  const bool right_time = IsTimestamp(right) || IsDate(right);
  if (left_time && IsInterval(right)) return texts[0] + " " + symbol + " " + texts[1];
  if (IsInterval(left) && right_time && symbol == "+") return texts[1] + " + " + texts[0];
  if (IsDate(left) && IsIntegral(right)) {
    return Call(symbol == "+" ? "date_add" : "date_sub", texts);
  }
  if (IsIntegral(left) && IsDate(right) && symbol == "+") {
    return Call("date_add", {texts[1], texts[0]});
  }
  return "";
}

// to_char of dates and of binaries is another function in Spark, too.
std::string ToCharName(const std::string& called_as, const std::vector<std::string>& texts,
                       const std::vector<DataTypePtr>& types) {
  const std::string name = ToLower(called_as);
  if (texts.size() != 2 || (name != "to_char" && name != "to_varchar")) return "";
  const DataType& type = *types[0];
  if (IsTimestamp(type) || IsDate(type)) return Call("date_format", texts);
  if (type.id() != arrow::Type::BINARY) return Call("to_char", texts);
  const std::string format = ToLower(texts[1]);
  if (format != "base64" && format != "hex") return Call("decode", texts);
  return Call(name == "to_varchar" ? name : format, {texts[0]});
}

}  // namespace

std::string LiteralName(const UnresolvedExpression& literal, const TimeZone& zone) {
  return literal.sql_text.empty() ? LiteralText(*literal.literal, zone) : literal.sql_text;
}

std::string CastName(const std::string& child, const DataType& type, bool try_cast) {
  return std::string(try_cast ? "TRY_CAST(" : "CAST(") + child + " AS " + SqlName(type) + ")";
}

std::string ScalarCallName(const ScalarFunction& function, const std::string& called_as,
                           const std::vector<std::string>& arguments,
                           const std::vector<DataTypePtr>& types) {
  std::string date_arithmetic = DateArithmeticName(called_as, arguments, types);
  if (!date_arithmetic.empty()) return date_arithmetic;
  std::string to_char = ToCharName(called_as, arguments, types);
  if (!to_char.empty()) return to_char;
  if (function.display) return function.display(arguments);
  return Call(ToLower(called_as), arguments);
}

std::string AggregateCallName(const AggregateFunction& function, const std::string& called_as,
                              std::vector<std::string> arguments, bool distinct,
                              const std::string& within_group, const std::string& filter) {
  if (distinct && !arguments.empty()) arguments[0] = "DISTINCT " + arguments[0];
  std::string name =
      function.display ? function.display(arguments) : Call(ToLower(called_as), arguments);
  name += within_group;
  if (!filter.empty()) name += " FILTER (WHERE " + filter + ")";
  return name;
}

}  // namespace headrace
