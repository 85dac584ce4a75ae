// concat (strings, binaries, arrays), concat_ws, and the operator ||.
#include "functions/collection/list_column.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"
#include "functions/string/string_topics.h"

namespace headrace {
namespace {

using std::string_view;

ScalarKernel ConcatBytesKernel(DataTypePtr type) {
  return ColumnKernel(
      [type](const Columns& columns, const EvaluationContext& context) -> Result<ArrayPtr> {
        ARROW_ASSIGN_OR_RAISE(Validity validity, CombineValidity(columns, context.pool));
        std::vector<Reader<string_view>> readers;
        for (const Column& column : columns.columns) readers.emplace_back(column);
        Writer<std::string> writer;
        ARROW_RETURN_NOT_OK(writer.Open(columns.rows, context.pool));
        for (int64_t i = 0; i < columns.rows; ++i) {
          if (!validity.IsValid(i)) {
            writer.Null(i);
            continue;
          }
          writer.Write(i, [&](std::string* out) {
            for (const auto& reader : readers) out->append(reader[i]);
          });
        }
        return writer.Finish(type, columns.rows, std::move(validity));
      });
}

ScalarKernel ConcatListsKernel(DataTypePtr type) {
  return ColumnKernel(
      [type](const Columns& columns, const EvaluationContext& context) -> Result<ArrayPtr> {
        ListColumnBuilder builder(type, context.pool);
        ARROW_RETURN_NOT_OK(builder.Open(columns.rows));
        for (int64_t i = 0; i < columns.rows; ++i) {
          bool null = false;
          for (const Column& column : columns.columns) null = null || column.IsNull(i);
          if (null) {
            builder.AppendNull();
            continue;
          }
          for (const Column& column : columns.columns) {
            const ListRow list(*column.array, column.row(i));
            ARROW_RETURN_NOT_OK(builder.AppendItems(list.values(), list.begin(), list.size()));
          }
          builder.EndRow();
        }
        return builder.Finish();
      });
}

Result<ExpressionPtr> BindConcat(Arguments arguments, const BindContext& context) {
  DataTypePtr type = arrow::utf8();
  bool lists = false, all_binary = !arguments.empty();
  for (const ExpressionPtr& argument : arguments) {
    lists = lists || argument->type()->id() == arrow::Type::LIST;
    all_binary = all_binary && argument->type()->id() == arrow::Type::BINARY;
  }
  const bool nullable = AnyNullable(arguments);
  if (lists) {
    ARROW_ASSIGN_OR_RAISE(type, CoerceToCommonType("concat", &arguments, 0, context));
    return MakeCall("concat", type, nullable, std::move(arguments), ConcatListsKernel(type));
  }
  if (all_binary) type = arrow::binary();
  for (size_t i = 0; i < arguments.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(arguments[i],
                          Coerce("concat", static_cast<int>(i), arguments[i], type, context));
  }
  return MakeCall("concat", type, nullable, std::move(arguments), ConcatBytesKernel(type));
}

// Null only if the separator is; other nulls are skipped, arrays contribute their elements.
ScalarKernel ConcatWithSeparatorKernel() {
  return ColumnKernel(
      [](const Columns& columns, const EvaluationContext& context) -> Result<ArrayPtr> {
        Columns separators;
        separators.columns = {columns[0]};
        separators.rows = columns.rows;
        ARROW_ASSIGN_OR_RAISE(Validity validity, CombineValidity(separators, context.pool));
        Writer<std::string> writer;
        ARROW_RETURN_NOT_OK(writer.Open(columns.rows, context.pool));
        const Reader<string_view> separator(columns[0]);
        for (int64_t i = 0; i < columns.rows; ++i) {
          if (!validity.IsValid(i)) {
            writer.Null(i);
            continue;
          }
          writer.Write(i, [&](std::string* out) {
            bool first = true;
            const auto add = [&](const arrow::Array& array, int64_t row) {
              if (array.IsNull(row)) return;
              if (!first) out->append(separator[i]);
              first = false;
              out->append(static_cast<const arrow::StringArray&>(array).GetView(row));
            };
            for (size_t k = 1; k < columns.size(); ++k) {
              const Column& column = columns[k];
              if (column.IsNull(i)) continue;
              if (column.array->type_id() == arrow::Type::LIST) {
                const ListRow list(*column.array, column.row(i));
                for (int64_t e = 0; e < list.size(); ++e) add(list.values(), list.begin() + e);
              } else {
                add(*column.array, column.row(i));
              }
            }
          });
        }
        return writer.Finish(arrow::utf8(), columns.rows, std::move(validity));
      });
}

Result<ExpressionPtr> BindConcatWithSeparator(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("concat_ws", arguments.size(), 1, kAnyNumber));
  for (size_t i = 0; i < arguments.size(); ++i) {
    const bool list = i > 0 && arguments[i]->type()->id() == arrow::Type::LIST;
    const DataTypePtr type = list ? ArrayOf(arrow::utf8()) : arrow::utf8();
    ARROW_ASSIGN_OR_RAISE(arguments[i],
                          Coerce("concat_ws", static_cast<int>(i), arguments[i], type, context));
  }
  const bool nullable = arguments[0]->nullable();
  return MakeCall("concat_ws", arrow::utf8(), nullable, std::move(arguments),
                  ConcatWithSeparatorKernel());
}

}  // namespace

void RegisterConcatFunctions(FunctionRegistry* registry) {
  ScalarFunction concat;
  concat.names = {"concat", "||"};
  concat.documentation = {"concat(a, …) -> string, binary or array",
                          "The arguments one after another.", "concat('Spark', 'SQL')"};
  concat.display = DisplayAs("concat");
  concat.bind = BindConcat;
  registry->Add(std::move(concat));

  ScalarFunction concat_ws;
  concat_ws.names = {"concat_ws"};
  concat_ws.documentation = {"concat_ws(separator, a, …) -> string",
                             "Strings and elements of string arrays, joined; nulls are skipped.",
                             "concat_ws(' ', 'Spark', NULL, 'SQL')"};
  concat_ws.nulls = NullBehaviour::kCustom;
  concat_ws.bind = BindConcatWithSeparator;
  registry->Add(std::move(concat_ws));
}

}  // namespace headrace
