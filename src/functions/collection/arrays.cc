// Functions of one array: contains, position, remove, join, repeat, append, slice, flatten, min,
// max.
#include "functions/ansi_errors.h"
#include "functions/collection/collection_topics.h"
#include "functions/collection/gather.h"
#include "functions/collection/list_kernel.h"
#include "functions/compare_values.h"
#include "functions/signature.h"
#include "functions/string/characters.h"

namespace headrace {

Result<FieldPtr> ElementOf(const std::string& function, int index, const Expression& argument) {
  if (argument.type()->id() != arrow::Type::LIST) {
    return UnexpectedInputType(function, index, "ARRAY", argument);
  }
  return argument.type()->field(0);
}

namespace {

// Casts an array and a value beside it to a common element type.
Status CoerceElement(const std::string& function, Arguments* arguments, size_t value,
                     const BindContext& context) {
  ARROW_ASSIGN_OR_RAISE(FieldPtr element, ElementOf(function, 0, *(*arguments)[0]));
  const DataTypePtr& type = (*arguments)[value]->type();
  const bool mixed = !IsNullType(*element->type()) && !IsNullType(*type) &&
                     IsString(*element->type()) != IsString(*type);
  DataTypePtr common = mixed ? nullptr : CommonType(element->type(), type, context.ansi);
  if (common == nullptr) {
    const std::string left = "\"" + SqlName(*(*arguments)[0]->type()) + "\"";
    const std::string right = "\"" + SqlName(*type) + "\"";
    return AnalysisError("DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES",
                         "`" + function + "` takes an array and a value of its element type, not " +
                             left + " and " + right + "; cast one of them",
                         {{"functionName", "`" + function + "`"},
                          {"dataType", "\"ARRAY\""},
                          {"leftType", left},
                          {"rightType", right}});
  }
  ARROW_ASSIGN_OR_RAISE(
      (*arguments)[0],
      MakeCast((*arguments)[0], ArrayOf(common, element->nullable()), context.cast_options()));
  ARROW_ASSIGN_OR_RAISE((*arguments)[value],
                        MakeCast((*arguments)[value], common, context.cast_options()));
  return Status::OK();
}

bool EqualsElement(const ListRow& list, int64_t e, const Column& value, int64_t i) {
  return !list.IsNull(e) &&
         CompareValues(list.values(), list.begin() + e, *value.array, value.row(i)) == 0;
}

using Binder = std::function<Result<ExpressionPtr>(Arguments, const BindContext&)>;

void Add(FunctionRegistry* registry, std::vector<std::string> names,
         FunctionDocumentation documentation, size_t least, size_t most, Binder bind) {
  ScalarFunction function;
  function.names = std::move(names);
  function.documentation = std::move(documentation);
  function.nulls = NullBehaviour::kCustom;
  function.bind = [name = function.names.front(), least, most, bind](
                      Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), least, most));
    if (name != "array_repeat" && name != "reverse") {
      ARROW_RETURN_NOT_OK(NullToCollection(&arguments[0], false, context));
    }
    return bind(std::move(arguments), context);
  };
  registry->Add(std::move(function));
}

Result<ExpressionPtr> BindContains(Arguments arguments, const BindContext& context) {
  if (IsNullType(*arguments[1]->type())) {
    return AnalysisError("DATATYPE_MISMATCH.NULL_TYPE",
                         "`array_contains` can't look for NULL; use array_position",
                         {{"functionName", "`array_contains`"}});
  }
  ARROW_RETURN_NOT_OK(CoerceElement("array_contains", &arguments, 1, context));
  return MakeCall(
      "array_contains", arrow::boolean(), true, std::move(arguments),
      ListValueKernel<bool>(arrow::boolean(), [](const Columns& columns, int64_t i, bool* null) {
        const ListRow list = RowOf(columns[0], i);
        bool has_null = false;
        for (int64_t e = 0; e < list.size(); ++e) {
          if (EqualsElement(list, e, columns[1], i)) return true;
          has_null = has_null || list.IsNull(e);
        }
        *null = has_null;
        return false;
      }));
}

Result<ExpressionPtr> BindPosition(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CoerceElement("array_position", &arguments, 1, context));
  const bool nullable = AnyNullable(arguments);
  return MakeCall(
      "array_position", arrow::int64(), nullable, std::move(arguments),
      ListValueKernel<int64_t>(arrow::int64(), [](const Columns& columns, int64_t i, bool*) {
        const ListRow list = RowOf(columns[0], i);
        for (int64_t e = 0; e < list.size(); ++e) {
          if (EqualsElement(list, e, columns[1], i)) return e + 1;
        }
        return int64_t{0};
      }));
}

Result<ExpressionPtr> BindRemove(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CoerceElement("array_remove", &arguments, 1, context));
  const DataTypePtr type = arguments[0]->type();
  const bool nullable = AnyNullable(arguments);
  return MakeCall(
      "array_remove", type, nullable, std::move(arguments),
      ListKernel(type, [](const Columns& columns, int64_t i, ListColumnBuilder* builder) -> Status {
        const ListRow list = RowOf(columns[0], i);
        for (int64_t e = 0; e < list.size(); ++e) {
          if (EqualsElement(list, e, columns[1], i)) continue;
          ARROW_RETURN_NOT_OK(builder->AppendItems(list.values(), list.begin() + e, 1));
        }
        return Status::OK();
      }));
}

// array_join(array, delimiter[, null_replacement])
Result<ExpressionPtr> BindJoin(Arguments arguments, const BindContext& context) {
  ARROW_ASSIGN_OR_RAISE(arguments[0],
                        Coerce("array_join", 0, arguments[0], ArrayOf(arrow::utf8()), context));
  for (size_t i = 1; i < arguments.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(arguments[i], Coerce("array_join", static_cast<int>(i), arguments[i],
                                               arrow::utf8(), context));
  }
  const bool nullable = AnyNullable(arguments);
  return MakeCall(
      "array_join", arrow::utf8(), nullable, std::move(arguments),
      ColumnKernel(
          [](const Columns& columns, const EvaluationContext& evaluation) -> Result<ArrayPtr> {
            ARROW_ASSIGN_OR_RAISE(Validity validity, CombineValidity(columns, evaluation.pool));
            Writer<std::string> writer;
            ARROW_RETURN_NOT_OK(writer.Open(columns.rows, evaluation.pool));
            for (int64_t i = 0; i < columns.rows; ++i) {
              if (!validity.IsValid(i)) {
                writer.Null(i);
                continue;
              }
              writer.Write(i, [&](std::string* out) {
                const ListRow list = RowOf(columns[0], i);
                const auto& texts = static_cast<const arrow::StringArray&>(list.values());
                bool first = true;
                for (int64_t e = 0; e < list.size(); ++e) {
                  if (list.IsNull(e) && columns.size() < 3) continue;
                  if (!first) out->append(Reader<std::string_view>(columns[1])[i]);
                  first = false;
                  out->append(list.IsNull(e) ? Reader<std::string_view>(columns[2])[i]
                                             : texts.GetView(list.begin() + e));
                }
              });
            }
            return writer.Finish(arrow::utf8(), columns.rows, std::move(validity));
          }));
}

Result<ExpressionPtr> BindRepeat(Arguments arguments, const BindContext& context) {
  ARROW_ASSIGN_OR_RAISE(arguments[1],
                        Coerce("array_repeat", 1, arguments[1], arrow::int32(), context));
  const DataTypePtr type = ArrayOf(arguments[0]->type(), arguments[0]->nullable());
  const bool nullable = arguments[1]->nullable();
  return MakeCall(
      "array_repeat", type, nullable, std::move(arguments),
      ColumnKernel(
          [type](const Columns& columns, const EvaluationContext& evaluation) -> Result<ArrayPtr> {
            ListColumnBuilder builder(type, evaluation.pool);
            ARROW_RETURN_NOT_OK(builder.Open(columns.rows));
            const Reader<int32_t> counts(columns[1]);
            for (int64_t i = 0; i < columns.rows; ++i) {
              if (columns[1].IsNull(i)) {
                builder.AppendNull();
                continue;
              }
              for (int32_t k = 0; k < counts[i]; ++k) {
                ARROW_RETURN_NOT_OK(builder.AppendItems(*columns[0].array, columns[0].row(i), 1));
              }
              builder.EndRow();
            }
            return builder.Finish();
          }));
}

// array_append and array_prepend: null only if the array is.
Result<ExpressionPtr> BindExtend(const std::string& name, Arguments arguments, bool front,
                                 const BindContext& context) {
  ARROW_RETURN_NOT_OK(CoerceElement(name, &arguments, 1, context));
  const DataTypePtr type = ArrayOf(arguments[1]->type());
  ARROW_ASSIGN_OR_RAISE(arguments[0], MakeCast(arguments[0], type, context.cast_options()));
  const bool nullable = arguments[0]->nullable();
  return MakeCall(
      name, type, nullable, std::move(arguments),
      ColumnKernel([type, front](const Columns& columns,
                                 const EvaluationContext& evaluation) -> Result<ArrayPtr> {
        ListColumnBuilder builder(type, evaluation.pool);
        ARROW_RETURN_NOT_OK(builder.Open(columns.rows));
        for (int64_t i = 0; i < columns.rows; ++i) {
          if (columns[0].IsNull(i)) {
            builder.AppendNull();
            continue;
          }
          const ListRow list = RowOf(columns[0], i);
          const Column& value = columns[1];
          if (front) ARROW_RETURN_NOT_OK(builder.AppendItems(*value.array, value.row(i), 1));
          ARROW_RETURN_NOT_OK(builder.AppendItems(list.values(), list.begin(), list.size()));
          if (!front) ARROW_RETURN_NOT_OK(builder.AppendItems(*value.array, value.row(i), 1));
          builder.EndRow();
        }
        return builder.Finish();
      }));
}

Result<ExpressionPtr> BindSlice(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(ElementOf("slice", 0, *arguments[0]).status());
  for (int i : {1, 2}) {
    ARROW_ASSIGN_OR_RAISE(arguments[i], Coerce("slice", i, arguments[i], arrow::int32(), context));
  }
  const DataTypePtr type = arguments[0]->type();
  const bool nullable = AnyNullable(arguments);
  return MakeCall(
      "slice", type, nullable, std::move(arguments),
      ListKernel(type, [](const Columns& columns, int64_t i, ListColumnBuilder* builder) -> Status {
        const ListRow list = RowOf(columns[0], i);
        const int64_t start = Reader<int32_t>(columns[1])[i];
        const int64_t length = Reader<int32_t>(columns[2])[i];
        if (start == 0) {
          return InvalidParameterValue("START", "slice", "start",
                                       "the start counts from 1, or from -1 backwards; 0 is none");
        }
        if (length < 0) {
          return InvalidParameterValue("LENGTH", "slice", "length",
                                       "the length must not be negative",
                                       {{"length", std::to_string(length)}});
        }
        const int64_t from = start > 0 ? start - 1 : list.size() + start;
        if (from < 0 || from >= list.size()) return Status::OK();
        return builder->AppendItems(list.values(), list.begin() + from,
                                    std::min(length, list.size() - from));
      }));
}

Result<ExpressionPtr> BindFlatten(Arguments arguments, const BindContext&) {
  ARROW_ASSIGN_OR_RAISE(FieldPtr inner, ElementOf("flatten", 0, *arguments[0]));
  if (inner->type()->id() != arrow::Type::LIST) {
    return UnexpectedInputType("flatten", 0, "ARRAY of ARRAY", *arguments[0]);
  }
  const DataTypePtr type = inner->type();
  const bool nullable = AnyNullable(arguments) || inner->nullable();
  return MakeCall(
      "flatten", type, nullable, std::move(arguments),
      ColumnKernel([type](const Columns& columns,
                          const EvaluationContext& evaluation) -> Result<ArrayPtr> {
        ListColumnBuilder builder(type, evaluation.pool);
        ARROW_RETURN_NOT_OK(builder.Open(columns.rows));
        for (int64_t i = 0; i < columns.rows; ++i) {
          bool null = columns[0].IsNull(i);
          if (!null) {
            const ListRow lists = RowOf(columns[0], i);
            for (int64_t e = 0; e < lists.size() && !null; ++e) null = lists.IsNull(e);
            for (int64_t e = 0; e < lists.size() && !null; ++e) {
              const ListRow list(lists.values(), lists.begin() + e);
              ARROW_RETURN_NOT_OK(builder.AppendItems(list.values(), list.begin(), list.size()));
            }
          }
          if (null) {
            builder.AppendNull();
          } else {
            builder.EndRow();
          }
        }
        return builder.Finish();
      }));
}

Result<ExpressionPtr> BindReverse(Arguments arguments, const BindContext& context) {
  const bool nullable = AnyNullable(arguments);
  if (arguments[0]->type()->id() != arrow::Type::LIST) {
    ARROW_ASSIGN_OR_RAISE(arguments[0], Coerce("reverse", 0, arguments[0], arrow::utf8(), context));
    return MakeCall("reverse", arrow::utf8(), nullable, std::move(arguments),
                    RowKernel<std::string, std::string_view>(
                        arrow::utf8(), [](std::string* out, std::string_view text) {
                          AppendReversed(text, out);
                        }));
  }
  const DataTypePtr type = arguments[0]->type();
  return MakeCall(
      "reverse", type, nullable, std::move(arguments),
      ListKernel(type, [](const Columns& columns, int64_t i, ListColumnBuilder* builder) -> Status {
        const ListRow list = RowOf(columns[0], i);
        for (int64_t e = list.size(); e-- > 0;) {
          ARROW_RETURN_NOT_OK(builder->AppendItems(list.values(), list.begin() + e, 1));
        }
        return Status::OK();
      }));
}

Result<ExpressionPtr> BindCompact(Arguments arguments, const BindContext&) {
  ARROW_ASSIGN_OR_RAISE(FieldPtr element, ElementOf("array_compact", 0, *arguments[0]));
  const DataTypePtr type = ArrayOf(element->type(), false);
  const bool nullable = AnyNullable(arguments);
  return MakeCall(
      "array_compact", type, nullable, std::move(arguments),
      ListKernel(type, [](const Columns& columns, int64_t i, ListColumnBuilder* builder) -> Status {
        const ListRow list = RowOf(columns[0], i);
        for (int64_t e = 0; e < list.size(); ++e) {
          if (list.IsNull(e)) continue;
          ARROW_RETURN_NOT_OK(builder->AppendItems(list.values(), list.begin() + e, 1));
        }
        return Status::OK();
      }));
}

Result<ExpressionPtr> BindExtreme(const std::string& name, Arguments arguments, bool greatest) {
  ARROW_ASSIGN_OR_RAISE(FieldPtr element, ElementOf(name, 0, *arguments[0]));
  if (!IsOrderable(*element->type())) {
    return UnexpectedInputType(name, 0, "ARRAY of an orderable type", *arguments[0]);
  }
  return MakeCall(
      name, element->type(), true, std::move(arguments),
      ColumnKernel([greatest](const Columns& columns,
                              const EvaluationContext& evaluation) -> Result<ArrayPtr> {
        std::vector<int64_t> positions(static_cast<size_t>(columns.rows), -1);
        for (int64_t i = 0; i < columns.rows; ++i) {
          if (columns[0].IsNull(i)) continue;
          const ListRow list = RowOf(columns[0], i);
          int64_t best = -1;
          for (int64_t e = list.begin(); e < list.begin() + list.size(); ++e) {
            if (list.values().IsNull(e)) continue;
            const int order = best < 0 ? 0 : CompareValues(list.values(), e, list.values(), best);
            if (best < 0 || (greatest ? order > 0 : order < 0)) best = e;
          }
          positions[static_cast<size_t>(i)] = best;
        }
        return GatherValues(static_cast<const arrow::ListArray&>(*columns[0].array).values(),
                            positions, evaluation.pool);
      }));
}

}  // namespace

void RegisterArrayFunctions(FunctionRegistry* registry) {
  Add(registry, {"array_contains"},
      {"array_contains(array, value) -> boolean",
       "Whether the array holds the value; null if it is absent and there are nulls.",
       "array_contains(array(1, 2, 3), 2)"},
      2, 2, BindContains);
  Add(registry, {"array_position"},
      {"array_position(array, value) -> bigint", "Position of the value, from 1; 0: absent.",
       "array_position(array(312, 773, 708, 708), 708)"},
      2, 2, BindPosition);
  Add(registry, {"array_remove"},
      {"array_remove(array, value) -> array", "The array without a value.",
       "array_remove(array(1, 2, 3, NULL, 3), 3)"},
      2, 2, BindRemove);
  Add(registry, {"array_join"},
      {"array_join(array, delimiter[, null_text]) -> string",
       "The elements as one text; nulls are skipped unless there is a text for them.",
       "array_join(array('hello', NULL, 'world'), ' ', ',')"},
      2, 3, BindJoin);
  Add(registry, {"array_repeat"},
      {"array_repeat(value, count) -> array", "An array of equal values.",
       "array_repeat('123', 2)"},
      2, 2, BindRepeat);
  for (const bool front : {false, true}) {
    const std::string name = front ? "array_prepend" : "array_append";
    Add(registry, {name},
        {name + "(array, value) -> array",
         front ? "The array with a value before it." : "The array with a value after it.",
         name + "(array('b', 'd', 'c', 'a'), 'd')"},
        2, 2, [name, front](Arguments arguments, const BindContext& context) {
          return BindExtend(name, std::move(arguments), front, context);
        });
  }
  Add(registry, {"slice"},
      {"slice(array, start, length) -> array", "Some elements from a start that counts from 1.",
       "slice(array(1, 2, 3, 4), 2, 2)"},
      3, 3, BindSlice);
  Add(registry, {"flatten"},
      {"flatten(array of arrays) -> array", "The elements of the inner arrays.",
       "flatten(array(array(1, 2), array(3, 4)))"},
      1, 1, BindFlatten);
  Add(registry, {"reverse"},
      {"reverse(text or array) -> text or array", "The characters or elements backwards.",
       "reverse(array(2, 1, 4, 3))"},
      1, 1, BindReverse);
  Add(registry, {"array_compact"},
      {"array_compact(array) -> array", "The elements that are not null.",
       "array_compact(array(1, 2, 3, NULL))"},
      1, 1, BindCompact);
  for (const bool greatest : {false, true}) {
    const std::string name = greatest ? "array_max" : "array_min";
    Add(registry, {name},
        {name + "(array) -> element",
         greatest ? "The largest element, nulls passed over."
                  : "The smallest element, nulls passed over.",
         name + "(array(1, 20, NULL, 3))"},
        1, 1, [name, greatest](Arguments arguments, const BindContext&) {
          return BindExtreme(name, std::move(arguments), greatest);
        });
  }
}

}  // namespace headrace
