#include "functions/format_arguments.h"

#include <fmt/format.h>

namespace headrace {

Result<Options> OptionsArgument(const std::string& function, const Expression& argument) {
  const DataType& type = *argument.type();
  const auto* map = dynamic_cast<const arrow::MapType*>(&type);
  if (map == nullptr || !argument.foldable()) {
    return AnalysisError("INVALID_OPTIONS.NON_MAP_FUNCTION",
                         fmt::format("the options of `{}` must be a constant map", function));
  }
  if (!IsString(*map->key_type()) || !IsString(*map->item_type())) {
    return AnalysisError("INVALID_OPTIONS.NON_STRING_TYPE",
                         fmt::format("the options of `{}` must be a map of strings, not \"{}\"",
                                     function, SqlName(type)),
                         {{"mapType", "\"" + SqlName(type) + "\""}});
  }
  ARROW_ASSIGN_OR_RAISE(auto scalar, Fold(argument));
  Options options;
  if (!scalar->is_valid) return options;
  const auto& entries =
      static_cast<const arrow::StructArray&>(*static_cast<const arrow::MapScalar&>(*scalar).value);
  const auto& keys = static_cast<const arrow::StringArray&>(*entries.field(0));
  const auto& values = static_cast<const arrow::StringArray&>(*entries.field(1));
  for (int64_t i = 0; i < entries.length(); ++i) {
    if (values.IsValid(i)) options.Set(keys.GetString(i), values.GetString(i));
  }
  return options;
}

Result<DataTypePtr> SchemaArgument(const std::string& function, const Expression& argument) {
  if (!argument.foldable() || !IsString(*argument.type())) {
    return AnalysisError("INVALID_SCHEMA.NON_STRING_LITERAL",
                         fmt::format("the schema of `{}` must be a string literal, not `{}`",
                                     function, argument.ToString()),
                         {{"inputSchema", "\"" + argument.ToString() + "\""}});
  }
  ARROW_ASSIGN_OR_RAISE(auto text, ConstantText(argument));
  if (!text) {
    return AnalysisError("INVALID_SCHEMA.NULL", fmt::format("the schema of `{}` is null", function),
                         {{"inputSchema", "\"NULL\""}});
  }
  const size_t first = text->find_first_not_of(" \t\r\n");
  const bool json = first != std::string::npos && ((*text)[first] == '{' || (*text)[first] == '"');
  ARROW_ASSIGN_OR_RAISE(DataTypePtr type, json ? ParseJsonType(*text) : ParseDdlType(*text));
  return AsNullable(type);
}

}  // namespace headrace
