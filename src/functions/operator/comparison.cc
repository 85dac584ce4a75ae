#include "functions/operator/comparison.h"

#include <arrow/util/bitmap_generate.h>

#include "functions/compare_values.h"
#include "functions/operator/arithmetic.h"
#include "functions/row_kernel.h"
#include "functions/topics.h"

namespace headrace {
namespace {

struct Equal {
  template <typename T>
  static bool Apply(const T& left, const T& right) {
    if constexpr (std::is_floating_point_v<T>) {
      return left == right || (left != left && right != right);
    } else {
      return left == right;
    }
  }
  static bool FromOrder(int order) { return order == 0; }
};
struct Less {
  template <typename T>
  static bool Apply(const T& left, const T& right) {
    if constexpr (std::is_floating_point_v<T>) {
      return left < right || (right != right && left == left);
    } else {
      return left < right;
    }
  }
  static bool FromOrder(int order) { return order < 0; }
};
struct LessEqual {
  template <typename T>
  static bool Apply(const T& left, const T& right) {
    if constexpr (std::is_floating_point_v<T>) {
      return left <= right || right != right;
    } else {
      return left <= right;
    }
  }
  static bool FromOrder(int order) { return order <= 0; }
};

template <typename F>
void GenerateBits(uint8_t* bits, int64_t rows, F f) {
  int64_t i = 0;
  arrow::internal::GenerateBitsUnrolled(bits, 0, rows, [&] { return f(i++); });
}

template <typename T, typename Comparison>
void CompareInto(const Columns& columns, uint8_t* bits) {
  const Reader<T> left(columns[0]), right(columns[1]);
  if (columns[1].constant && columns.rows > 0) {
    const T constant = right[0];
    GenerateBits(bits, columns.rows,
                 [&](int64_t i) { return Comparison::template Apply<T>(left[i], constant); });
  } else {
    GenerateBits(bits, columns.rows,
                 [&](int64_t i) { return Comparison::template Apply<T>(left[i], right[i]); });
  }
}

template <typename Comparison>
void CompareGeneric(const Columns& columns, const Validity& validity, uint8_t* bits) {
  GenerateBits(bits, columns.rows, [&](int64_t i) {
    return validity.IsValid(i) &&
           Comparison::FromOrder(CompareValues(*columns[0].array, columns[0].row(i),
                                               *columns[1].array, columns[1].row(i)));
  });
}

template <typename Comparison>
void Compare(const Columns& columns, const Validity& validity, uint8_t* bits) {
  switch (columns[0].array->type_id()) {
    case arrow::Type::BOOL:
      return CompareInto<bool, Comparison>(columns, bits);
    case arrow::Type::INT8:
      return CompareInto<int8_t, Comparison>(columns, bits);
    case arrow::Type::INT16:
      return CompareInto<int16_t, Comparison>(columns, bits);
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
    case arrow::Type::INTERVAL_MONTHS:
      return CompareInto<int32_t, Comparison>(columns, bits);
    case arrow::Type::INT64:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DURATION:
      return CompareInto<int64_t, Comparison>(columns, bits);
    case arrow::Type::FLOAT:
      return CompareInto<float, Comparison>(columns, bits);
    case arrow::Type::DOUBLE:
      return CompareInto<double, Comparison>(columns, bits);
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return CompareInto<std::string_view, Comparison>(columns, bits);
    default:
      return CompareGeneric<Comparison>(columns, validity, bits);
  }
}

template <typename Comparison>
ScalarKernel ComparisonKernel() {
  return ColumnKernel(
      [](const Columns& columns, const EvaluationContext& context) -> Result<ArrayPtr> {
        ARROW_ASSIGN_OR_RAISE(Validity validity, CombineValidity(columns, context.pool));
        ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> bits,
                              arrow::AllocateBitmap(columns.rows, context.pool));
        if (validity.null_count == columns.rows) {
          std::memset(bits->mutable_data(), 0, bits->size());
        } else {
          Compare<Comparison>(columns, validity, bits->mutable_data());
        }
        return MakeFixedArray(arrow::boolean(), columns.rows, std::move(validity), std::move(bits));
      });
}

// Equal, or both null; never null.
ScalarKernel NullSafeKernel() {
  return ColumnKernel(
      [](const Columns& columns, const EvaluationContext& context) -> Result<ArrayPtr> {
        ARROW_ASSIGN_OR_RAISE(Validity validity, CombineValidity(columns, context.pool));
        ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> bits,
                              arrow::AllocateBitmap(columns.rows, context.pool));
        uint8_t* data = bits->mutable_data();
        if (validity.null_count == columns.rows) {
          std::memset(data, 0, bits->size());
        } else {
          Compare<Equal>(columns, validity, data);
        }
        if (validity.null_count > 0) {
          for (int64_t i = 0; i < columns.rows; ++i) {
            if (validity.IsValid(i)) continue;
            arrow::bit_util::SetBitTo(data, i, columns[0].IsNull(i) && columns[1].IsNull(i));
          }
        }
        return MakeFixedArray(arrow::boolean(), columns.rows, Validity{}, std::move(bits));
      });
}

void AddComparison(FunctionRegistry* registry, std::vector<std::string> names,
                   FunctionDocumentation documentation, const std::string& symbol,
                   const std::string& shown) {
  ScalarFunction function;
  function.names = std::move(names);
  function.documentation = std::move(documentation);
  function.nulls = symbol == "<=>" ? NullBehaviour::kNeverNull : NullBehaviour::kPropagates;
  function.display = [shown](const std::vector<std::string>& arguments) {
    return "(" + arguments[0] + " " + shown + " " + arguments[1] + ")";
  };
  function.bind = [symbol](Arguments arguments, const BindContext& context) {
    return BindComparison(symbol, std::move(arguments), context);
  };
  registry->Add(std::move(function));
}

// Without ANSI rules true equals 1; null where not a boolean and a number meet.
DataTypePtr BesideBoolean(const DataTypePtr& left, const DataTypePtr& right) {
  if (left->id() == arrow::Type::BOOL && IsNumeric(*right)) return right;
  if (right->id() == arrow::Type::BOOL && IsNumeric(*left)) return left;
  return nullptr;
}

}  // namespace

Result<ExpressionPtr> BindComparison(const std::string& symbol, Arguments arguments,
                                     const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount(symbol, arguments.size(), 2, 2));
  DataTypePtr type = ComparisonType(arguments[0]->type(), arguments[1]->type(), context.ansi);
  if (type == nullptr && !context.ansi && (symbol == "==" || symbol == "<=>")) {
    type = BesideBoolean(arguments[0]->type(), arguments[1]->type());
  }
  const std::string shown = symbol == "==" ? "=" : symbol;
  if (type == nullptr) return WrongOperandTypes(shown, arguments);
  if (!IsOrderable(*type)) {
    return AnalysisError(
        "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
        "`" + shown + "` can't compare values of the type \"" + SqlName(*type) +
            "\"; compare arrays of their entries",
        {{"functionName", "`" + shown + "`"}, {"dataType", "\"" + SqlName(*type) + "\""}});
  }
  for (ExpressionPtr& argument : arguments) {
    ARROW_ASSIGN_OR_RAISE(argument, MakeCast(argument, type, context.cast_options()));
  }
  const bool nullable = symbol != "<=>" && AnyNullable(arguments);
  ScalarKernel kernel;
  if (symbol == "==") {
    kernel = ComparisonKernel<Equal>();
  } else if (symbol == "<=>") {
    kernel = NullSafeKernel();
  } else if (symbol == "<") {
    kernel = ComparisonKernel<Less>();
  } else if (symbol == "<=") {
    kernel = ComparisonKernel<LessEqual>();
  } else {
    // a > b is computed as b < a, but keeps its own name and order of arguments.
    ScalarKernel swapped = symbol == ">" ? ComparisonKernel<Less>() : ComparisonKernel<LessEqual>();
    kernel = [swapped](const std::vector<Datum>& values, int64_t length,
                       const EvaluationContext& evaluation) {
      return swapped({values[1], values[0]}, length, evaluation);
    };
  }
  return MakeCall(symbol, arrow::boolean(), nullable, std::move(arguments), std::move(kernel));
}

void RegisterComparisonFunctions(FunctionRegistry* registry) {
  AddComparison(registry, {"==", "="}, {"a = b -> boolean", "Whether a equals b.", "1 = 1"},
                "==", "=");
  AddComparison(registry, {"<=>"},
                {"a <=> b -> boolean", "Whether a equals b or both are null.", "NULL <=> NULL"},
                "<=>", "<=>");
  AddComparison(registry, {"<"}, {"a < b -> boolean", "Whether a is less than b.", "1 < 2"}, "<",
                "<");
  AddComparison(registry, {"<="}, {"a <= b -> boolean", "Whether a is at most b.", "1 <= 2"},
                "<=", "<=");
  AddComparison(registry, {">"}, {"a > b -> boolean", "Whether a is greater than b.", "1 > 2"}, ">",
                ">");
  AddComparison(registry, {">="}, {"a >= b -> boolean", "Whether a is at least b.", "1 >= 2"},
                ">=", ">=");

  ScalarFunction equal_null;
  equal_null.names = {"equal_null"};
  equal_null.documentation = {"equal_null(a, b) -> boolean", "Whether a equals b or both are null.",
                              "equal_null(NULL, 1)"};
  equal_null.nulls = NullBehaviour::kNeverNull;
  equal_null.bind = [](Arguments arguments, const BindContext& context) {
    return BindComparison("<=>", std::move(arguments), context);
  };
  registry->Add(std::move(equal_null));

  ScalarFunction not_equal;
  not_equal.names = {"!=", "<>"};
  not_equal.documentation = {"a <> b -> boolean", "Whether a differs from b.", "1 <> 2"};
  not_equal.display = [](const std::vector<std::string>& arguments) {
    return "(NOT (" + arguments[0] + " = " + arguments[1] + "))";
  };
  not_equal.bind = [registry](Arguments arguments,
                              const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr equal, BindComparison("==", std::move(arguments), context));
    return registry->Call("not", {std::move(equal)}, context);
  };
  registry->Add(std::move(not_equal));
}

}  // namespace headrace
