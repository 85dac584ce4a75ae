// array, struct, named_struct, map.
#include <fmt/format.h>

#include "functions/collection/collection_topics.h"
#include "functions/collection/list_column.h"
#include "functions/collection/map_entries.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"

namespace headrace {
namespace {

// A column of `rows` values from an argument.
Result<ArrayPtr> Spread(const Column& column, int64_t rows) {
  if (!column.constant || rows == 1) return column.array;
  // Arrow can't repeat a list no times.
  if (rows == 0) return column.array->Slice(0, 0);
  ARROW_ASSIGN_OR_RAISE(auto scalar, column.array->GetScalar(0));
  return arrow::MakeArrayFromScalar(*scalar, rows);
}

Result<ExpressionPtr> BindArray(Arguments arguments, const BindContext& context) {
  DataTypePtr element = arrow::null();
  if (!arguments.empty()) {
    ARROW_ASSIGN_OR_RAISE(element, CoerceToCommonType("array", &arguments, 0, context));
  }
  const DataTypePtr type = ArrayOf(element, AnyNullable(arguments));
  return MakeCall("array", type, false, std::move(arguments),
                  ColumnKernel([type](const Columns& columns,
                                      const EvaluationContext& evaluation) -> Result<ArrayPtr> {
                    ListColumnBuilder builder(type, evaluation.pool);
                    ARROW_RETURN_NOT_OK(builder.Open(columns.rows));
                    for (int64_t i = 0; i < columns.rows; ++i) {
                      for (const Column& column : columns.columns) {
                        ARROW_RETURN_NOT_OK(builder.AppendItems(*column.array, column.row(i), 1));
                      }
                      builder.EndRow();
                    }
                    return builder.Finish();
                  }));
}

ExpressionPtr MakeStruct(const std::string& name, std::vector<FieldPtr> fields, Arguments values) {
  const DataTypePtr type = arrow::struct_(std::move(fields));
  return MakeCall(
      name, type, false, std::move(values),
      ColumnKernel([type](const Columns& columns, const EvaluationContext&) -> Result<ArrayPtr> {
        arrow::ArrayVector children;
        for (const Column& column : columns.columns) {
          ARROW_ASSIGN_OR_RAISE(ArrayPtr child, Spread(column, columns.rows));
          children.push_back(std::move(child));
        }
        return std::make_shared<arrow::StructArray>(type, columns.rows, std::move(children));
      }));
}

Result<ExpressionPtr> BindNamedStruct(Arguments arguments, const BindContext&) {
  if (arguments.empty() || arguments.size() % 2 != 0) {
    return WrongNumberOfArguments("named_struct", "2n (n > 0)", arguments.size());
  }
  std::vector<FieldPtr> fields;
  Arguments values;
  for (size_t i = 0; i < arguments.size(); i += 2) {
    ARROW_ASSIGN_OR_RAISE(auto name, ConstantText(*arguments[i]));
    if (!name) {
      return AnalysisError("DATATYPE_MISMATCH.CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING",
                           fmt::format("the names in `named_struct` must be string literals, but "
                                       "`{}` is none",
                                       arguments[i]->ToString()),
                           {{"inputExprs", "[\"" + arguments[i]->ToString() + "\"]"}});
    }
    const ExpressionPtr& value = arguments[i + 1];
    fields.push_back(arrow::field(*name, value->type(), value->nullable()));
    values.push_back(value);
  }
  return MakeStruct("named_struct", std::move(fields), std::move(values));
}

// Fields are named after columns, col1, col2 … otherwise. The analyser, which knows aliases, calls
// named_struct instead.
Result<ExpressionPtr> BindStruct(Arguments arguments, const BindContext&) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("struct", arguments.size(), 1, kAnyNumber));
  std::vector<FieldPtr> fields;
  for (size_t i = 0; i < arguments.size(); ++i) {
    std::string name = fmt::format("col{}", i + 1);
    if (const auto* column = dynamic_cast<const AttributeReference*>(arguments[i].get())) {
      name = column->name();
    }
    fields.push_back(arrow::field(name, arguments[i]->type(), arguments[i]->nullable()));
  }
  return MakeStruct("struct", std::move(fields), std::move(arguments));
}

Result<ExpressionPtr> BindMap(Arguments arguments, const BindContext& context) {
  if (arguments.size() % 2 != 0) {
    return WrongNumberOfArguments("map", "2n (n is an integer >= 0)", arguments.size());
  }
  Arguments keys, values;
  for (size_t i = 0; i < arguments.size(); i += 2) {
    keys.push_back(arguments[i]);
    values.push_back(arguments[i + 1]);
  }
  DataTypePtr key = arrow::null(), value = arrow::null();
  if (!arguments.empty()) {
    ARROW_ASSIGN_OR_RAISE(key, CoerceToCommonType("map", &keys, 0, context));
    ARROW_ASSIGN_OR_RAISE(value, CoerceToCommonType("map", &values, 0, context));
  }
  const DataTypePtr type = MapOf(key, value, AnyNullable(values));
  for (size_t i = 0; i < keys.size(); ++i) {
    arguments[2 * i] = keys[i];
    arguments[2 * i + 1] = values[i];
  }
  return MakeCall("map", type, false, std::move(arguments),
                  ColumnKernel([type](const Columns& columns,
                                      const EvaluationContext& evaluation) -> Result<ArrayPtr> {
                    MapColumnBuilder builder(type, evaluation.pool);
                    ARROW_RETURN_NOT_OK(builder.Open(columns.rows));
                    for (int64_t i = 0; i < columns.rows; ++i) {
                      for (size_t k = 0; k < columns.size(); k += 2) {
                        const Column &entry = columns[k], &item = columns[k + 1];
                        ARROW_RETURN_NOT_OK(
                            builder.Append(*entry.array, entry.row(i), *item.array, item.row(i)));
                      }
                      builder.EndRow();
                    }
                    return builder.Finish();
                  }));
}

void Add(FunctionRegistry* registry, std::vector<std::string> names,
         FunctionDocumentation documentation,
         std::function<Result<ExpressionPtr>(Arguments, const BindContext&)> bind) {
  ScalarFunction function;
  function.names = std::move(names);
  function.documentation = std::move(documentation);
  function.nulls = NullBehaviour::kNeverNull;
  function.bind = std::move(bind);
  registry->Add(std::move(function));
}

}  // namespace

void RegisterConstructorFunctions(FunctionRegistry* registry) {
  Add(registry, {"array"}, {"array(a, …) -> array", "An array of the arguments.", "array(1, 2, 3)"},
      BindArray);
  Add(registry, {"named_struct"},
      {"named_struct(name, value, …) -> struct", "A struct of names and values.",
       "named_struct('a', 1, 'b', 2)"},
      BindNamedStruct);
  Add(registry, {"struct"},
      {"struct(a, …) -> struct", "A struct of the arguments.", "struct(1, 'a')"}, BindStruct);
  Add(registry, {"map", "create_map"},
      {"map(key, value, …) -> map", "A map of keys and values.", "map(1.0, '2', 3.0, '4')"},
      BindMap);
}

}  // namespace headrace
