// Access to elements: array_item (a[i]), map_item (m[k]), element_at, get, try_element_at, size.
#include "functions/ansi_errors.h"
#include "functions/collection/collection_topics.h"
#include "functions/collection/gather.h"
#include "functions/collection/list_column.h"
#include "functions/collection/map_entries.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"

namespace headrace {
namespace {

enum class Missing {
  kNull,
  kIndexError,      // INVALID_ARRAY_INDEX
  kElementAtError,  // INVALID_ARRAY_INDEX_IN_ELEMENT_AT
};

// `one_based`: indexes count from 1, or from -1 backwards; 0 is an error in any mode.
ScalarKernel ArrayItemKernel(bool one_based, Missing missing) {
  return ColumnKernel([one_based, missing](const Columns& columns,
                                           const EvaluationContext& context) -> Result<ArrayPtr> {
    const arrow::Array& arrays = *columns[0].array;
    const Reader<int32_t> indexes(columns[1]);
    std::vector<int64_t> positions(static_cast<size_t>(columns.rows), -1);
    for (int64_t i = 0; i < columns.rows; ++i) {
      if (columns[0].IsNull(i) || columns[1].IsNull(i)) continue;
      const ListRow list(arrays, columns[0].row(i));
      const int64_t index = indexes[i];
      int64_t offset = index;
      if (one_based) {
        if (index == 0) {
          return MakeError(ErrorKind::kRuntime, "INVALID_INDEX_OF_ZERO",
                           "elements count from 1, or from -1 backwards; 0 is none");
        }
        offset = index > 0 ? index - 1 : list.size() + index;
      }
      if (offset >= 0 && offset < list.size()) {
        positions[static_cast<size_t>(i)] = list.begin() + offset;
      } else if (missing == Missing::kIndexError) {
        return InvalidArrayIndex(index, list.size());
      } else if (missing == Missing::kElementAtError) {
        return InvalidArrayIndexInElementAt(index, list.size());
      }
    }
    return GatherValues(static_cast<const arrow::ListArray&>(arrays).values(), positions,
                        context.pool);
  });
}

ScalarKernel MapItemKernel() {
  return ColumnKernel([](const Columns& columns,
                         const EvaluationContext& context) -> Result<ArrayPtr> {
    const arrow::Array& maps = *columns[0].array;
    std::vector<int64_t> positions(static_cast<size_t>(columns.rows), -1);
    for (int64_t i = 0; i < columns.rows; ++i) {
      if (columns[0].IsNull(i) || columns[1].IsNull(i)) continue;
      positions[static_cast<size_t>(i)] =
          MapRow(maps, columns[0].row(i)).Find(*columns[1].array, columns[1].row(i));
    }
    return GatherValues(static_cast<const arrow::MapArray&>(maps).items(), positions, context.pool);
  });
}

Result<ExpressionPtr> BindMapItem(const std::string& name, Arguments arguments,
                                  const BindContext& context) {
  const auto& map = static_cast<const arrow::MapType&>(*arguments[0]->type());
  const DataTypePtr key = map.key_type(), item = map.item_type();
  ARROW_ASSIGN_OR_RAISE(arguments[1], Coerce(name, 1, arguments[1], key, context));
  return MakeCall(name, item, true, std::move(arguments), MapItemKernel());
}

Result<ExpressionPtr> BindArrayItem(const std::string& name, Arguments arguments, bool one_based,
                                    Missing missing, const BindContext& context) {
  const FieldPtr element = arguments[0]->type()->field(0);
  if (!IsIntegral(*arguments[1]->type()) && !IsNullType(*arguments[1]->type())) {
    return UnexpectedInputType(name, 1, "INTEGRAL", *arguments[1]);
  }
  ARROW_ASSIGN_OR_RAISE(arguments[1], Coerce(name, 1, arguments[1], arrow::int32(), context));
  const bool nullable = missing == Missing::kNull || element->nullable() || AnyNullable(arguments);
  return MakeCall(name, element->type(), nullable, std::move(arguments),
                  ArrayItemKernel(one_based, missing));
}

// `strict`: a missing element of an array is an error under ANSI.
void AddAccess(FunctionRegistry* registry, const std::string& name,
               FunctionDocumentation documentation, bool one_based, bool strict, bool maps,
               Missing error) {
  ScalarFunction function;
  function.names = {name};
  function.documentation = std::move(documentation);
  function.nulls = NullBehaviour::kCustom;
  if (name == "array_item" || name == "map_item" || name == "__extract") {
    function.display = [](const std::vector<std::string>& arguments) {
      return arguments[0] + "[" + arguments[1] + "]";
    };
  }
  function.bind = [=](Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 2, 2));
    const DataType& type = *arguments[0]->type();
    if (type.id() == arrow::Type::LIST) {
      const Missing missing = strict && context.ansi ? error : Missing::kNull;
      return BindArrayItem(name, std::move(arguments), one_based, missing, context);
    }
    if (type.id() == arrow::Type::MAP && maps) {
      return BindMapItem(name, std::move(arguments), context);
    }
    return UnexpectedInputType(name, 0, maps ? "ARRAY\" or \"MAP" : "ARRAY", *arguments[0]);
  };
  registry->Add(std::move(function));
}

// a[i], m[k], s['field'], and an array of structs by field.
Result<ExpressionPtr> BindExtract(Arguments arguments, const BindContext& context,
                                  const FunctionRegistry& registry) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("__extract", arguments.size(), 2, 2));
  const DataType& type = *arguments[0]->type();
  if (type.id() != arrow::Type::STRUCT) {
    return registry.Call(type.id() == arrow::Type::MAP ? "map_item" : "array_item",
                         std::move(arguments), context);
  }
  ARROW_ASSIGN_OR_RAISE(auto name, ConstantText(*arguments[1]));
  const int ordinal = name ? FindField(*arrow::schema(type.fields()), *name) : -1;
  if (ordinal < 0) {
    std::string fields;
    for (const FieldPtr& field : type.fields()) {
      fields += (fields.empty() ? "`" : ", `") + field->name() + "`";
    }
    return AnalysisError(
        "FIELD_NOT_FOUND",
        "the struct has no field `" + name.value_or("NULL") + "`; its fields are " + fields,
        {{"fieldName", "`" + name.value_or("NULL") + "`"}, {"fields", fields}});
  }
  return MakeStructField(arguments[0], ordinal);
}

Result<ExpressionPtr> BindSize(const std::string& name, Arguments arguments,
                               const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 1, 1));
  ARROW_RETURN_NOT_OK(NullToCollection(&arguments[0], false, context));
  const arrow::Type::type id = arguments[0]->type()->id();
  if (id != arrow::Type::LIST && id != arrow::Type::MAP) {
    return UnexpectedInputType(name, 0, "ARRAY\" or \"MAP", *arguments[0]);
  }
  const bool of_null = !context.ansi && name != "array_size";
  const bool nullable = !of_null && AnyNullable(arguments);
  return MakeCall(
      name, arrow::int32(), nullable, std::move(arguments),
      ColumnKernel([of_null](const Columns& columns,
                             const EvaluationContext& evaluation) -> Result<ArrayPtr> {
        ARROW_ASSIGN_OR_RAISE(Validity validity, CombineValidity(columns, evaluation.pool));
        Writer<int32_t> writer;
        ARROW_RETURN_NOT_OK(writer.Open(columns.rows, evaluation.pool));
        const auto& lists = static_cast<const arrow::ListArray&>(*columns[0].array);
        for (int64_t i = 0; i < columns.rows; ++i) {
          writer.Write(
              i, [&](int32_t* out) { *out = validity.IsValid(i) ? lists.value_length(i) : -1; });
        }
        if (of_null) validity = Validity{};
        return writer.Finish(arrow::int32(), columns.rows, std::move(validity));
      }));
}

}  // namespace

void RegisterElementFunctions(FunctionRegistry* registry) {
  AddAccess(
      registry, "array_item",
      {"array[index] -> element", "The element at an index that counts from 0.", "array(1, 2)[0]"},
      false, true, false, Missing::kIndexError);
  AddAccess(registry, "map_item",
            {"map[key] -> value", "The value of a key; null when it is absent.", "map(1, 'a')[1]"},
            false, true, true, Missing::kIndexError);
  AddAccess(registry, "element_at",
            {"element_at(array or map, index or key) -> value",
             "The element at an index that counts from 1, or the value of a key.",
             "element_at(array(1, 2, 3), 2)"},
            true, true, true, Missing::kElementAtError);
  AddAccess(registry, "try_element_at",
            {"try_element_at(array or map, index or key) -> value",
             "As element_at, but null when it is absent.", "try_element_at(array(1, 2, 3), 5)"},
            true, false, true, Missing::kElementAtError);
  AddAccess(registry, "get",
            {"get(array, index) -> element",
             "The element at an index that counts from 0; null when there is none.",
             "get(array(1, 2, 3), 0)"},
            false, false, false, Missing::kIndexError);
  ScalarFunction extract;
  extract.names = {"__extract"};
  extract.documentation = {"value[key] -> value",
                           "An element of an array, a value of a map or a field of a struct.", ""};
  extract.nulls = NullBehaviour::kCustom;
  extract.bind = [registry](Arguments arguments, const BindContext& context) {
    return BindExtract(std::move(arguments), context, *registry);
  };
  registry->Add(std::move(extract));

  for (const std::string name : {"size", "cardinality", "array_size"}) {
    ScalarFunction size;
    size.names = {name};
    size.documentation = {name + "(array or map) -> int", "How many elements there are.",
                          name + "(array('b', 'd', 'c', 'a'))"};
    size.nulls = NullBehaviour::kCustom;
    size.bind = [name](Arguments arguments, const BindContext& context) {
      return BindSize(name, std::move(arguments), context);
    };
    registry->Add(std::move(size));
  }
}

}  // namespace headrace
