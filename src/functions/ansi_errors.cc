#include "functions/ansi_errors.h"

#include <fmt/format.h>

namespace headrace {
namespace {

constexpr char kAnsiOff[] = "or set \"spark.sql.ansi.enabled\" to \"false\"";

ErrorParameters WithConfiguration(ErrorParameters parameters) {
  parameters["config"] = "\"spark.sql.ansi.enabled\"";
  return parameters;
}

}  // namespace

Status ArithmeticOverflow(const DataType& type, const std::string& what,
                          const std::string& alternative) {
  std::string advice = alternative.empty()
                           ? "cast to a wider type"
                           : fmt::format("use `{}` to get NULL instead", alternative);
  return MakeError(
      ErrorKind::kArithmetic, "ARITHMETIC_OVERFLOW",
      fmt::format("{} does not fit into {}; {}, {}", what, SqlName(type), advice, kAnsiOff),
      WithConfiguration(
          {{"message", SimpleString(type) + " overflow"}, {"alternative", alternative}}));
}

Status BinaryArithmeticOverflow(const std::string& left, const std::string& symbol,
                                const std::string& right, const std::string& alternative) {
  return MakeError(ErrorKind::kArithmetic, "BINARY_ARITHMETIC_OVERFLOW",
                   fmt::format("{} {} {} overflows; use `{}` to get NULL instead, or cast to a "
                               "wider type",
                               left, symbol, right, alternative),
                   {{"value1", left},
                    {"symbol", symbol},
                    {"value2", right},
                    {"functionName", "`" + alternative + "`"}});
}

Status DivideByZero(const std::string& what) {
  return MakeError(
      ErrorKind::kArithmetic, "DIVIDE_BY_ZERO",
      fmt::format("{} divides by zero; use `try_divide` to get NULL instead, {}", what, kAnsiOff),
      WithConfiguration({}));
}

Status RemainderByZero(const std::string& what) {
  return MakeError(ErrorKind::kArithmetic, "REMAINDER_BY_ZERO",
                   fmt::format("{} has no remainder by zero; use `try_mod` to get NULL instead, {}",
                               what, kAnsiOff),
                   WithConfiguration({}));
}

Status DecimalOutOfRange(const std::string& value, int precision, int scale) {
  return MakeError(ErrorKind::kArithmetic, "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
                   fmt::format("{} can't be represented as DECIMAL({}, {}); cast to a decimal with "
                               "more digits, {}",
                               value, precision, scale, kAnsiOff),
                   WithConfiguration({{"value", value},
                                      {"precision", std::to_string(precision)},
                                      {"scale", std::to_string(scale)}}));
}

Status InvalidArrayIndex(int64_t index, int64_t size) {
  return MakeError(
      ErrorKind::kArrayIndex, "INVALID_ARRAY_INDEX",
      fmt::format("there is no element {} in an array of {} elements, which count from 0; use "
                  "`get()` to get NULL instead, {}",
                  index, size, kAnsiOff),
      {{"indexValue", std::to_string(index)},
       {"arraySize", std::to_string(size)},
       {"ansiConfig", "\"spark.sql.ansi.enabled\""}});
}

Status InvalidArrayIndexInElementAt(int64_t index, int64_t size) {
  return MakeError(
      ErrorKind::kArrayIndex, "INVALID_ARRAY_INDEX_IN_ELEMENT_AT",
      fmt::format("there is no element {} in an array of {} elements, which count from 1; use "
                  "`try_element_at` to get NULL instead, {}",
                  index, size, kAnsiOff),
      {{"indexValue", std::to_string(index)},
       {"arraySize", std::to_string(size)},
       {"ansiConfig", "\"spark.sql.ansi.enabled\""}});
}

Status InvalidParameterValue(const std::string& reason, const std::string& function,
                             const std::string& parameter, const std::string& text,
                             ErrorParameters parameters) {
  parameters["functionName"] = "`" + function + "`";
  parameters["parameter"] = "`" + parameter + "`";
  return MakeError(ErrorKind::kRuntime, "INVALID_PARAMETER_VALUE." + reason,
                   fmt::format("`{}`: {}", function, text), std::move(parameters));
}

}  // namespace headrace
