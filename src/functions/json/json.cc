// from_json, to_json, get_json_object, json_array_length, json_object_keys, schema_of_json.
#include <fmt/format.h>

#include "functions/decoder_pool.h"
#include "functions/format_arguments.h"
#include "functions/json/json_decoder.h"
#include "functions/json/json_inference.h"
#include "functions/json/json_path.h"
#include "functions/json/json_text.h"
#include "functions/json/json_writer.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"
#include "functions/string/string_list.h"
#include "functions/topics.h"

namespace headrace {
namespace {

using std::string_view;

// How files hold records means nothing for a single text.
Options WithoutFileOptions(const Options& given) {
  Options rest;
  for (const auto& [key, value] : given.values()) {
    const std::string name = ToLower(key);
    if (name != "encoding" && name != "charset" && name != "linesep" && name != "compression") {
      rest.Set(key, value);
    }
  }
  return rest;
}

Status CheckCorruptColumn(const DataType& type, const JsonReadOptions& options) {
  if (type.id() != arrow::Type::STRUCT) return Status::OK();
  const auto field =
      static_cast<const arrow::StructType&>(type).GetFieldByName(options.corrupt_record_column);
  if (field == nullptr || IsString(*field->type())) return Status::OK();
  return AnalysisError("INVALID_CORRUPT_RECORD_TYPE",
                       fmt::format("the column `{}` takes what cannot be read, so it must be a "
                                   "string, not \"{}\"",
                                   field->name(), SqlName(*field->type())),
                       {{"columnName", "`" + field->name() + "`"},
                        {"actualType", "\"" + SqlName(*field->type()) + "\""}});
}

Result<ExpressionPtr> BindFromJson(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("from_json", arguments.size(), 2, 3));
  ARROW_ASSIGN_OR_RAISE(arguments[0], Coerce("from_json", 0, arguments[0], arrow::utf8(), context));
  ARROW_ASSIGN_OR_RAISE(DataTypePtr type, SchemaArgument("from_json", *arguments[1]));
  Options given;
  if (arguments.size() == 3) {
    ARROW_ASSIGN_OR_RAISE(given, OptionsArgument("from_json", *arguments[2]));
  }
  ARROW_ASSIGN_OR_RAISE(auto options,
                        JsonReadOptions::Parse(WithoutFileOptions(given), context.zone));
  ARROW_RETURN_NOT_OK(CheckCorruptColumn(*type, options));
  if (options.mode == JsonMode::kDropMalformed) {
    return AnalysisError("PARSE_MODE_UNSUPPORTED",
                         "`from_json` can't drop rows; its mode is PERMISSIVE or FAILFAST, not "
                         "DROPMALFORMED",
                         {{"funcName", "`from_json`"}, {"mode", "DROPMALFORMED"}});
  }
  // Finds out now what can't be read.
  ARROW_ASSIGN_OR_RAISE(auto first, JsonDecoder::Make(type, options));
  auto pool = std::make_shared<DecoderPool<JsonDecoder>>(
      [type, options] { return JsonDecoder::Make(type, options); });
  pool->Return(std::move(first));
  // The schema is in the type; options stay visible, for they may forbid rewrites.
  arguments.erase(arguments.begin() + 1);
  return MakeCall(
      "from_json", type, true, std::move(arguments),
      ColumnKernel([pool](const Columns& columns, const EvaluationContext&) -> Result<ArrayPtr> {
        ARROW_ASSIGN_OR_RAISE(auto decoder, pool->Take());
        auto decoded =
            decoder->DecodeStrings(static_cast<const arrow::StringArray&>(*columns[0].array));
        pool->Return(std::move(decoder));
        return decoded;
      }));
}

Result<ExpressionPtr> BindToJson(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("to_json", arguments.size(), 1, 2));
  Options given;
  if (arguments.size() == 2) {
    ARROW_ASSIGN_OR_RAISE(given, OptionsArgument("to_json", *arguments[1]));
  }
  ARROW_ASSIGN_OR_RAISE(auto options,
                        JsonWriteOptions::Parse(WithoutFileOptions(given), context.zone));
  const DataTypePtr type = arguments[0]->type();
  if (IsNullType(*type)) return MakeLiteral(arrow::MakeNullScalar(arrow::utf8()));
  if (type->num_fields() == 0 && type->id() != arrow::Type::STRUCT) {
    return AnalysisError(
        "DATATYPE_MISMATCH.INVALID_JSON_SCHEMA",
        fmt::format("`to_json` takes a struct, an array or a map, not \"{}\"", SqlName(*type)),
        {{"schema", "\"" + SqlName(*type) + "\""}});
  }
  ARROW_ASSIGN_OR_RAISE(auto writer, JsonWriter::Make(type, options));
  arguments.resize(1);
  const bool nullable = AnyNullable(arguments);
  return MakeCall(
      "to_json", arrow::utf8(), nullable, std::move(arguments),
      ColumnKernel([writer](const Columns& columns,
                            const EvaluationContext& evaluation) -> Result<ArrayPtr> {
        ARROW_ASSIGN_OR_RAISE(Validity validity, CombineValidity(columns, evaluation.pool));
        Writer<std::string> out;
        ARROW_RETURN_NOT_OK(out.Open(columns.rows, evaluation.pool));
        const arrow::Array& values = *columns[0].array;
        for (int64_t i = 0; i < columns.rows; ++i) {
          if (!validity.IsValid(i)) {
            out.Null(i);
            continue;
          }
          ARROW_RETURN_NOT_OK(
              out.Write(i, [&](std::string* text) { return writer->AppendRow(values, i, text); }));
        }
        return out.Finish(arrow::utf8(), columns.rows, std::move(validity));
      }));
}

// Copies start afresh: kernels are copied for each batch.
struct DocumentHolder {
  DocumentHolder() = default;
  DocumentHolder(const DocumentHolder&) {}
  DocumentHolder& operator=(const DocumentHolder&) = delete;
  JsonDocument* get() {
    if (!document) document = std::make_unique<JsonDocument>();
    return document.get();
  }
  std::unique_ptr<JsonDocument> document;
};

Result<ScalarKernel> GetJsonObjectKernel(Arguments* arguments, const BindContext&) {
  ARROW_ASSIGN_OR_RAISE(auto text, ConstantText(*(*arguments)[1]));
  std::optional<JsonPath> constant;
  if (text) constant = JsonPath::Parse(*text);
  const bool is_constant = text.has_value();
  return RowKernel<std::string, string_view, string_view>(
      arrow::utf8(), [is_constant, constant, holder = DocumentHolder()](
                         std::string* out, string_view json, string_view path) mutable {
        std::optional<JsonPath> parsed;
        if (!is_constant) parsed = JsonPath::Parse(path);
        const std::optional<JsonPath>& used = is_constant ? constant : parsed;
        return used && holder.get()->Open(json) && holder.get()->Find(*used, out);
      });
}

bool ArrayLength(JsonDocument* document, string_view json, int32_t* out) {
  if (!document->Open(json)) return false;
  JsonCursor cursor = document->cursor();
  if (cursor.Peek() != '[') return false;
  *out = 0;
  cursor.Next();
  if (cursor.Peek() == ']') return true;
  do {
    ++*out;
    if (!document->reader()->Skip(&cursor)) return false;
    if (cursor.Peek() == ']') return true;
    cursor.Next();
  } while (true);
}

ScalarKernel ObjectKeysKernel() {
  return ColumnKernel(
      [](const Columns& columns, const EvaluationContext& context) -> Result<ArrayPtr> {
        ARROW_ASSIGN_OR_RAISE(Validity combined, CombineValidity(columns, context.pool));
        ValidityWriter validity(std::move(combined), columns.rows, context.pool);
        StringListWriter writer(columns.rows);
        JsonDocument document;
        const Reader<string_view> json(columns[0]);
        for (int64_t i = 0; i < columns.rows; ++i, writer.EndRow()) {
          if (!validity.IsValid(i)) continue;
          JsonCursor cursor;
          if (document.Open(json[i])) cursor = document.cursor();
          if (cursor.token == nullptr || cursor.Peek() != '{') {
            ARROW_RETURN_NOT_OK(validity.SetNull(i));
            continue;
          }
          cursor.Next();
          while (cursor.Peek() == '"') {
            std::string key;
            UnescapeJson(ScanJsonString(cursor.at(), cursor.end()).raw(), &key);
            writer.Append(key);
            cursor.Next();
            cursor.Next();
            document.reader()->Skip(&cursor);
            if (cursor.Peek() != ',') break;
            cursor.Next();
          }
        }
        return writer.Finish(ArrayOf(arrow::utf8()), validity.Take());
      });
}

Result<ExpressionPtr> BindSchemaOfJson(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("schema_of_json", arguments.size(), 1, 2));
  ARROW_ASSIGN_OR_RAISE(arguments[0],
                        Coerce("schema_of_json", 0, arguments[0], arrow::utf8(), context));
  ARROW_ASSIGN_OR_RAISE(auto text, ConstantText(*arguments[0]));
  if (!text && arguments[0]->foldable()) {
    return AnalysisError("DATATYPE_MISMATCH.UNEXPECTED_NULL",
                         "`schema_of_json` takes a JSON text that is not null",
                         {{"exprName", "`json`"}});
  }
  if (!text) {
    return AnalysisError("DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
                         "`schema_of_json` takes a constant JSON text that is not null",
                         {{"inputName", "`json`"}, {"inputType", "\"STRING\""}});
  }
  Options given;
  if (arguments.size() == 2) {
    ARROW_ASSIGN_OR_RAISE(given, OptionsArgument("schema_of_json", *arguments[1]));
  }
  ARROW_ASSIGN_OR_RAISE(auto options,
                        JsonReadOptions::Parse(WithoutFileOptions(given), context.zone));
  JsonInference inference(options);
  if (!inference.Add(*text)) {
    return MakeError(ErrorKind::kRuntime, "MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
                     "`schema_of_json`: the text is not JSON: " + text->substr(0, 200),
                     {{"badRecord", text->substr(0, 200)}, {"failFastMode", "FAILFAST"}});
  }
  DataTypePtr type = inference.Finish();
  const std::string ddl = IsNullType(*type) ? "STRING" : SqlName(*type);
  return MakeLiteral(std::make_shared<arrow::StringScalar>(ddl));
}

void Add(FunctionRegistry* registry, const std::string& name, FunctionDocumentation documentation,
         std::function<Result<ExpressionPtr>(Arguments, const BindContext&)> bind,
         DisplayName display) {
  ScalarFunction function;
  function.names = {name};
  function.documentation = std::move(documentation);
  function.nulls = NullBehaviour::kCustom;
  function.bind = std::move(bind);
  function.display = std::move(display);
  registry->Add(std::move(function));
}

std::string FromJsonText(const std::vector<std::string>& arguments) {
  std::string schema = ToLower(arguments.size() > 1 ? arguments[1] : "");
  std::erase_if(schema, [](char c) { return c == ' '; });
  if (schema.starts_with("map<") || schema.starts_with("{\"type\":\"map\"")) return "entries";
  return "from_json(" + arguments[0] + ")";
}

DisplayName FirstOnly(std::string name) {
  return [name = std::move(name)](const std::vector<std::string>& arguments) {
    return name + "(" + (arguments.empty() ? "" : arguments[0]) + ")";
  };
}

}  // namespace

void RegisterJsonFunctions(FunctionRegistry* registry) {
  Add(registry, "from_json",
      {"from_json(json, schema[, options]) -> struct, array or map",
       "The value of a JSON text, read into a schema.",
       "from_json('{\"a\":1, \"b\":0.8}', 'a INT, b DOUBLE')"},
      BindFromJson, FromJsonText);
  Add(registry, "to_json",
      {"to_json(value[, options]) -> string", "A struct, an array or a map as JSON text.",
       "to_json(named_struct('a', 1, 'b', 2))"},
      BindToJson, FirstOnly("to_json"));
  Add(registry, "schema_of_json",
      {"schema_of_json(json[, options]) -> string", "The schema of a JSON text, as DDL.",
       "schema_of_json('[{\"col\":0}]')"},
      BindSchemaOfJson, FirstOnly("schema_of_json"));
  FixedFunction get;
  get.names = {"get_json_object"};
  get.documentation = {"get_json_object(json, path) -> string",
                       "What a path such as $.a[0].b leads to; null when nothing.",
                       "get_json_object('{\"a\":\"b\"}', '$.a')"};
  get.parameters = {arrow::utf8(), arrow::utf8()};
  get.result = arrow::utf8();
  get.make = GetJsonObjectKernel;
  get.nulls = NullBehaviour::kCustom;
  AddFixed(registry, std::move(get));
  AddSimple(registry, {"json_array_length"},
            {"json_array_length(json) -> int",
             "How many elements the outermost array has; null when there is none.",
             "json_array_length('[1,2,3]')"},
            {arrow::utf8()}, arrow::int32(),
            RowKernel<int32_t, string_view>(
                arrow::int32(),
                [holder = DocumentHolder()](int32_t* out, string_view json) mutable {
                  return ArrayLength(holder.get(), json, out);
                }),
            NullBehaviour::kCustom);
  AddSimple(registry, {"json_object_keys"},
            {"json_object_keys(json) -> array<string>",
             "The keys of the outermost object; null when there is none.",
             "json_object_keys('{\"a\":1, \"b\":2}')"},
            {arrow::utf8()}, ArrayOf(arrow::utf8()), ObjectKeysKernel(), NullBehaviour::kCustom);
}

}  // namespace headrace
