#include <bit>

#include "functions/row_kernel.h"
#include "functions/signature.h"
#include "functions/topics.h"

namespace headrace {
namespace {

template <typename F>
Result<ScalarKernel> ForIntegral(const DataTypePtr& type, F f) {
  switch (type->id()) {
    case arrow::Type::INT8:
      return f(int8_t{});
    case arrow::Type::INT16:
      return f(int16_t{});
    case arrow::Type::INT32:
      return f(int32_t{});
    default:
      return f(int64_t{});
  }
}

void AddBinary(FunctionRegistry* registry, const std::string& symbol, char operation,
               FunctionDocumentation documentation) {
  ScalarFunction function;
  function.names = {symbol};
  function.documentation = std::move(documentation);
  function.display = [symbol](const std::vector<std::string>& arguments) {
    return "(" + arguments[0] + " " + symbol + " " + arguments[1] + ")";
  };
  function.bind = [symbol, operation](Arguments arguments,
                                      const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(symbol, arguments.size(), 2, 2));
    for (int i = 0; i < 2; ++i) {
      const DataType& type = *arguments[i]->type();
      if (IsIntegral(type)) continue;
      if (!IsString(type) && !IsNullType(type)) {
        return UnexpectedInputType(symbol, i, "INTEGRAL", *arguments[i]);
      }
      const DataType& other = *arguments[1 - i]->type();
      ARROW_ASSIGN_OR_RAISE(
          arguments[i],
          Coerce(symbol, i, arguments[i],
                 IsNullType(type) && IsIntegral(other) ? arguments[1 - i]->type() : arrow::int64(),
                 context));
    }
    ARROW_ASSIGN_OR_RAISE(DataTypePtr type, CoerceToCommonType(symbol, &arguments, 0, context));
    ARROW_ASSIGN_OR_RAISE(
        ScalarKernel kernel, ForIntegral(type, [&]<typename T>(T) -> Result<ScalarKernel> {
          switch (operation) {
            case '&':
              return TotalKernel<T, T, T>(type, [](T a, T b) { return static_cast<T>(a & b); });
            case '|':
              return TotalKernel<T, T, T>(type, [](T a, T b) { return static_cast<T>(a | b); });
            default:
              return TotalKernel<T, T, T>(type, [](T a, T b) { return static_cast<T>(a ^ b); });
          }
        }));
    const bool nullable = AnyNullable(arguments);
    return MakeCall(symbol, type, nullable, std::move(arguments), std::move(kernel));
  };
  registry->Add(std::move(function));
}

// kind: 'l' left, 'r' arithmetic right, 'u' unsigned right; the distance counts modulo the width.
template <typename T>
ScalarKernel ShiftKernel(const DataTypePtr& type, char kind) {
  using Unsigned = std::make_unsigned_t<T>;
  constexpr int kMask = sizeof(T) * 8 - 1;
  return TotalKernel<T, T, int32_t>(type, [kind](T value, int32_t distance) {
    const int by = distance & kMask;
    if (kind == 'l') return static_cast<T>(static_cast<Unsigned>(value) << by);
    if (kind == 'r') return static_cast<T>(value >> by);
    return static_cast<T>(static_cast<Unsigned>(value) >> by);
  });
}

void AddShift(FunctionRegistry* registry, std::vector<std::string> names, char kind,
              FunctionDocumentation documentation) {
  ScalarFunction function;
  function.names = std::move(names);
  function.documentation = std::move(documentation);
  if (const std::string symbol = function.names.back(); symbol.size() <= 3) {
    function.display = [symbol](const std::vector<std::string>& arguments) {
      return "(" + arguments[0] + " " + symbol + " " + arguments[1] + ")";
    };
  }
  function.bind = [name = function.names.front(), kind](
                      Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 2, 2));
    const bool wide = arguments[0]->type()->id() == arrow::Type::INT64;
    DataTypePtr type = wide ? arrow::int64() : arrow::int32();
    ARROW_ASSIGN_OR_RAISE(arguments[0], Coerce(name, 0, arguments[0], type, context));
    ARROW_ASSIGN_OR_RAISE(arguments[1], Coerce(name, 1, arguments[1], arrow::int32(), context));
    const bool nullable = AnyNullable(arguments);
    return MakeCall(name, type, nullable, std::move(arguments),
                    wide ? ShiftKernel<int64_t>(type, kind) : ShiftKernel<int32_t>(type, kind));
  };
  registry->Add(std::move(function));
}

Result<ExpressionPtr> BindNot(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("~", arguments.size(), 1, 1));
  if (!IsIntegral(*arguments[0]->type())) {
    ARROW_ASSIGN_OR_RAISE(arguments[0], Coerce("~", 0, arguments[0], arrow::int64(), context));
  }
  DataTypePtr type = arguments[0]->type();
  ARROW_ASSIGN_OR_RAISE(
      ScalarKernel kernel, ForIntegral(type, [&]<typename T>(T) -> Result<ScalarKernel> {
        return TotalKernel<T, T>(type, [](T value) { return static_cast<T>(~value); });
      }));
  const bool nullable = AnyNullable(arguments);
  return MakeCall("~", type, nullable, std::move(arguments), std::move(kernel));
}

}  // namespace

void RegisterBitwiseFunctions(FunctionRegistry* registry) {
  AddBinary(registry, "&", '&', {"a & b -> integral", "Bitwise and.", "6 & 3"});
  AddBinary(registry, "|", '|', {"a | b -> integral", "Bitwise or.", "6 | 3"});
  AddBinary(registry, "^", '^', {"a ^ b -> integral", "Bitwise exclusive or.", "6 ^ 3"});
  ScalarFunction complement;
  complement.names = {"~", "bitwise_not"};
  complement.documentation = {"~a -> integral", "Bitwise complement.", "~ 0"};
  complement.display = [](const std::vector<std::string>& arguments) { return "~" + arguments[0]; };
  complement.bind = BindNot;
  registry->Add(std::move(complement));
  AddShift(registry, {"shiftleft", "<<"}, 'l',
           {"shiftleft(a, n) -> integral", "a shifted to the left.", "shiftleft(2, 1)"});
  AddShift(registry, {"shiftright", ">>"}, 'r',
           {"shiftright(a, n) -> integral", "a shifted to the right, keeping the sign.",
            "shiftright(-4, 1)"});
  AddShift(registry, {"shiftrightunsigned", ">>>"}, 'u',
           {"shiftrightunsigned(a, n) -> integral", "a shifted to the right, zeros from the left.",
            "shiftrightunsigned(-4, 1)"});
  AddSimple(registry, {"bit_count"},
            {"bit_count(a) -> int", "How many bits are set.", "bit_count(7)"}, {arrow::int64()},
            arrow::int32(), TotalKernel<int32_t, int64_t>(arrow::int32(), [](int64_t value) {
              return static_cast<int32_t>(std::popcount(static_cast<uint64_t>(value)));
            }));
  AddSimple(
      registry, {"getbit", "bit_get"},
      {"getbit(a, position) -> tinyint", "The bit at a position from the right.", "getbit(11, 0)"},
      {arrow::int64(), arrow::int32()}, arrow::int8(),
      TotalKernel<int8_t, int64_t, int32_t>(arrow::int8(), [](int64_t value, int32_t at) {
        return static_cast<int8_t>((value >> (at & 63)) & 1);
      }));
}

}  // namespace headrace
