// from_csv, to_csv, schema_of_csv.
#include <mutex>

#include <arrow/builder.h>
#include <fmt/format.h>

#include "functions/csv/csv_record_decoder.h"
#include "functions/csv/csv_row_writer.h"
#include "functions/csv/csv_type_inference.h"
#include "functions/format_arguments.h"
#include "functions/row_kernel.h"
#include "functions/topics.h"

namespace headrace {
namespace {

// Decoders keep buffers and serve one thread at a time.
class DecoderPool {
 public:
  DecoderPool(DataTypePtr type, CsvOptions options)
      : type_(std::move(type)), options_(std::move(options)) {}

  Result<std::unique_ptr<CsvRecordDecoder>> Take() {
    std::lock_guard lock(mutex_);
    if (idle_.empty()) return CsvRecordDecoder::Make(type_, options_);
    auto decoder = std::move(idle_.back());
    idle_.pop_back();
    return decoder;
  }
  void Return(std::unique_ptr<CsvRecordDecoder> decoder) {
    std::lock_guard lock(mutex_);
    idle_.push_back(std::move(decoder));
  }

 private:
  const DataTypePtr type_;
  const CsvOptions options_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<CsvRecordDecoder>> idle_;
};

Result<Options> GivenOptions(const std::string& function, const Arguments& arguments, size_t at) {
  if (arguments.size() <= at) return Options();
  return OptionsArgument(function, *arguments[at]);
}

Result<ExpressionPtr> BindFromCsv(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("from_csv", arguments.size(), 2, 3));
  if (!IsString(*arguments[0]->type()) && !IsNullType(*arguments[0]->type())) {
    return UnexpectedInputType("from_csv", 0, "\"STRING\"", *arguments[0]);
  }
  ARROW_ASSIGN_OR_RAISE(arguments[0], Coerce("from_csv", 0, arguments[0], arrow::utf8(), context));
  ARROW_ASSIGN_OR_RAISE(DataTypePtr type, SchemaArgument("from_csv", *arguments[1]));
  if (type->id() != arrow::Type::STRUCT) {
    return AnalysisError(
        "INVALID_SCHEMA.NON_STRUCT_TYPE",
        "the schema of `from_csv` must be a struct, not \"" + SqlName(*type) + "\"",
        {{"inputSchema", "\"" + arguments[1]->ToString() + "\""},
         {"dataType", "\"" + SqlName(*type) + "\""}});
  }
  ARROW_ASSIGN_OR_RAISE(const Options given, GivenOptions("from_csv", arguments, 2));
  ARROW_ASSIGN_OR_RAISE(auto options, CsvOptions::Parse(given, context.zone));
  if (options.mode == CsvMode::kDropMalformed) {
    return AnalysisError("PARSE_MODE_UNSUPPORTED",
                         "`from_csv` can't drop rows; its mode is PERMISSIVE or FAILFAST, not "
                         "DROPMALFORMED",
                         {{"funcName", "`from_csv`"}, {"mode", "DROPMALFORMED"}});
  }
  auto pool = std::make_shared<DecoderPool>(type, options);
  // Finds out now what cannot be read.
  ARROW_ASSIGN_OR_RAISE(auto first, pool->Take());
  pool->Return(std::move(first));
  arguments.erase(arguments.begin() + 1);
  return MakeCall(
      "from_csv", type, true, std::move(arguments),
      ColumnKernel([pool](const Columns& columns, const EvaluationContext&) -> Result<ArrayPtr> {
        ARROW_ASSIGN_OR_RAISE(auto decoder, pool->Take());
        auto decoded = decoder->Decode(static_cast<const arrow::StringArray&>(*columns[0].array));
        pool->Return(std::move(decoder));
        return decoded;
      }));
}

Result<ExpressionPtr> BindToCsv(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("to_csv", arguments.size(), 1, 2));
  ARROW_ASSIGN_OR_RAISE(const Options given, GivenOptions("to_csv", arguments, 1));
  ARROW_ASSIGN_OR_RAISE(auto options, CsvWriteOptions::Parse(given, context.zone));
  const DataTypePtr type = arguments[0]->type();
  if (type->id() != arrow::Type::STRUCT) {
    return AnalysisError(
        "DATATYPE_MISMATCH.UNSUPPORTED_INPUT_TYPE",
        fmt::format("`to_csv` takes a struct, not \"{}\"", SqlName(*type)),
        {{"functionName", "`to_csv`"}, {"dataType", "\"" + SqlName(*type) + "\""}});
  }
  auto writer = std::make_shared<const CsvRowWriter>(std::move(options));
  arguments.resize(1);
  const bool nullable = AnyNullable(arguments);
  return MakeCall("to_csv", arrow::utf8(), nullable, std::move(arguments),
                  ColumnKernel([writer](const Columns& columns,
                                        const EvaluationContext& evaluation) -> Result<ArrayPtr> {
                    ARROW_ASSIGN_OR_RAISE(Validity validity,
                                          CombineValidity(columns, evaluation.pool));
                    const auto& rows = static_cast<const arrow::StructArray&>(*columns[0].array);
                    arrow::ArrayVector fields;
                    for (int i = 0; i < rows.num_fields(); ++i) fields.push_back(rows.field(i));
                    ARROW_ASSIGN_OR_RAISE(const auto texts, writer->TextOf(fields));
                    arrow::StringBuilder out(evaluation.pool);
                    std::string text;
                    for (int64_t i = 0; i < columns.rows; ++i) {
                      text.clear();
                      if (validity.IsValid(i)) writer->AppendRow(texts, i, &text);
                      // Nothing but nulls gives no record.
                      ARROW_RETURN_NOT_OK(text.empty() ? out.AppendNull() : out.Append(text));
                    }
                    return out.Finish();
                  }));
}

Result<ExpressionPtr> BindSchemaOfCsv(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("schema_of_csv", arguments.size(), 1, 2));
  ARROW_ASSIGN_OR_RAISE(arguments[0],
                        Coerce("schema_of_csv", 0, arguments[0], arrow::utf8(), context));
  ARROW_ASSIGN_OR_RAISE(const auto text, ConstantText(*arguments[0]));
  if (!text) {
    const bool null = arguments[0]->foldable();
    return AnalysisError(
        null ? "DATATYPE_MISMATCH.UNEXPECTED_NULL" : "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
        "`schema_of_csv` takes a constant CSV text that is not null",
        {{"inputName", "`csv`"}, {"exprName", "csv"}, {"inputType", "\"STRING\""}});
  }
  ARROW_ASSIGN_OR_RAISE(const Options given, GivenOptions("schema_of_csv", arguments, 1));
  ARROW_ASSIGN_OR_RAISE(auto options, CsvOptions::Parse(given, context.zone));
  CsvTokenizer tokenizer(options);
  std::vector<CsvValue> values;
  size_t position = 0;
  if (!tokenizer.IsIgnored(*text)) tokenizer.Cut(*text, &position, &values);
  if (values.empty()) {
    return MakeError(ErrorKind::kSpark, "INTERNAL_ERROR",
                     "`schema_of_csv` was given a text without a record.");
  }
  const CsvTypeInference inference(options);
  arrow::FieldVector fields;
  for (size_t i = 0; i < values.size(); ++i) {
    CsvColumnType column;
    const CsvCell cell = CsvCellOf(values[i], options);
    if (!cell.is_null() && cell.size > 0) inference.Add(cell.text(), &column);
    fields.push_back(arrow::field("_c" + std::to_string(i), column.SparkType()));
  }
  return MakeLiteral(std::make_shared<arrow::StringScalar>(SqlName(*arrow::struct_(fields))));
}

void Add(FunctionRegistry* registry, const std::string& name, FunctionDocumentation documentation,
         std::function<Result<ExpressionPtr>(Arguments, const BindContext&)> bind) {
  ScalarFunction function;
  function.names = {name};
  function.documentation = std::move(documentation);
  function.nulls = NullBehaviour::kCustom;
  function.bind = std::move(bind);
  function.display = [name](const std::vector<std::string>& arguments) {
    return name + "(" + (arguments.empty() ? "" : arguments[0]) + ")";
  };
  registry->Add(std::move(function));
}

}  // namespace

void RegisterCsvFunctions(FunctionRegistry* registry) {
  Add(registry, "from_csv",
      {"from_csv(csv, schema[, options]) -> struct",
       "The values of a CSV record, read into a schema.", "from_csv('1, 0.8', 'a INT, b DOUBLE')"},
      BindFromCsv);
  Add(registry, "to_csv",
      {"to_csv(struct[, options]) -> string", "A struct as a CSV record.",
       "to_csv(named_struct('a', 1, 'b', 2))"},
      BindToCsv);
  Add(registry, "schema_of_csv",
      {"schema_of_csv(csv[, options]) -> string", "The schema of a CSV record, as DDL.",
       "schema_of_csv('1,abc')"},
      BindSchemaOfCsv);
}

}  // namespace headrace
