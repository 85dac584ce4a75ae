// from_avro, to_avro.
#include <optional>

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/util/bit_util.h>
#include <fmt/format.h>

#include "base/options.h"
#include "functions/avro/avro_decoder.h"
#include "functions/avro/avro_encoder.h"
#include "functions/decoder_pool.h"
#include "functions/format_arguments.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"
#include "functions/topics.h"

namespace headrace {
namespace {

// How from_avro reads.
struct FromAvro {
  AvroSchemaPtr written;
  AvroSchemaPtr wanted;  // null: as written
  AvroReadOptions read;
  bool permissive = false;  // what cannot be read is null
  DataTypePtr type;
};

Status WrongArgument(const std::string& function, const std::string& message,
                     const std::string& hint) {
  return AnalysisError("DATATYPE_MISMATCH.TYPE_CHECK_FAILURE_WITH_HINT",
                       "`" + function + "`: " + message + ". " + hint,
                       {{"msg", message}, {"hint", hint}, {"sqlExpr", "\"" + function + "\""}});
}

Result<AvroSchemaPtr> AvroSchemaArgument(const std::string& function, const Expression& argument) {
  std::optional<std::string> text;
  if (argument.foldable() && IsString(*argument.type())) {
    ARROW_ASSIGN_OR_RAISE(text, ConstantText(argument));
  }
  if (!text) {
    return WrongArgument(function, "the second argument must be a constant string",
                         "It holds the Avro schema as JSON");
  }
  return AvroSchema::Parse(*text);
}

Result<Options> AvroOptions(const std::string& function, const Expression& argument) {
  const auto* map = dynamic_cast<const arrow::MapType*>(argument.type().get());
  if (map == nullptr || !IsString(*map->key_type()) || !IsString(*map->item_type()) ||
      !argument.foldable()) {
    return WrongArgument(function, "the third argument must be a constant map of strings",
                         "It holds the options");
  }
  return OptionsArgument(function, argument);
}

Status ParseOptions(const Options& options, FromAvro* reading) {
  const std::string mode = options.GetOr("mode", "FAILFAST");
  if (EqualsIgnoreCase(mode, "DROPMALFORMED")) {
    return AnalysisError("PARSE_MODE_UNSUPPORTED",
                         "`from_avro` can't drop rows; its mode is PERMISSIVE or FAILFAST, not "
                         "DROPMALFORMED",
                         {{"funcName", "`from_avro`"}, {"mode", "DROPMALFORMED"}});
  }
  // Any other word means PERMISSIVE, as in Spark.
  reading->permissive = !EqualsIgnoreCase(mode, "FAILFAST");
  if (const auto json = options.Get("avroSchema")) {
    ARROW_ASSIGN_OR_RAISE(reading->wanted, AvroSchema::Parse(*json));
  }
  ARROW_ASSIGN_OR_RAISE(reading->read.positional,
                        options.GetBool("positionalFieldMatching", false));
  AvroTypeOptions& types = reading->read.types;
  ARROW_ASSIGN_OR_RAISE(types.stable_union_names,
                        options.GetBool("enableStableIdentifiersForUnionType", false));
  types.stable_union_prefix = options.GetOr("stableIdentifierPrefixForUnionType", "member_");
  ARROW_ASSIGN_OR_RAISE(const int64_t depth, options.GetInt("recursiveFieldMaxDepth", -1));
  if (depth > 15) {
    return IllegalArgument("", fmt::format("The option recursiveFieldMaxDepth is {}, but must not "
                                           "be above 15.",
                                           depth));
  }
  types.recursive_field_max_depth = static_cast<int>(std::max<int64_t>(depth, 0));
  const std::string rebase = options.GetOr("datetimeRebaseMode", "CORRECTED");
  if (!EqualsIgnoreCase(rebase, "CORRECTED")) {
    return NotSupported("the option datetimeRebaseMode = '" + rebase + "' of from_avro",
                        "Days and times are of one calendar here; leave it out, or use CORRECTED");
  }
  return Status::OK();
}

Status Malformed(const std::string& why) {
  return MakeError(ErrorKind::kSpark, "",
                   "`from_avro`: " + why +
                       ". The mode FAILFAST stops at it; set the option `mode` to PERMISSIVE to "
                       "get nulls instead.");
}

// A malformed record is a row whose fields are null, not a null.
Result<ArrayPtr> WithEmptyRows(const ArrayPtr& rows, const std::vector<int64_t>& malformed) {
  if (malformed.empty() || rows->type_id() != arrow::Type::STRUCT) return rows;
  auto data = rows->data()->Copy();
  ARROW_ASSIGN_OR_RAISE(auto bits, arrow::AllocateBitmap(rows->length()));
  for (int64_t i = 0; i < rows->length(); ++i) {
    arrow::bit_util::SetBitTo(bits->mutable_data(), i, rows->IsValid(i));
  }
  for (const int64_t row : malformed) arrow::bit_util::SetBit(bits->mutable_data(), row);
  data->buffers[0] = std::move(bits);
  data->null_count = arrow::kUnknownNullCount;
  return arrow::MakeArray(data);
}

Result<ArrayPtr> Decode(const arrow::BinaryArray& values, bool permissive, AvroDecoder* decoder) {
  std::vector<int64_t> malformed;
  for (int64_t i = 0; i < values.length(); ++i) {
    if (values.IsNull(i)) {
      decoder->AppendNull();
      continue;
    }
    const auto used = decoder->Append(values.GetView(i));
    if (used.ok()) continue;
    if (!permissive) return Malformed(used.status().message());
    decoder->AppendNull();
    malformed.push_back(i);
  }
  ARROW_ASSIGN_OR_RAISE(auto rows, decoder->Finish());
  return WithEmptyRows(rows, malformed);
}

Result<ExpressionPtr> BindFromAvro(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("from_avro", arguments.size(), 2, 3));
  ARROW_ASSIGN_OR_RAISE(arguments[0],
                        Coerce("from_avro", 0, arguments[0], arrow::binary(), context));
  FromAvro reading;
  ARROW_ASSIGN_OR_RAISE(reading.written, AvroSchemaArgument("from_avro", *arguments[1]));
  Options options;
  if (arguments.size() == 3 && !IsNullType(*arguments[2]->type())) {
    ARROW_ASSIGN_OR_RAISE(options, AvroOptions("from_avro", *arguments[2]));
  }
  ARROW_RETURN_NOT_OK(ParseOptions(options, &reading));
  const AvroSchemaPtr& expected = reading.wanted ? reading.wanted : reading.written;
  ARROW_ASSIGN_OR_RAISE(const auto field, SparkTypeOf(expected->root(), reading.read.types));
  reading.type = reading.permissive ? AsNullable(field->type()) : field->type();
  const auto make = [reading] {
    return AvroDecoder::Make(reading.written, reading.wanted, reading.type, reading.read);
  };
  // Finds out now what can't be read.
  ARROW_ASSIGN_OR_RAISE(auto first, make());
  auto pool = std::make_shared<DecoderPool<AvroDecoder>>(make);
  pool->Return(std::move(first));
  arguments.resize(1);
  return MakeCall(
      "from_avro", reading.type, true, std::move(arguments),
      ColumnKernel([pool, permissive = reading.permissive](
                       const Columns& columns, const EvaluationContext&) -> Result<ArrayPtr> {
        ARROW_ASSIGN_OR_RAISE(auto decoder, pool->Take());
        ARROW_ASSIGN_OR_RAISE(
            auto rows, Decode(static_cast<const arrow::BinaryArray&>(*columns[0].array), permissive,
                              decoder.get()));
        pool->Return(std::move(decoder));
        return rows;
      }));
}

Result<ArrayPtr> Encode(const AvroEncoder& encoder, const arrow::Array& values) {
  std::string bytes;
  std::vector<int64_t> ends;
  ARROW_RETURN_NOT_OK(encoder.Append(values, &bytes, &ends));
  arrow::BinaryBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Reserve(values.length()));
  ARROW_RETURN_NOT_OK(builder.ReserveData(static_cast<int64_t>(bytes.size())));
  int64_t begin = 0;
  for (int64_t i = 0; i < values.length(); ++i) {
    const int64_t end = ends[static_cast<size_t>(i)];
    if (values.IsNull(i)) {
      builder.UnsafeAppendNull();
    } else {
      builder.UnsafeAppend(bytes.data() + begin, static_cast<int32_t>(end - begin));
    }
    begin = end;
  }
  return builder.Finish();
}

Result<ExpressionPtr> BindToAvro(Arguments arguments, const BindContext&) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("to_avro", arguments.size(), 1, 2));
  const DataTypePtr type = arguments[0]->type();
  const bool nullable = arguments[0]->nullable();
  AvroSchemaPtr schema;
  if (arguments.size() == 2 && !IsNullType(*arguments[1]->type())) {
    ARROW_ASSIGN_OR_RAISE(schema, AvroSchemaArgument("to_avro", *arguments[1]));
  } else {
    ARROW_ASSIGN_OR_RAISE(const auto json, AvroSchemaOf(*type, nullable, "topLevelRecord", ""));
    ARROW_ASSIGN_OR_RAISE(schema, AvroSchema::Parse(json));
  }
  ARROW_ASSIGN_OR_RAISE(auto encoder, AvroEncoder::Make(type, schema, /*positional=*/false));
  arguments.resize(1);
  return MakeCall(
      "to_avro", arrow::binary(), nullable, std::move(arguments),
      ColumnKernel([encoder](const Columns& columns, const EvaluationContext&) -> Result<ArrayPtr> {
        return Encode(*encoder, *columns[0].array);
      }));
}

void Add(FunctionRegistry* registry, const std::string& name, FunctionDocumentation documentation,
         std::function<Result<ExpressionPtr>(Arguments, const BindContext&)> bind) {
  ScalarFunction function;
  function.names = {name};
  function.documentation = std::move(documentation);
  function.nulls = NullBehaviour::kCustom;
  function.bind = std::move(bind);
  registry->Add(std::move(function));
}

}  // namespace

void RegisterAvroFunctions(FunctionRegistry* registry) {
  Add(registry, "from_avro",
      {"from_avro(bytes, schema[, options]) -> the schema's type",
       "The value that Avro's binary form holds.", "from_avro(X'02', '\"int\"')"},
      BindFromAvro);
  Add(registry, "to_avro",
      {"to_avro(value[, schema]) -> binary", "A value in Avro's binary form.", "hex(to_avro(1))"},
      BindToAvro);
}

}  // namespace headrace
