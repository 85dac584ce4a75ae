#include <unordered_set>

#include "functions/compare_values.h"
#include "functions/operator/comparison.h"
#include "functions/row_kernel.h"
#include "functions/topics.h"

namespace headrace {
namespace {

Result<ExpressionPtr> NullOf(const DataTypePtr& type) {
  return MakeLiteral(arrow::MakeNullScalar(type));
}

// Odd positions and a lone last argument are values: all get one type.
Result<ExpressionPtr> BindCase(const std::string& name, Arguments arguments,
                               const BindContext& context) {
  Arguments values;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const bool condition = i % 2 == 0 && i + 1 < arguments.size();
    if (condition) {
      ARROW_ASSIGN_OR_RAISE(
          arguments[i], Coerce(name, static_cast<int>(i), arguments[i], arrow::boolean(), context));
    } else {
      values.push_back(arguments[i]);
    }
  }
  ARROW_ASSIGN_OR_RAISE(DataTypePtr type, CoerceToCommonType(name, &values, 0, context));
  size_t next = 0;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (i % 2 == 0 && i + 1 < arguments.size()) continue;
    arguments[i] = values[next++];
  }
  return MakeCaseWhen(std::move(arguments), std::move(type));
}

std::string CaseText(const std::vector<std::string>& arguments) {
  std::string text = "CASE";
  for (size_t i = 0; i + 1 < arguments.size(); i += 2) {
    text += " WHEN " + arguments[i] + " THEN " + arguments[i + 1];
  }
  if (arguments.size() % 2 == 1) text += " ELSE " + arguments.back();
  return text + " END";
}

void Add(FunctionRegistry* registry, std::vector<std::string> names,
         FunctionDocumentation documentation, size_t least, size_t most,
         std::function<Result<ExpressionPtr>(Arguments, const BindContext&)> bind,
         DisplayName display = nullptr) {
  ScalarFunction function;
  function.names = std::move(names);
  function.documentation = std::move(documentation);
  function.nulls = NullBehaviour::kCustom;
  function.display = std::move(display);
  function.bind = [name = function.names.front(), least, most, bind = std::move(bind)](
                      Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), least, most));
    return bind(std::move(arguments), context);
  };
  registry->Add(std::move(function));
}

Result<ExpressionPtr> BindCoalesce(const std::string& name, Arguments arguments,
                                   const BindContext& context) {
  ARROW_ASSIGN_OR_RAISE(DataTypePtr type, CoerceToCommonType(name, &arguments, 0, context));
  if (arguments.size() == 1) return arguments[0];
  return MakeCoalesce(std::move(arguments), std::move(type));
}

// Membership in a list of constants; `has_null`: the list holds a null, so no match is null.
template <typename T>
ScalarKernel InSetKernel(const std::vector<std::shared_ptr<arrow::Array>>& candidates,
                         bool has_null) {
  using Owned = std::conditional_t<std::is_same_v<T, std::string_view>, std::string, T>;
  auto owned = std::make_shared<std::vector<Owned>>();
  for (const auto& candidate : candidates) {
    owned->push_back(Owned(Reader<T>(Column{candidate, true})[0]));
  }
  auto set = std::make_shared<std::unordered_set<T>>(owned->begin(), owned->end());
  ScalarKernel of_value =
      RowKernel<bool, T>(arrow::boolean(), [owned, set, has_null](bool* out, T value) {
        *out = set->contains(value);
        return *out || !has_null;
      });
  // Without the list: a null in it is no null result.
  return [of_value](const std::vector<Datum>& values, int64_t length,
                    const EvaluationContext& context) {
    return of_value({values[0]}, length, context);
  };
}

ScalarKernel InListKernel() {
  return ColumnKernel([](const Columns& columns, const EvaluationContext&) -> Result<ArrayPtr> {
    arrow::BooleanBuilder builder;
    ARROW_RETURN_NOT_OK(builder.Reserve(columns.rows));
    for (int64_t i = 0; i < columns.rows; ++i) {
      bool found = false, null = columns[0].IsNull(i);
      for (size_t k = 1; k < columns.size() && !null && !found; ++k) {
        found = !columns[k].IsNull(i) && CompareValues(*columns[0].array, columns[0].row(i),
                                                       *columns[k].array, columns[k].row(i)) == 0;
      }
      for (size_t k = 1; k < columns.size() && !null && !found; ++k) null = columns[k].IsNull(i);
      if (null) {
        builder.UnsafeAppendNull();
      } else {
        builder.UnsafeAppend(found);
      }
    }
    return builder.Finish();
  });
}

// A kernel for a list of constants; empty when there is none for the type.
Result<ScalarKernel> ConstantInKernel(const Arguments& arguments) {
  std::vector<std::shared_ptr<arrow::Array>> candidates;
  bool has_null = false;
  for (size_t i = 1; i < arguments.size(); ++i) {
    if (!arguments[i]->foldable()) return ScalarKernel();
    ARROW_ASSIGN_OR_RAISE(auto value, Fold(*arguments[i]));
    if (!value->is_valid) {
      has_null = true;
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(auto array, arrow::MakeArrayFromScalar(*value, 1));
    candidates.push_back(std::move(array));
  }
  switch (arguments[0]->type()->id()) {
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
      return InSetKernel<int32_t>(candidates, has_null);
    case arrow::Type::INT64:
    case arrow::Type::TIMESTAMP:
      return InSetKernel<int64_t>(candidates, has_null);
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return InSetKernel<std::string_view>(candidates, has_null);
    default:
      return ScalarKernel();
  }
}

Result<ExpressionPtr> BindIn(Arguments arguments, const BindContext& context) {
  ARROW_ASSIGN_OR_RAISE(DataTypePtr type, CoerceToCommonType("in", &arguments, 0, context));
  if (!IsOrderable(*type)) return UnexpectedInputType("in", 0, "ORDERABLE", *arguments[0]);
  const bool nullable = AnyNullable(arguments);
  if (arguments.size() == 1) {
    // IN of nothing, as `isin()` sends it: false.
    return MakeLiteral(std::make_shared<arrow::BooleanScalar>(false));
  }
  ARROW_ASSIGN_OR_RAISE(ScalarKernel kernel, ConstantInKernel(arguments));
  if (!kernel) kernel = InListKernel();
  return MakeCall("in", arrow::boolean(), nullable, std::move(arguments), std::move(kernel));
}

std::string InText(const std::vector<std::string>& arguments) {
  std::string text = "(" + arguments[0] + " IN (";
  for (size_t i = 1; i < arguments.size(); ++i) text += (i == 1 ? "" : ", ") + arguments[i];
  return text + "))";
}

// greatest and least skip nulls.
ScalarKernel ExtremeKernel(DataTypePtr type, bool greatest) {
  return ColumnKernel([type, greatest](const Columns& columns,
                                       const EvaluationContext& context) -> Result<ArrayPtr> {
    ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(type, context.pool));
    for (int64_t i = 0; i < columns.rows; ++i) {
      const Column* best = nullptr;
      for (const Column& column : columns.columns) {
        if (column.IsNull(i)) continue;
        if (best == nullptr) {
          best = &column;
          continue;
        }
        const int order = CompareValues(*column.array, column.row(i), *best->array, best->row(i));
        if (greatest ? order > 0 : order < 0) best = &column;
      }
      if (best == nullptr) {
        ARROW_RETURN_NOT_OK(builder->AppendNull());
      } else {
        ARROW_RETURN_NOT_OK(builder->AppendArraySlice(*best->array->data(), best->row(i), 1));
      }
    }
    return builder->Finish();
  });
}

// greatest and least do not cast strings to numbers or the other way.
Status RefuseMixedStrings(const std::string& name, const Arguments& arguments) {
  const ExpressionPtr *text = nullptr, *other = nullptr;
  for (const ExpressionPtr& argument : arguments) {
    if (IsNullType(*argument->type())) continue;
    (IsString(*argument->type()) ? text : other) = &argument;
  }
  if (text == nullptr || other == nullptr) return Status::OK();
  const std::string types =
      "[\"" + SqlName(*(*text)->type()) + "\", \"" + SqlName(*(*other)->type()) + "\"]";
  return AnalysisError(
      "DATATYPE_MISMATCH.DATA_DIFF_TYPES",
      "the arguments of `" + name + "` must have one type, but they have " + types + "; cast them",
      {{"functionName", "`" + name + "`"}, {"dataType", types}});
}

void AddExtreme(FunctionRegistry* registry, const std::string& name, bool greatest,
                FunctionDocumentation documentation) {
  Add(registry, {name}, std::move(documentation), 2, kAnyNumber,
      [name, greatest](Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
        ARROW_RETURN_NOT_OK(RefuseMixedStrings(name, arguments));
        ARROW_ASSIGN_OR_RAISE(DataTypePtr type, CoerceToCommonType(name, &arguments, 0, context));
        if (!IsOrderable(*type)) return UnexpectedInputType(name, 0, "ORDERABLE", *arguments[0]);
        bool nullable = true;
        for (const ExpressionPtr& argument : arguments) nullable = nullable && argument->nullable();
        return MakeCall(name, type, nullable, std::move(arguments), ExtremeKernel(type, greatest));
      });
}

}  // namespace

void RegisterConditionalFunctions(FunctionRegistry* registry) {
  Add(
      registry, {"when", "case"},
      {"CASE WHEN c THEN a [ELSE b] END -> type of a", "The value of the first true condition.",
       "CASE WHEN 1 > 2 THEN 'a' ELSE 'b' END"},
      2, kAnyNumber,
      [](Arguments arguments, const BindContext& context) {
        return BindCase("when", std::move(arguments), context);
      },
      CaseText);
  Add(
      registry, {"if"},
      {"if(condition, a, b) -> type of a", "a if the condition is true, else b.",
       "if(1 < 2, 3, 4)"},
      3, 3,
      [](Arguments arguments, const BindContext& context) {
        return BindCase("if", std::move(arguments), context);
      },
      [](const std::vector<std::string>& arguments) {
        return "(" + CallText("IF", arguments) + ")";
      });
  for (const std::string name : {"coalesce", "nvl", "ifnull"}) {
    const bool two = name != "coalesce";
    Add(registry, {name},
        {two ? name + "(a, b) -> type of a" : name + "(a, …) -> type of a",
         "The first value that is not null.", name + "(NULL, 1)"},
        two ? 2 : 1, two ? 2 : kAnyNumber, [name](Arguments arguments, const BindContext& context) {
          return BindCoalesce(name, std::move(arguments), context);
        });
  }
  Add(registry, {"nvl2"},
      {"nvl2(a, b, c) -> type of b", "b if a is not null, else c.", "nvl2(NULL, 1, 2)"}, 3, 3,
      [registry](Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
        ARROW_ASSIGN_OR_RAISE(arguments[0], registry->Call("isnotnull", {arguments[0]}, context));
        return BindCase("nvl2", std::move(arguments), context);
      });
  Add(registry, {"nullif"},
      {"nullif(a, b) -> type of a", "Null if a equals b, else a.", "nullif(2, 2)"}, 2, 2,
      [](Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
        ARROW_ASSIGN_OR_RAISE(ExpressionPtr equal, BindComparison("==", arguments, context));
        ARROW_ASSIGN_OR_RAISE(ExpressionPtr null, NullOf(arguments[0]->type()));
        return BindCase("nullif", {std::move(equal), std::move(null), arguments[0]}, context);
      });
  Add(registry, {"zeroifnull"},
      {"zeroifnull(number) -> number", "0 if the number is null.", "zeroifnull(NULL)"}, 1, 1,
      [](Arguments arguments, const BindContext& context) {
        arguments.push_back(MakeLiteral(std::make_shared<arrow::Int32Scalar>(0)));
        return BindCoalesce("zeroifnull", std::move(arguments), context);
      });
  Add(registry, {"nullifzero"},
      {"nullifzero(number) -> number", "Null if the number is 0.", "nullifzero(0)"}, 1, 1,
      [](Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
        ARROW_ASSIGN_OR_RAISE(
            ExpressionPtr zero,
            BindComparison(
                "==", {arguments[0], MakeLiteral(std::make_shared<arrow::Int32Scalar>(0))},
                context));
        ARROW_ASSIGN_OR_RAISE(ExpressionPtr null, NullOf(arguments[0]->type()));
        return BindCase("nullifzero", {std::move(zero), std::move(null), arguments[0]}, context);
      });
  Add(registry, {"between"},
      {"between(a, low, high) -> boolean", "Whether low <= a <= high.", "between(2, 1, 3)"}, 3, 3,
      [](Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
        ARROW_ASSIGN_OR_RAISE(ExpressionPtr low,
                              BindComparison(">=", {arguments[0], arguments[1]}, context));
        ARROW_ASSIGN_OR_RAISE(ExpressionPtr high,
                              BindComparison("<=", {arguments[0], arguments[2]}, context));
        return MakeAnd(std::move(low), std::move(high));
      });
  Add(registry, {"in"},
      {"a IN (b, …) -> boolean", "Whether a equals one of the values.", "2 IN (1, 2, 3)"}, 1,
      kAnyNumber, BindIn, InText);
  AddExtreme(registry, "greatest", true,
             {"greatest(a, b, …) -> type of a", "The largest value, nulls passed over.",
              "greatest(1, 3, NULL)"});
  AddExtreme(registry, "least", false,
             {"least(a, b, …) -> type of a", "The smallest value, nulls passed over.",
              "least(1, 3, NULL)"});
}

}  // namespace headrace
