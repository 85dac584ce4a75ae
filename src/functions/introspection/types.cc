// typeof, and casts written as functions: int(x), string(x), ….
#include "functions/introspection/introspection_topics.h"
#include "functions/signature.h"

namespace headrace {

void RegisterTypeFunctions(FunctionRegistry* registry) {
  ScalarFunction type_of;
  type_of.names = {"typeof"};
  type_of.documentation = {"typeof(value) -> string", "The type of a value, as DDL.",
                           "typeof(array(1))"};
  type_of.nulls = NullBehaviour::kNeverNull;
  type_of.bind = [](Arguments arguments, const BindContext&) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount("typeof", arguments.size(), 1, 1));
    return MakeLiteral(std::make_shared<arrow::StringScalar>(SimpleString(*arguments[0]->type())));
  };
  registry->Add(std::move(type_of));

  const std::pair<const char*, DataTypePtr> casts[] = {
      {"boolean", arrow::boolean()}, {"tinyint", arrow::int8()},
      {"smallint", arrow::int16()},  {"int", arrow::int32()},
      {"bigint", arrow::int64()},    {"float", arrow::float32()},
      {"double", arrow::float64()},  {"decimal", arrow::decimal128(10, 0)},
      {"date", arrow::date32()},     {"timestamp", TimestampType()},
      {"binary", arrow::binary()},   {"string", arrow::utf8()}};
  for (const auto& [name, type] : casts) {
    ScalarFunction function;
    function.names = {name};
    function.documentation = {std::string(name) + "(value) -> " + SimpleString(*type),
                              "The value cast to " + SqlName(*type) + ".", ""};
    function.nulls = NullBehaviour::kCustom;
    function.bind = [name = std::string(name), type = type](
                        Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
      ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 1, 1));
      const CastOptions options = context.cast_options();
      ARROW_RETURN_NOT_OK(CheckCast(*arguments[0]->type(), *type, options.mode));
      return MakeCast(std::move(arguments[0]), type, options);
    };
    registry->Add(std::move(function));
  }
}

}  // namespace headrace
