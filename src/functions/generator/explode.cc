// explode, explode_outer, posexplode, posexplode_outer, inline, inline_outer, stack.
#include <arrow/compute/api.h>

#include "functions/collection/list_column.h"
#include "functions/generator/json_tuple.h"
#include "functions/signature.h"
#include "functions/topics.h"

namespace headrace {
namespace {

constexpr int64_t kNone = -1;

// Which element each output row shows: a position in the lists' values, kNone for the row of nulls
// that an outer generator makes.
struct Exploded {
  std::vector<int64_t> elements;
  std::vector<int32_t> positions;
  bool has_none = false;
  bool contiguous = true;
};

Exploded ExplodeRows(const arrow::ListArray& lists, int64_t length, bool outer, bool with_positions,
                     std::vector<int64_t>* parents) {
  Exploded exploded;
  const auto reserve =
      static_cast<size_t>(length == 0 ? 0 : lists.value_offset(length) - lists.value_offset(0));
  exploded.elements.reserve(reserve);
  parents->reserve(parents->size() + reserve);
  for (int64_t row = 0; row < length; ++row) {
    const bool empty = lists.IsNull(row) || lists.value_length(row) == 0;
    if (empty) {
      if (!outer) continue;
      exploded.has_none = true;
      exploded.elements.push_back(kNone);
      if (with_positions) exploded.positions.push_back(0);
      parents->push_back(row);
      continue;
    }
    const int64_t begin = lists.value_offset(row), size = lists.value_length(row);
    if (!exploded.elements.empty() && exploded.elements.back() + 1 != begin) {
      exploded.contiguous = false;
    }
    for (int64_t k = 0; k < size; ++k) {
      exploded.elements.push_back(begin + k);
      if (with_positions) exploded.positions.push_back(static_cast<int32_t>(k));
      parents->push_back(row);
    }
  }
  return exploded;
}

Result<ArrayPtr> Gather(const ArrayPtr& values, const Exploded& exploded) {
  const auto rows = static_cast<int64_t>(exploded.elements.size());
  if (!exploded.has_none && exploded.contiguous) {
    return values->Slice(rows == 0 ? 0 : exploded.elements.front(), rows);
  }
  arrow::Int64Builder builder;
  ARROW_RETURN_NOT_OK(builder.Reserve(rows));
  for (const int64_t element : exploded.elements) {
    if (element == kNone) {
      builder.UnsafeAppendNull();
    } else {
      builder.UnsafeAppend(element);
    }
  }
  ARROW_ASSIGN_OR_RAISE(auto indices, builder.Finish());
  ARROW_ASSIGN_OR_RAISE(Datum taken, arrow::compute::Take(values, indices));
  return taken.make_array();
}

Result<ArrayPtr> Positions(const Exploded& exploded) {
  arrow::Int32Builder builder;
  ARROW_RETURN_NOT_OK(builder.Reserve(static_cast<int64_t>(exploded.positions.size())));
  for (size_t i = 0; i < exploded.positions.size(); ++i) {
    if (exploded.elements[i] == kNone) {
      builder.UnsafeAppendNull();
    } else {
      builder.UnsafeAppend(exploded.positions[i]);
    }
  }
  return builder.Finish();
}

Result<BoundGenerator> BindExplode(const std::string& name, Arguments arguments,
                                   bool with_positions, bool outer) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 1, 1));
  const DataTypePtr& type = arguments[0]->type();
  BoundGenerator bound;
  bound.name = name;
  bound.outer = outer;
  if (with_positions) bound.output.push_back(arrow::field("pos", arrow::int32(), outer));
  const bool map = type->id() == arrow::Type::MAP;
  if (type->id() == arrow::Type::LIST) {
    const auto& element = static_cast<const arrow::ListType&>(*type).value_field();
    bound.output.push_back(element->WithName("col")->WithNullable(element->nullable() || outer));
  } else if (map) {
    const auto& entries = static_cast<const arrow::MapType&>(*type);
    bound.output.push_back(arrow::field("key", entries.key_type(), outer));
    bound.output.push_back(
        arrow::field("value", entries.item_type(), entries.item_field()->nullable() || outer));
  } else {
    return UnexpectedInputType(name, 0, "ARRAY\" or \"MAP", *arguments[0]);
  }
  bound.arguments = std::move(arguments);
  bound.generate = [with_positions, map](const std::vector<ArrayPtr>& values, int64_t length,
                                         bool outer_rows, std::vector<int64_t>* parents,
                                         std::vector<ArrayPtr>* columns) -> Status {
    const auto& lists = static_cast<const arrow::ListArray&>(*values[0]);
    const Exploded exploded = ExplodeRows(lists, length, outer_rows, with_positions, parents);
    if (with_positions) {
      ARROW_ASSIGN_OR_RAISE(ArrayPtr positions, Positions(exploded));
      columns->push_back(std::move(positions));
    }
    if (map) {
      const auto& maps = static_cast<const arrow::MapArray&>(*values[0]);
      ARROW_ASSIGN_OR_RAISE(ArrayPtr keys, Gather(maps.keys(), exploded));
      ARROW_ASSIGN_OR_RAISE(ArrayPtr items, Gather(maps.items(), exploded));
      columns->push_back(std::move(keys));
      columns->push_back(std::move(items));
    } else {
      ARROW_ASSIGN_OR_RAISE(ArrayPtr items, Gather(lists.values(), exploded));
      columns->push_back(std::move(items));
    }
    return Status::OK();
  };
  return bound;
}

Result<BoundGenerator> BindInline(const std::string& name, Arguments arguments, bool outer) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 1, 1));
  const DataTypePtr& type = arguments[0]->type();
  if (type->id() != arrow::Type::LIST || type->field(0)->type()->id() != arrow::Type::STRUCT) {
    return UnexpectedInputType(name, 0, "ARRAY<STRUCT>", *arguments[0]);
  }
  BoundGenerator bound;
  bound.name = name;
  bound.outer = outer;
  const FieldPtr& element = type->field(0);
  for (const FieldPtr& field : element->type()->fields()) {
    bound.output.push_back(field->WithNullable(field->nullable() || element->nullable() || outer));
  }
  bound.arguments = std::move(arguments);
  bound.generate = [](const std::vector<ArrayPtr>& values, int64_t length, bool outer_rows,
                      std::vector<int64_t>* parents, std::vector<ArrayPtr>* columns) -> Status {
    const auto& lists = static_cast<const arrow::ListArray&>(*values[0]);
    const Exploded exploded = ExplodeRows(lists, length, outer_rows, false, parents);
    ARROW_ASSIGN_OR_RAISE(ArrayPtr gathered, Gather(lists.values(), exploded));
    // Flatten gives the fields with the structs' own nulls merged in.
    ARROW_ASSIGN_OR_RAISE(*columns, static_cast<const arrow::StructArray&>(*gathered).Flatten());
    return Status::OK();
  };
  return bound;
}

// stack(n, a, b, …): the values in n rows.
Result<BoundGenerator> BindStack(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("stack", arguments.size(), 2, kAnyNumber));
  ARROW_ASSIGN_OR_RAISE(arguments[0], Coerce("stack", 0, arguments[0], arrow::int32(), context));
  ARROW_ASSIGN_OR_RAISE(auto count, ConstantArgument("stack", "n", *arguments[0]));
  const int32_t rows = count->is_valid ? static_cast<const arrow::Int32Scalar&>(*count).value : 0;
  if (rows <= 0) {
    return AnalysisError("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                         "the number of rows of `stack` must be positive",
                         {{"exprName", "`n`"},
                          {"valueRange", "(0, 2147483647]"},
                          {"currentValue", std::to_string(rows)}});
  }
  const size_t values = arguments.size() - 1;
  const size_t width = (values + rows - 1) / rows;
  BoundGenerator bound;
  bound.name = "stack";
  bound.arguments.resize(width * rows);
  for (size_t column = 0; column < width; ++column) {
    Arguments cells;
    for (int32_t row = 0; row < rows; ++row) {
      const size_t at = 1 + row * width + column;
      cells.push_back(at < arguments.size() ? arguments[at]
                                            : MakeLiteral(arrow::MakeNullScalar(arrow::null())));
    }
    ARROW_ASSIGN_OR_RAISE(DataTypePtr type, CoerceToCommonType("stack", &cells, 0, context));
    bound.output.push_back(arrow::field("col" + std::to_string(column), type, AnyNullable(cells)));
    for (int32_t row = 0; row < rows; ++row) bound.arguments[row * width + column] = cells[row];
  }
  bound.generate = [rows, width](const std::vector<ArrayPtr>& cells, int64_t length, bool,
                                 std::vector<int64_t>* parents,
                                 std::vector<ArrayPtr>* columns) -> Status {
    for (int64_t i = 0; i < length; ++i) parents->insert(parents->end(), rows, i);
    for (size_t column = 0; column < width; ++column) {
      ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(cells[column]->type()));
      for (int64_t i = 0; i < length; ++i) {
        for (int32_t row = 0; row < rows; ++row) {
          ARROW_RETURN_NOT_OK(
              builder->AppendArraySlice(*cells[row * width + column]->data(), i, 1));
        }
      }
      ARROW_ASSIGN_OR_RAISE(ArrayPtr array, builder->Finish());
      columns->push_back(std::move(array));
    }
    return Status::OK();
  };
  return bound;
}

}  // namespace

void RegisterGeneratorFunctions(FunctionRegistry* registry) {
  for (const bool outer : {false, true}) {
    const std::string suffix = outer ? "_outer" : "";
    const std::string rows =
        outer ? "; one row of nulls for an empty or null one." : "; none for an empty or null one.";
    for (const bool positions : {false, true}) {
      GeneratorFunction explode;
      explode.names = {(positions ? "posexplode" : "explode") + suffix};
      const std::string name = explode.names[0];
      explode.documentation = {
          name + "(array or map) -> rows",
          (positions ? "A row with its position for each element" : "A row for each element") +
              rows,
          name + "(array(10, 20))"};
      explode.bind = [name, positions, outer](Arguments arguments, const BindContext&) {
        return BindExplode(name, std::move(arguments), positions, outer);
      };
      registry->Add(std::move(explode));
    }
    GeneratorFunction inlined;
    inlined.names = {"inline" + suffix};
    const std::string name = inlined.names[0];
    inlined.documentation = {name + "(array of structs) -> rows",
                             "A row of fields for each struct" + rows,
                             name + "(array(struct(1, 'a'), struct(2, 'b')))"};
    inlined.bind = [name, outer](Arguments arguments, const BindContext&) {
      return BindInline(name, std::move(arguments), outer);
    };
    registry->Add(std::move(inlined));
  }
  GeneratorFunction stack;
  stack.names = {"stack"};
  stack.documentation = {"stack(n, a, b, …) -> rows", "The values in n rows.", "stack(2, 1, 2, 3)"};
  stack.bind = BindStack;
  registry->Add(std::move(stack));
  RegisterJsonTuple(registry);
}

}  // namespace headrace
