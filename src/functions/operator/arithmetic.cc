#include "functions/operator/arithmetic.h"

#include <cmath>

#include <fmt/format.h>

#include "functions/ansi_errors.h"
#include "functions/row_kernel.h"
#include "functions/topics.h"
#include "types/value_text.h"

namespace headrace {
namespace {

// Each operation computes the wrapped result and tells whether it overflowed.
struct Add {
  template <typename T>
  static bool Apply(T left, T right, T* out) {
    if constexpr (std::is_floating_point_v<T>) {
      *out = left + right;
      return false;
    } else {
      return __builtin_add_overflow(left, right, out);
    }
  }
};
struct Subtract {
  template <typename T>
  static bool Apply(T left, T right, T* out) {
    if constexpr (std::is_floating_point_v<T>) {
      *out = left - right;
      return false;
    } else {
      return __builtin_sub_overflow(left, right, out);
    }
  }
};
struct Multiply {
  template <typename T>
  static bool Apply(T left, T right, T* out) {
    if constexpr (std::is_floating_point_v<T>) {
      *out = left * right;
      return false;
    } else {
      return __builtin_mul_overflow(left, right, out);
    }
  }
};

template <typename T>
std::string Text(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    std::string text;
    AppendDouble(value, &text);
    return text;
  } else {
    return std::to_string(value);
  }
}

template <typename T, typename Operation>
ScalarKernel IntegerKernel(DataTypePtr type, std::string symbol, OverflowMode mode) {
  static const std::map<std::string, std::string> kAlternatives = {
      {"+", "try_add"}, {"-", "try_subtract"}, {"*", "try_multiply"}};
  return ColumnKernel([type, symbol, mode](const Columns& columns,
                                           const EvaluationContext& context) -> Result<ArrayPtr> {
    ARROW_ASSIGN_OR_RAISE(Validity combined, CombineValidity(columns, context.pool));
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> buffer,
                          arrow::AllocateBuffer(columns.rows * sizeof(T), context.pool));
    auto* out = reinterpret_cast<T*>(buffer->mutable_data());
    const Reader<T> left(columns[0]), right(columns[1]);
    bool overflow = false;
    for (int64_t i = 0; i < columns.rows; ++i) {
      overflow |= Operation::template Apply<T>(left[i], right[i], out + i);
    }
    ValidityWriter validity(std::move(combined), columns.rows, context.pool);
    if (overflow && mode != OverflowMode::kWrap) {
      for (int64_t i = 0; i < columns.rows; ++i) {
        T ignored;
        if (!validity.IsValid(i) || !Operation::template Apply<T>(left[i], right[i], &ignored)) {
          continue;
        }
        if (mode == OverflowMode::kError && sizeof(T) < 4) {
          return BinaryArithmeticOverflow(Text(left[i]), symbol, Text(right[i]),
                                          kAlternatives.at(symbol));
        }
        if (mode == OverflowMode::kError) {
          return ArithmeticOverflow(*type,
                                    fmt::format("{} {} {}", Text(left[i]), symbol, Text(right[i])),
                                    kAlternatives.at(symbol));
        }
        ARROW_RETURN_NOT_OK(validity.SetNull(i));
      }
    }
    return MakeFixedArray(type, columns.rows, validity.Take(), std::move(buffer));
  });
}

template <typename Operation>
ScalarKernel NumericKernel(const DataTypePtr& type, const std::string& symbol, OverflowMode mode) {
  switch (type->id()) {
    case arrow::Type::INT8:
      return IntegerKernel<int8_t, Operation>(type, symbol, mode);
    case arrow::Type::INT16:
      return IntegerKernel<int16_t, Operation>(type, symbol, mode);
    case arrow::Type::INT32:
      return IntegerKernel<int32_t, Operation>(type, symbol, mode);
    case arrow::Type::INT64:
      return IntegerKernel<int64_t, Operation>(type, symbol, mode);
    case arrow::Type::FLOAT:
      return IntegerKernel<float, Operation>(type, symbol, mode);
    default:
      return IntegerKernel<double, Operation>(type, symbol, mode);
  }
}

// Division and remainder: null or an error for a zero divisor.
template <typename T, typename F>
ScalarKernel DivisionKernel(DataTypePtr type, std::string symbol, bool error, bool remainder, F f) {
  using Out = std::conditional_t<std::is_floating_point_v<T>, T, decltype(f(T{}, T{}))>;
  if (error) {
    return RowKernel<Out, T, T>(type, [=](Out* out, T left, T right) {
      if (right == 0) {
        const std::string what = fmt::format("{} {} {}", Text(left), symbol, Text(right));
        return remainder ? RemainderByZero(what) : DivideByZero(what);
      }
      *out = f(left, right);
      return Status::OK();
    });
  }
  return RowKernel<Out, T, T>(type, [=](Out* out, T left, T right) {
    *out = right == 0 ? Out{} : f(left, right);
    return right != 0;
  });
}

template <typename T>
T Remainder(T left, T right) {
  if constexpr (std::is_floating_point_v<T>) {
    return std::fmod(left, right);
  } else {
    return right == -1 ? T{0} : static_cast<T>(left % right);
  }
}

template <typename T>
T PositiveRemainder(T left, T right) {
  const T remainder = Remainder(left, right);
  if (!(remainder < 0)) return remainder;
  return Remainder(static_cast<T>(remainder + right), right);
}

template <typename T>
ScalarKernel RemainderKernel(const DataTypePtr& type, const std::string& symbol, bool error) {
  if (symbol == "pmod") {
    return DivisionKernel<T>(type, symbol, error, true,
                             [](T left, T right) { return PositiveRemainder(left, right); });
  }
  return DivisionKernel<T>(type, symbol, error, true,
                           [](T left, T right) { return Remainder(left, right); });
}

Result<ExpressionPtr> BindRemainder(const std::string& symbol, Arguments arguments,
                                    const BindContext& context, OverflowMode mode) {
  ARROW_RETURN_NOT_OK(CoerceOperands(symbol, &arguments, context));
  DataTypePtr type = arguments[0]->type();
  if (type->id() == arrow::Type::DECIMAL128) {
    return BindDecimalArithmetic(symbol, std::move(arguments), mode);
  }
  const bool error = mode == OverflowMode::kError;
  ScalarKernel kernel;
  switch (type->id()) {
    case arrow::Type::INT8:
      kernel = RemainderKernel<int8_t>(type, symbol, error);
      break;
    case arrow::Type::INT16:
      kernel = RemainderKernel<int16_t>(type, symbol, error);
      break;
    case arrow::Type::INT32:
      kernel = RemainderKernel<int32_t>(type, symbol, error);
      break;
    case arrow::Type::INT64:
      kernel = RemainderKernel<int64_t>(type, symbol, error);
      break;
    case arrow::Type::FLOAT:
      kernel = RemainderKernel<float>(type, symbol, error);
      break;
    default:
      kernel = RemainderKernel<double>(type, symbol, error);
  }
  const bool nullable = !error || AnyNullable(arguments);
  return MakeCall(symbol, type, nullable, std::move(arguments), std::move(kernel));
}

Result<ExpressionPtr> BindDivide(Arguments arguments, const BindContext& context,
                                 OverflowMode mode) {
  ARROW_ASSIGN_OR_RAISE(auto temporal, BindTemporalArithmetic("/", arguments, context, mode));
  if (temporal) return *temporal;
  ARROW_RETURN_NOT_OK(CoerceOperands("/", &arguments, context));
  if (arguments[0]->type()->id() == arrow::Type::DECIMAL128) {
    return BindDecimalArithmetic("/", std::move(arguments), mode);
  }
  for (ExpressionPtr& argument : arguments) {
    ARROW_ASSIGN_OR_RAISE(argument, MakeCast(argument, arrow::float64(), context.cast_options()));
  }
  const bool error = mode == OverflowMode::kError;
  const bool nullable = !error || AnyNullable(arguments);
  return MakeCall("/", arrow::float64(), nullable, std::move(arguments),
                  DivisionKernel<double>(arrow::float64(), "/", error, false,
                                         [](double left, double right) { return left / right; }));
}

Result<ExpressionPtr> BindIntegralDivide(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CoerceOperands("div", &arguments, context));
  const OverflowMode mode = context.ansi ? OverflowMode::kError : OverflowMode::kWrap;
  if (arguments[0]->type()->id() == arrow::Type::DECIMAL128) {
    return BindDecimalArithmetic("div", std::move(arguments), mode);
  }
  for (ExpressionPtr& argument : arguments) {
    ARROW_ASSIGN_OR_RAISE(argument, MakeCast(argument, arrow::int64(), context.cast_options()));
  }
  const bool nullable = !context.ansi || AnyNullable(arguments);
  if (!context.ansi) {
    return MakeCall("div", arrow::int64(), nullable, std::move(arguments),
                    DivisionKernel<int64_t>(
                        arrow::int64(), "div", false, false, [](int64_t left, int64_t right) {
                          // The one quotient beyond the range wraps around.
                          return right == -1 && left == INT64_MIN ? left : left / right;
                        }));
  }
  return MakeCall("div", arrow::int64(), nullable, std::move(arguments),
                  RowKernel<int64_t, int64_t, int64_t>(
                      arrow::int64(), [](int64_t* out, int64_t left, int64_t right) {
                        const auto what = [&] { return fmt::format("{} div {}", left, right); };
                        if (right == 0) return DivideByZero(what());
                        if (right == -1 && left == INT64_MIN) {
                          return ArithmeticOverflow(*arrow::int64(), what(), "try_divide");
                        }
                        *out = left / right;
                        return Status::OK();
                      }));
}

template <typename Operation>
Result<ExpressionPtr> BindArithmetic(const std::string& symbol, Arguments arguments,
                                     const BindContext& context, OverflowMode mode) {
  ARROW_ASSIGN_OR_RAISE(auto temporal, BindTemporalArithmetic(symbol, arguments, context, mode));
  if (temporal) return *temporal;
  ARROW_RETURN_NOT_OK(CoerceOperands(symbol, &arguments, context));
  DataTypePtr type = arguments[0]->type();
  if (type->id() == arrow::Type::DECIMAL128) {
    return BindDecimalArithmetic(symbol, std::move(arguments), mode);
  }
  const bool nullable = mode == OverflowMode::kNull || AnyNullable(arguments);
  ScalarKernel kernel = NumericKernel<Operation>(type, symbol, mode);
  return MakeCall(symbol, std::move(type), nullable, std::move(arguments), std::move(kernel));
}

template <typename T>
ScalarKernel NegateKernel(const DataTypePtr& type, bool ansi, bool absolute) {
  return RowKernel<T, T>(type, [type, ansi, absolute](T* out, T value) {
    if constexpr (std::is_floating_point_v<T>) {
      *out = absolute ? std::abs(value) : -value;
    } else if (absolute && value >= 0) {
      *out = value;
    } else if (value == std::numeric_limits<T>::min()) {
      *out = value;
      if (ansi) return ArithmeticOverflow(*type, "-(" + Text(value) + ")", "");
    } else {
      *out = static_cast<T>(-value);
    }
    return Status::OK();
  });
}

Result<ExpressionPtr> BindSign(const std::string& name, Arguments arguments,
                               const BindContext& context, bool absolute) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 1, 1));
  DataTypePtr type = arguments[0]->type();
  if (IsString(*type) || IsNullType(*type)) {
    type = arrow::float64();
    ARROW_ASSIGN_OR_RAISE(arguments[0], Coerce(name, 0, arguments[0], type, context));
  }
  ScalarKernel kernel;
  switch (type->id()) {
    case arrow::Type::INT8:
      kernel = NegateKernel<int8_t>(type, context.ansi, absolute);
      break;
    case arrow::Type::INT16:
      kernel = NegateKernel<int16_t>(type, context.ansi, absolute);
      break;
    case arrow::Type::INT32:
    case arrow::Type::INTERVAL_MONTHS:
      kernel = NegateKernel<int32_t>(type, context.ansi, absolute);
      break;
    case arrow::Type::INT64:
    case arrow::Type::DURATION:
      kernel = NegateKernel<int64_t>(type, context.ansi, absolute);
      break;
    case arrow::Type::FLOAT:
      kernel = NegateKernel<float>(type, context.ansi, absolute);
      break;
    case arrow::Type::DOUBLE:
      kernel = NegateKernel<double>(type, context.ansi, absolute);
      break;
    case arrow::Type::DECIMAL128:
      kernel = RowKernel<arrow::Decimal128, arrow::Decimal128>(
          type, [absolute](arrow::Decimal128* out, arrow::Decimal128 value) {
            *out = absolute && !value.IsNegative() ? value : value.Negate();
          });
      break;
    default:
      return UnexpectedInputType(name, 0,
                                 "NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO "
                                 "MONTH",
                                 *arguments[0]);
  }
  const bool nullable = AnyNullable(arguments);
  return MakeCall(name, type, nullable, std::move(arguments), std::move(kernel));
}

using Binder = std::function<Result<ExpressionPtr>(Arguments, const BindContext&, OverflowMode)>;

void AddBinary(FunctionRegistry* registry, const std::vector<std::string>& names,
               FunctionDocumentation documentation, Binder binder,
               std::optional<OverflowMode> fixed_mode, DisplayName display) {
  ScalarFunction function;
  function.names = names;
  function.documentation = std::move(documentation);
  function.display = std::move(display);
  function.nulls = fixed_mode ? NullBehaviour::kCustom : NullBehaviour::kPropagates;
  function.bind = [name = names.front(), binder, fixed_mode](
                      Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 2, 2));
    const OverflowMode mode =
        fixed_mode.value_or(context.ansi ? OverflowMode::kError : OverflowMode::kWrap);
    return binder(std::move(arguments), context, mode);
  };
  registry->Add(std::move(function));
}

DisplayName Infix(std::string symbol) {
  return [symbol](const std::vector<std::string>& arguments) {
    if (arguments.size() == 1) return "(" + symbol + " " + arguments[0] + ")";
    return "(" + arguments[0] + " " + symbol + " " + arguments[1] + ")";
  };
}

void AddSigned(FunctionRegistry* registry, const std::string& symbol,
               FunctionDocumentation documentation, Binder binary,
               std::function<Result<ExpressionPtr>(Arguments, const BindContext&)> unary) {
  ScalarFunction function;
  function.names = {symbol};
  function.documentation = std::move(documentation);
  function.display = Infix(symbol);
  function.bind = [symbol, binary, unary](Arguments arguments,
                                          const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(symbol, arguments.size(), 1, 2));
    if (arguments.size() == 1) return unary(std::move(arguments), context);
    return binary(std::move(arguments), context,
                  context.ansi ? OverflowMode::kError : OverflowMode::kWrap);
  };
  registry->Add(std::move(function));
}

}  // namespace

void RegisterArithmeticFunctions(FunctionRegistry* registry) {
  auto add = [](Arguments arguments, const BindContext& context, OverflowMode mode) {
    return BindArithmetic<Add>("+", std::move(arguments), context, mode);
  };
  auto subtract = [](Arguments arguments, const BindContext& context, OverflowMode mode) {
    return BindArithmetic<Subtract>("-", std::move(arguments), context, mode);
  };
  auto multiply = [](Arguments arguments, const BindContext& context, OverflowMode mode) {
    return BindArithmetic<Multiply>("*", std::move(arguments), context, mode);
  };
  auto remainder = [](std::string symbol) {
    return [symbol](Arguments arguments, const BindContext& context, OverflowMode mode) {
      return BindRemainder(symbol, std::move(arguments), context, mode);
    };
  };
  AddBinary(registry, {"*"}, {"a * b -> number", "Product.", "2 * 3"}, multiply, {}, Infix("*"));
  AddBinary(registry, {"/"}, {"a / b -> double or decimal", "Quotient.", "3 / 2"}, BindDivide, {},
            Infix("/"));
  AddBinary(registry, {"%", "mod"}, {"a % b -> number", "Remainder, with the sign of a.", "-5 % 3"},
            remainder("%"), {}, Infix("%"));
  AddBinary(registry, {"pmod"}, {"pmod(a, b) -> number", "Remainder, not negative.", "pmod(-5, 3)"},
            remainder("pmod"), {}, nullptr);
  AddBinary(
      registry, {"div"}, {"a div b -> bigint", "Integral part of a quotient.", "7 div 2"},
      [](Arguments arguments, const BindContext& context, OverflowMode) {
        return BindIntegralDivide(std::move(arguments), context);
      },
      {}, Infix("div"));
  AddBinary(registry, {"try_add"},
            {"try_add(a, b) -> number", "a + b, null on overflow.", "try_add(2147483647, 1)"}, add,
            OverflowMode::kNull, nullptr);
  AddBinary(
      registry, {"try_subtract"},
      {"try_subtract(a, b) -> number", "a - b, null on overflow.", "try_subtract(-2147483648, 1)"},
      subtract, OverflowMode::kNull, nullptr);
  AddBinary(
      registry, {"try_multiply"},
      {"try_multiply(a, b) -> number", "a * b, null on overflow.", "try_multiply(2147483647, 2)"},
      multiply, OverflowMode::kNull, nullptr);
  AddBinary(
      registry, {"try_divide"},
      {"try_divide(a, b) -> double or decimal", "a / b, null when b is zero.", "try_divide(1, 0)"},
      BindDivide, OverflowMode::kNull, nullptr);
  AddBinary(registry, {"try_mod"},
            {"try_mod(a, b) -> number", "a % b, null when b is zero.", "try_mod(1, 0)"},
            remainder("%"), OverflowMode::kNull, nullptr);

  // `+a` and `-a` as well as `a + b` and `a - b`.
  AddSigned(registry, "+", {"a + b -> number", "Sum.", "1 + 2"}, add,
            [](Arguments arguments, const BindContext&) -> Result<ExpressionPtr> {
              return arguments[0];
            });
  AddSigned(registry, "-", {"a - b -> number", "Difference.", "3 - 1"}, subtract,
            [](Arguments arguments, const BindContext& context) {
              return BindSign("-", std::move(arguments), context, false);
            });

  for (const bool absolute : {false, true}) {
    ScalarFunction sign;
    sign.names = {absolute ? "abs" : "negative"};
    sign.documentation =
        absolute
            ? FunctionDocumentation{"abs(number) -> number", "Absolute value.", "abs(-1)"}
            : FunctionDocumentation{"negative(number) -> number", "Negated value.", "negative(1)"};
    sign.bind = [name = sign.names[0], absolute](Arguments arguments, const BindContext& context) {
      return BindSign(name, std::move(arguments), context, absolute);
    };
    registry->Add(std::move(sign));
  }
  ScalarFunction positive;
  positive.names = {"positive"};
  positive.documentation = {"positive(number) -> number", "The value itself.", "positive(1)"};
  positive.display = [](const std::vector<std::string>& arguments) {
    return "(+ " + arguments[0] + ")";
  };
  positive.bind = [](Arguments arguments, const BindContext&) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount("positive", arguments.size(), 1, 1));
    return arguments[0];
  };
  registry->Add(std::move(positive));
}

}  // namespace headrace
