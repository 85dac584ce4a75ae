#include <fmt/format.h>

#include "functions/ansi_errors.h"
#include "functions/operator/arithmetic.h"
#include "functions/row_kernel.h"

namespace headrace {
namespace {

using arrow::Decimal128;
using arrow::Decimal256;

constexpr int32_t kMostDigits256 = 76;

Decimal128 Low(const Decimal256& value) {
  const auto& words = value.little_endian_array();
  return Decimal128(static_cast<int64_t>(words[1]), words[0]);
}

// value * 10^exponent; no value when it needs more than 76 digits.
std::optional<Decimal256> ScaleUp(const Decimal256& value, int32_t exponent) {
  if (exponent == 0) return value;
  if (exponent > kMostDigits256 || !value.FitsInPrecision(kMostDigits256 - exponent)) {
    return std::nullopt;
  }
  return Decimal256(value.IncreaseScaleBy(exponent));
}

// Half away from zero.
Decimal256 DivideRounded(const Decimal256& left, const Decimal256& right) {
  auto divided = left.Divide(right);
  if (!divided.ok()) return Decimal256(0);
  auto [quotient, remainder] = *divided;
  const Decimal256 twice = Decimal256(remainder) * Decimal256(2);
  if (Decimal256::Abs(twice) >= Decimal256::Abs(right)) {
    quotient += Decimal256(left.IsNegative() != right.IsNegative() ? -1 : 1);
  }
  return quotient;
}

struct Types {
  int32_t left_scale, right_scale, common_scale;
  int32_t precision, scale;  // of the result
};

// The operation on one row; no value: it does not fit. The divisor is not zero.
using Operation = std::optional<Decimal256> (*)(const Types&, const Decimal256&, const Decimal256&);

std::optional<Decimal256> Reduced(const Types& types, const Decimal256& value, int32_t scale) {
  if (scale <= types.scale) return ScaleUp(value, types.scale - scale);
  return Decimal256(value.ReduceScaleBy(scale - types.scale, /*round=*/true));
}

std::optional<Decimal256> Sum(const Types& types, const Decimal256& left, const Decimal256& right) {
  auto a = ScaleUp(left, types.common_scale - types.left_scale);
  auto b = ScaleUp(right, types.common_scale - types.right_scale);
  if (!a || !b) return std::nullopt;
  return Reduced(types, *a + *b, types.common_scale);
}

std::optional<Decimal256> Difference(const Types& types, const Decimal256& left,
                                     const Decimal256& right) {
  Decimal256 negated = right;
  negated.Negate();
  return Sum(types, left, negated);
}

std::optional<Decimal256> Product(const Types& types, const Decimal256& left,
                                  const Decimal256& right) {
  return Reduced(types, left * right, types.left_scale + types.right_scale);
}

std::optional<Decimal256> Quotient(const Types& types, const Decimal256& left,
                                   const Decimal256& right) {
  const int32_t exponent = types.scale + types.right_scale - types.left_scale;
  if (exponent < 0) {
    auto divisor = ScaleUp(right, -exponent);
    if (!divisor) return Decimal256(0);
    return DivideRounded(left, *divisor);
  }
  // If the dividend does not fit here the quotient has more than 38 digits.
  auto dividend = ScaleUp(left, exponent);
  if (!dividend) return std::nullopt;
  return DivideRounded(*dividend, right);
}

std::optional<std::pair<Decimal256, Decimal256>> Divided(const Types& types, const Decimal256& left,
                                                         const Decimal256& right) {
  auto a = ScaleUp(left, types.common_scale - types.left_scale);
  auto b = ScaleUp(right, types.common_scale - types.right_scale);
  if (!a || !b) return std::nullopt;
  auto divided = Decimal256(*a).Divide(Decimal256(*b));
  if (!divided.ok()) return std::nullopt;
  return std::make_pair(divided->first, divided->second);
}

std::optional<Decimal256> Remainder(const Types& types, const Decimal256& left,
                                    const Decimal256& right) {
  auto divided = Divided(types, left, right);
  if (!divided) return std::nullopt;
  return Reduced(types, divided->second, types.common_scale);
}

std::optional<Decimal256> PositiveRemainder(const Types& types, const Decimal256& left,
                                            const Decimal256& right) {
  auto divided = Divided(types, left, right);
  if (!divided) return std::nullopt;
  Decimal256 remainder = divided->second;
  if (remainder.IsNegative()) {
    auto divisor = ScaleUp(right, types.common_scale - types.right_scale);
    auto again = Decimal256(remainder + *divisor).Divide(*divisor);
    if (again.ok()) remainder = again->second;
  }
  return Reduced(types, remainder, types.common_scale);
}

std::optional<Decimal256> IntegralQuotient(const Types& types, const Decimal256& left,
                                           const Decimal256& right) {
  auto divided = Divided(types, left, right);
  if (!divided) return std::nullopt;
  return divided->first;
}

std::string Describe(const std::string& symbol, const Types& types, const Decimal128& left,
                     const Decimal128& right) {
  return fmt::format("{} {} {}", left.ToString(types.left_scale), symbol,
                     right.ToString(types.right_scale));
}

// Decides about one row: OK with a value, OK without (null), or an error.
struct Row {
  std::string symbol;
  Types types;
  OverflowMode mode;
  Operation operation;
  bool divides;

  Result<std::optional<Decimal256>> Run(const Decimal128& left, const Decimal128& right) const {
    const bool error = mode == OverflowMode::kError;
    if (divides && right == Decimal128(0)) {
      if (!error) return std::nullopt;
      const std::string what = Describe(symbol, types, left, right);
      if (symbol == "%" || symbol == "pmod") return RemainderByZero(what);
      return DivideByZero(what);
    }
    auto value = operation(types, Decimal256(left), Decimal256(right));
    if (value && value->FitsInPrecision(types.precision)) return value;
    if (!error) return std::nullopt;
    return DecimalOutOfRange(Describe(symbol, types, left, right), types.precision, types.scale);
  }
};

ScalarKernel GeneralKernel(DataTypePtr type, Row row) {
  return ColumnKernel(
      [type, row](const Columns& columns, const EvaluationContext& context) -> Result<ArrayPtr> {
        arrow::Decimal128Builder builder(type, context.pool);
        ARROW_RETURN_NOT_OK(builder.Reserve(columns.rows));
        const Reader<Decimal128> left(columns[0]), right(columns[1]);
        for (int64_t i = 0; i < columns.rows; ++i) {
          if (columns[0].IsNull(i) || columns[1].IsNull(i)) {
            builder.UnsafeAppendNull();
            continue;
          }
          ARROW_ASSIGN_OR_RAISE(auto value, row.Run(left[i], right[i]));
          if (value) {
            builder.UnsafeAppend(Low(*value));
          } else {
            builder.UnsafeAppendNull();
          }
        }
        return builder.Finish();
      });
}

ScalarKernel IntegralKernel(Row row) {
  return RowKernel<int64_t, Decimal128, Decimal128>(
      arrow::int64(), [row](int64_t* out, Decimal128 left, Decimal128 right) -> Status {
        ARROW_ASSIGN_OR_RAISE(auto value, row.Run(left, right));
        const Decimal128 low = value ? Low(*value) : Decimal128(0);
        auto whole = low.ToInteger<int64_t>();
        if (!whole.ok()) {
          return ArithmeticOverflow(*arrow::int64(), Describe("div", row.types, left, right), "");
        }
        *out = *whole;
        return Status::OK();
      });
}

// Sums whose result type has room for every value need no checks and only 128 bits.
template <bool kSubtract>
ScalarKernel QuickSumKernel(DataTypePtr type, const Types& types) {
  const Decimal128 left_factor(Decimal128::GetScaleMultiplier(types.scale - types.left_scale));
  const Decimal128 right_factor(Decimal128::GetScaleMultiplier(types.scale - types.right_scale));
  return RowKernel<Decimal128, Decimal128, Decimal128>(
      std::move(type), [=](Decimal128* out, Decimal128 left, Decimal128 right) {
        left *= left_factor;
        right *= right_factor;
        *out = kSubtract ? left - right : left + right;
      });
}

}  // namespace

Result<ExpressionPtr> BindDecimalArithmetic(const std::string& symbol, Arguments arguments,
                                            OverflowMode mode) {
  static const std::map<std::string, Operation> kOperations = {
      {"+", Sum},       {"-", Difference},           {"*", Product},           {"/", Quotient},
      {"%", Remainder}, {"pmod", PositiveRemainder}, {"div", IntegralQuotient}};
  const auto& left = static_cast<const arrow::Decimal128Type&>(*arguments[0]->type());
  const auto& right = static_cast<const arrow::Decimal128Type&>(*arguments[1]->type());
  Row row;
  row.symbol = symbol;
  row.mode = mode;
  row.operation = kOperations.at(symbol);
  row.divides = symbol != "+" && symbol != "-" && symbol != "*";
  Types& types = row.types;
  types.left_scale = left.scale();
  types.right_scale = right.scale();
  types.common_scale = std::max(left.scale(), right.scale());
  const bool nullable = mode != OverflowMode::kError || AnyNullable(arguments);
  if (symbol == "div") {
    types.precision = 38;
    types.scale = 0;
    return MakeCall(symbol, arrow::int64(), nullable, std::move(arguments), IntegralKernel(row));
  }
  const char operation = symbol == "pmod" ? '%' : symbol[0];
  DataTypePtr type = DecimalResultType(operation, left, right);
  const auto& decimal = static_cast<const arrow::Decimal128Type&>(*type);
  types.precision = decimal.precision();
  types.scale = decimal.scale();
  const int32_t whole =
      std::max(left.precision() - left.scale(), right.precision() - right.scale());
  ScalarKernel kernel;
  if ((symbol == "+" || symbol == "-") && types.scale == types.common_scale &&
      whole + types.scale + 1 <= types.precision) {
    kernel = symbol == "+" ? QuickSumKernel<false>(type, types) : QuickSumKernel<true>(type, types);
  } else {
    kernel = GeneralKernel(type, row);
  }
  return MakeCall(symbol, type, nullable, std::move(arguments), std::move(kernel));
}

}  // namespace headrace
