// array_insert, arrays_zip, elt.
#include "functions/ansi_errors.h"
#include "functions/collection/collection_topics.h"
#include "functions/collection/list_kernel.h"
#include "functions/signature.h"

namespace headrace {
namespace {

// Positions count from 1, or from -1 (behind the last element) backwards; gaps are filled with
// nulls.
Status AppendWithInsertion(const ListRow& list, int32_t position, const Column& value, int64_t i,
                           ListColumnBuilder* builder) {
  const auto fill = [&](int64_t count) -> Status {
    for (int64_t k = 0; k < count; ++k) ARROW_RETURN_NOT_OK(builder->AppendNullItem());
    return Status::OK();
  };
  const auto insert = [&]() { return builder->AppendItems(*value.array, value.row(i), 1); };
  const int64_t size = list.size();
  const int64_t at = position > 0 ? position - 1 : size + position + 1;
  if (at < 0) {
    ARROW_RETURN_NOT_OK(insert());
    ARROW_RETURN_NOT_OK(fill(-at));
    return builder->AppendItems(list.values(), list.begin(), size);
  }
  const int64_t before = std::min(at, size);
  ARROW_RETURN_NOT_OK(builder->AppendItems(list.values(), list.begin(), before));
  ARROW_RETURN_NOT_OK(fill(at - before));
  ARROW_RETURN_NOT_OK(insert());
  return builder->AppendItems(list.values(), list.begin() + before, size - before);
}

Result<ExpressionPtr> BindInsert(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("array_insert", arguments.size(), 3, 3));
  ARROW_RETURN_NOT_OK(NullToCollection(&arguments[0], false, context));
  ARROW_ASSIGN_OR_RAISE(FieldPtr element, ElementOf("array_insert", 0, *arguments[0]));
  ARROW_ASSIGN_OR_RAISE(arguments[1],
                        Coerce("array_insert", 1, arguments[1], arrow::int32(), context));
  const DataTypePtr common = CommonType(element->type(), arguments[2]->type(), context.ansi);
  if (common == nullptr) {
    return UnexpectedInputType("array_insert", 2, SqlName(*element->type()), *arguments[2]);
  }
  const DataTypePtr type = ArrayOf(common);
  ARROW_ASSIGN_OR_RAISE(arguments[0], MakeCast(arguments[0], type, context.cast_options()));
  ARROW_ASSIGN_OR_RAISE(arguments[2], MakeCast(arguments[2], common, context.cast_options()));
  const bool nullable = arguments[0]->nullable() || arguments[1]->nullable();
  return MakeCall("array_insert", type, nullable, std::move(arguments),
                  ColumnKernel([type](const Columns& columns,
                                      const EvaluationContext& evaluation) -> Result<ArrayPtr> {
                    ListColumnBuilder builder(type, evaluation.pool);
                    ARROW_RETURN_NOT_OK(builder.Open(columns.rows));
                    const Reader<int32_t> positions(columns[1]);
                    for (int64_t i = 0; i < columns.rows; ++i) {
                      if (columns[0].IsNull(i) || columns[1].IsNull(i)) {
                        builder.AppendNull();
                        continue;
                      }
                      if (positions[i] == 0) {
                        return MakeError(ErrorKind::kRuntime, "INVALID_INDEX_OF_ZERO",
                                         "`array_insert`: positions count from 1, or from -1 "
                                         "backwards; 0 is none");
                      }
                      ARROW_RETURN_NOT_OK(AppendWithInsertion(RowOf(columns[0], i), positions[i],
                                                              columns[2], i, &builder));
                      builder.EndRow();
                    }
                    return builder.Finish();
                  }));
}

Result<ExpressionPtr> BindZip(Arguments arguments, const BindContext& context) {
  std::vector<FieldPtr> fields;
  for (size_t i = 0; i < arguments.size(); ++i) {
    ARROW_RETURN_NOT_OK(NullToCollection(&arguments[i], false, context));
    ARROW_ASSIGN_OR_RAISE(FieldPtr element,
                          ElementOf("arrays_zip", static_cast<int>(i), *arguments[i]));
    std::string name = std::to_string(i);
    if (const auto* column = dynamic_cast<const AttributeReference*>(arguments[i].get())) {
      name = column->name();
    }
    fields.push_back(arrow::field(name, element->type()));
  }
  const DataTypePtr type = ArrayOf(arrow::struct_(std::move(fields)), false);
  const bool nullable = AnyNullable(arguments);
  return MakeCall(
      "arrays_zip", type, nullable, std::move(arguments),
      ListKernel(type, [](const Columns& columns, int64_t i, ListColumnBuilder* builder) -> Status {
        int64_t size = 0;
        for (const Column& column : columns.columns) {
          size = std::max(size, RowOf(column, i).size());
        }
        auto* structs = static_cast<arrow::StructBuilder*>(builder->item_builder());
        for (int64_t e = 0; e < size; ++e) {
          ARROW_RETURN_NOT_OK(structs->Append());
          for (size_t k = 0; k < columns.size(); ++k) {
            const ListRow list = RowOf(columns[k], i);
            auto* field = structs->field_builder(static_cast<int>(k));
            ARROW_RETURN_NOT_OK(e < list.size() ? field->AppendArraySlice(*list.values().data(),
                                                                          list.begin() + e, 1)
                                                : field->AppendNull());
          }
        }
        return Status::OK();
      }));
}

// elt(n, a, b, …): the n-th of the texts or binaries.
Result<ExpressionPtr> BindElt(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("elt", arguments.size(), 2, kAnyNumber));
  ARROW_ASSIGN_OR_RAISE(arguments[0], Coerce("elt", 0, arguments[0], arrow::int32(), context));
  bool binary = true;
  for (size_t i = 1; i < arguments.size(); ++i) {
    binary = binary && arguments[i]->type()->id() == arrow::Type::BINARY;
  }
  const DataTypePtr type = binary ? arrow::binary() : arrow::utf8();
  for (size_t i = 1; i < arguments.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(arguments[i],
                          Coerce("elt", static_cast<int>(i), arguments[i], type, context));
  }
  const bool ansi = context.ansi;
  return MakeCall(
      "elt", type, true, std::move(arguments),
      ColumnKernel([type, ansi](const Columns& columns,
                                const EvaluationContext& evaluation) -> Result<ArrayPtr> {
        ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(type, evaluation.pool));
        const Reader<int32_t> indexes(columns[0]);
        const auto choices = static_cast<int64_t>(columns.size()) - 1;
        for (int64_t i = 0; i < columns.rows; ++i) {
          const bool null = columns[0].IsNull(i);
          const int64_t index = null ? 0 : indexes[i];
          if (index >= 1 && index <= choices) {
            const Column& chosen = columns[static_cast<size_t>(index)];
            ARROW_RETURN_NOT_OK(builder->AppendArraySlice(*chosen.array->data(), chosen.row(i), 1));
          } else if (null || !ansi) {
            ARROW_RETURN_NOT_OK(builder->AppendNull());
          } else {
            return InvalidArrayIndex(index, choices);
          }
        }
        return builder->Finish();
      }));
}

}  // namespace

void RegisterArrayEditFunctions(FunctionRegistry* registry) {
  ScalarFunction insert;
  insert.names = {"array_insert"};
  insert.documentation = {"array_insert(array, position, value) -> array",
                          "The array with a value put at a position.",
                          "array_insert(array(1, 2, 3, 4), 5, 5)"};
  insert.nulls = NullBehaviour::kCustom;
  insert.bind = BindInsert;
  registry->Add(std::move(insert));
  ScalarFunction zip;
  zip.names = {"arrays_zip"};
  zip.documentation = {"arrays_zip(a, b, …) -> array of structs",
                       "Structs of the elements at the same place; missing ones are null.",
                       "arrays_zip(array(1, 2, 3), array(2, 3, 4))"};
  zip.bind = BindZip;
  registry->Add(std::move(zip));
  ScalarFunction elt;
  elt.names = {"elt"};
  elt.documentation = {"elt(n, a, b, …) -> string", "The n-th of the values, from 1.",
                       "elt(1, 'scala', 'java')"};
  elt.nulls = NullBehaviour::kCustom;
  elt.bind = BindElt;
  registry->Add(std::move(elt));
}

}  // namespace headrace
