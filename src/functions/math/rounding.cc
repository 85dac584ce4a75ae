// round (half up), bround (half even), ceil, floor.
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "functions/ansi_errors.h"
#include "functions/math/math_topics.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"
#include "types/value_text.h"

namespace headrace {
namespace {

using arrow::Decimal128;

enum class Rounding { kHalfUp, kHalfEven, kCeiling, kFloor };

// value / 10^digits, rounded to a whole number. digits > 0.
Decimal128 Cut(const Decimal128& value, int32_t digits, Rounding rounding) {
  if (digits > 38) return Decimal128(0);
  const Decimal128 divisor(Decimal128::GetScaleMultiplier(digits));
  const auto divided = value.Divide(divisor).ValueOrDie();
  Decimal128 quotient = divided.first;
  const Decimal128 remainder = divided.second;
  if (remainder == Decimal128(0)) return quotient;
  const bool negative = value.IsNegative();
  const Decimal128 twice = Decimal128::Abs(remainder) * Decimal128(2);
  bool away = false;
  switch (rounding) {
    case Rounding::kHalfUp:
      away = twice >= divisor;
      break;
    case Rounding::kHalfEven:
      away = twice > divisor || (twice == divisor && (quotient.low_bits() & 1) != 0);
      break;
    case Rounding::kCeiling:
      away = !negative;
      break;
    case Rounding::kFloor:
      away = negative;
      break;
  }
  if (away) quotient += Decimal128(negative ? -1 : 1);
  return quotient;
}

// The nearest number to digits * 10^-scale.
template <typename Float>
Float NearestFloat(const Decimal128& digits, int32_t scale) {
  const std::string text = fmt::format("{}e{}", digits.ToIntegerString(), -scale);
  Float nearest = 0;
  std::from_chars(text.data(), text.data() + text.size(), nearest);
  return nearest;
}

// Spark rounds the shortest decimal text of a double, not its binary value.
template <typename Float>
Float RoundFloat(Float value, int32_t digits, Rounding rounding) {
  if (!std::isfinite(value) || digits > 330) return value;
  std::string text;
  AppendDouble(value, &text);
  Decimal128 decimal;
  int32_t precision, scale;
  if (!Decimal128::FromString(text, &decimal, &precision, &scale).ok() || scale < -38) {
    return value;
  }
  if (scale <= digits) return value;
  const Decimal128 cut = Cut(decimal, scale - digits, rounding);
  if (digits > 38) return value;
  return NearestFloat<Float>(cut, digits);
}

// Rounds an integer to 10^-digits; digits < 0. False on overflow.
template <typename T>
bool RoundInteger(T value, int32_t digits, Rounding rounding, T* out) {
  const Decimal128 cut = Cut(Decimal128(static_cast<int64_t>(value)), -digits, rounding);
  if (cut == Decimal128(0)) {
    *out = 0;
    return true;
  }
  const Decimal128 whole = cut * Decimal128(Decimal128::GetScaleMultiplier(-digits));
  const auto wide = whole.ToInteger<int64_t>();
  if (!wide.ok()) return false;
  *out = static_cast<T>(*wide);
  return static_cast<int64_t>(*out) == *wide;
}

template <typename T>
ScalarKernel IntegerKernel(DataTypePtr type, int32_t digits, Rounding rounding, bool ansi) {
  return RowKernel<T, T>(type, [=](T* out, T value) -> Status {
    if (RoundInteger(value, digits, rounding, out) || !ansi) return Status::OK();
    return ArithmeticOverflow(*type, fmt::format("round({}, {})", value, digits), "");
  });
}

ScalarKernel DecimalKernel(DataTypePtr type, int32_t from_scale, int32_t digits,
                           Rounding rounding) {
  return RowKernel<Decimal128, Decimal128>(std::move(type), [=](Decimal128* out, Decimal128 value) {
    *out = from_scale > digits ? Cut(value, from_scale - digits, rounding) : value;
    // Digits left of the point leave zeros.
    if (digits < 0) *out *= Decimal128(Decimal128::GetScaleMultiplier(-digits));
  });
}

DataTypePtr RoundedDecimal(const arrow::Decimal128Type& type, int32_t digits) {
  const int32_t whole = type.precision() - type.scale() + 1;
  if (digits < 0) return arrow::decimal128(std::min(std::max(whole, -digits + 1), 38), 0);
  const int32_t scale = std::min(type.scale(), digits);
  return arrow::decimal128(std::min(whole + scale, 38), scale);
}

Result<ExpressionPtr> BindRound(const std::string& name, Arguments arguments, Rounding rounding,
                                const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 1, 2));
  int32_t digits = 0;
  if (arguments.size() == 2) {
    ARROW_ASSIGN_OR_RAISE(arguments[1], Coerce(name, 1, arguments[1], arrow::int32(), context));
    ARROW_ASSIGN_OR_RAISE(auto scalar, ConstantArgument(name, "scale", *arguments[1]));
    if (!scalar->is_valid) {
      const DataTypePtr& type = arguments[0]->type();
      return MakeLiteral(arrow::MakeNullScalar(
          type->id() == arrow::Type::DECIMAL128
              ? RoundedDecimal(static_cast<const arrow::Decimal128Type&>(*type), 0)
              : type));
    }
    digits = static_cast<const arrow::Int32Scalar&>(*scalar).value;
    arguments.pop_back();
  }
  DataTypePtr type = arguments[0]->type();
  if (IsString(*type) || IsNullType(*type)) {
    type = arrow::float64();
    ARROW_ASSIGN_OR_RAISE(arguments[0], Coerce(name, 0, arguments[0], type, context));
  }
  if (!IsNumeric(*type)) return UnexpectedInputType(name, 0, "NUMERIC", *arguments[0]);
  if (IsIntegral(*type) && digits >= 0) return arguments[0];
  ScalarKernel kernel;
  switch (type->id()) {
    case arrow::Type::INT8:
      kernel = IntegerKernel<int8_t>(type, digits, rounding, context.ansi);
      break;
    case arrow::Type::INT16:
      kernel = IntegerKernel<int16_t>(type, digits, rounding, context.ansi);
      break;
    case arrow::Type::INT32:
      kernel = IntegerKernel<int32_t>(type, digits, rounding, context.ansi);
      break;
    case arrow::Type::INT64:
      kernel = IntegerKernel<int64_t>(type, digits, rounding, context.ansi);
      break;
    case arrow::Type::FLOAT:
      kernel = RowKernel<float, float>(
          type, [=](float* out, float value) { *out = RoundFloat(value, digits, rounding); });
      break;
    case arrow::Type::DOUBLE:
      kernel = RowKernel<double, double>(
          type, [=](double* out, double value) { *out = RoundFloat(value, digits, rounding); });
      break;
    default: {
      const auto& decimal = static_cast<const arrow::Decimal128Type&>(*type);
      const int32_t scale = decimal.scale();
      type = RoundedDecimal(decimal, digits);
      kernel = DecimalKernel(type, scale, digits, rounding);
    }
  }
  const bool nullable = AnyNullable(arguments);
  return MakeCall(name, type, nullable, std::move(arguments), std::move(kernel));
}

// ceil(x) and floor(x) are BIGINT, or a decimal without fraction; with a scale they are decimals.
Result<ExpressionPtr> BindCut(const std::string& name, Arguments arguments, Rounding rounding,
                              const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 1, 2));
  if (arguments.size() == 2) {
    const DataType& type = *arguments[0]->type();
    const bool decimal = type.id() == arrow::Type::DECIMAL128;
    if (IsIntegral(type)) {
      ARROW_ASSIGN_OR_RAISE(
          arguments[0], MakeCast(arguments[0], DecimalForIntegral(type), context.cast_options()));
    } else if (!decimal) {
      ARROW_ASSIGN_OR_RAISE(arguments[0],
                            Coerce(name, 0, arguments[0], arrow::decimal128(30, 15), context));
    }
    return BindRound(name, std::move(arguments), rounding, context);
  }
  const DataTypePtr from = arguments[0]->type();
  const bool nullable = AnyNullable(arguments);
  if (from->id() == arrow::Type::DECIMAL128) {
    const auto& decimal = static_cast<const arrow::Decimal128Type&>(*from);
    const int32_t scale = decimal.scale();
    const DataTypePtr type = arrow::decimal128(std::min(decimal.precision() - scale + 1, 38), 0);
    return MakeCall(name, type, nullable, std::move(arguments),
                    DecimalKernel(type, scale, 0, rounding));
  }
  if (IsIntegral(*from)) return MakeCast(arguments[0], arrow::int64(), context.cast_options());
  ARROW_ASSIGN_OR_RAISE(arguments[0], Coerce(name, 0, arguments[0], arrow::float64(), context));
  const bool up = rounding == Rounding::kCeiling;
  return MakeCall(name, arrow::int64(), nullable, std::move(arguments),
                  RowKernel<int64_t, double>(arrow::int64(), [up](int64_t* out, double value) {
                    const double whole = up ? std::ceil(value) : std::floor(value);
                    // Java's conversion: saturating, NaN is 0.
                    if (std::isnan(whole)) {
                      *out = 0;
                    } else if (whole >= 9223372036854775808.0) {
                      *out = std::numeric_limits<int64_t>::max();
                    } else if (whole <= -9223372036854775808.0) {
                      *out = std::numeric_limits<int64_t>::min();
                    } else {
                      *out = static_cast<int64_t>(whole);
                    }
                  }));
}

void AddRound(FunctionRegistry* registry, const std::string& name, Rounding rounding,
              const std::string& description) {
  ScalarFunction function;
  function.names = {name};
  function.documentation = {name + "(number[, digits]) -> number", description, name + "(2.5, 0)"};
  function.display = [name](const std::vector<std::string>& arguments) {
    std::vector<std::string> shown = arguments;
    if (shown.size() == 1) shown.push_back("0");
    return CallText(name, shown);
  };
  function.bind = [name, rounding](Arguments arguments, const BindContext& context) {
    return BindRound(name, std::move(arguments), rounding, context);
  };
  registry->Add(std::move(function));
}

void AddCut(FunctionRegistry* registry, std::vector<std::string> names, Rounding rounding,
            const std::string& shown, const std::string& description) {
  ScalarFunction function;
  function.names = std::move(names);
  const std::string name = function.names.front();
  function.documentation = {name + "(number[, digits]) -> bigint or decimal", description,
                            name + "(-0.1)"};
  function.display = [name, shown](const std::vector<std::string>& arguments) {
    return CallText(arguments.size() == 1 ? shown : name, arguments);
  };
  function.bind = [name, rounding](Arguments arguments, const BindContext& context) {
    return BindCut(name, std::move(arguments), rounding, context);
  };
  registry->Add(std::move(function));
}

}  // namespace

void RegisterRoundingFunctions(FunctionRegistry* registry) {
  AddRound(registry, "round", Rounding::kHalfUp,
           "The number rounded to some digits after the point; halves away from zero.");
  AddRound(registry, "bround", Rounding::kHalfEven,
           "The number rounded to some digits after the point; halves to the even neighbour.");
  AddCut(registry, {"ceil", "ceiling"}, Rounding::kCeiling, "CEIL",
         "The smallest whole number that is not less.");
  AddCut(registry, {"floor"}, Rounding::kFloor, "FLOOR",
         "The largest whole number that is not greater.");
}

}  // namespace headrace
