#include "functions/higher_order/lambda_parameters.h"

#include <unordered_map>

#include "expression/cast.h"

namespace headrace {
namespace {

using Parameters = std::vector<LambdaParameter>;

struct CallShape {
  size_t first_lambda, least, most;  // how many arguments
};

const std::unordered_map<std::string, CallShape>& CallShapes() {
  static const std::unordered_map<std::string, CallShape> shapes = {
      {"transform", {1, 2, 2}},      {"filter", {1, 2, 2}},           {"exists", {1, 2, 2}},
      {"forall", {1, 2, 2}},         {"array_sort", {1, 1, 2}},       {"map_filter", {1, 2, 2}},
      {"transform_keys", {1, 2, 2}}, {"transform_values", {1, 2, 2}}, {"aggregate", {2, 3, 4}},
      {"reduce", {2, 3, 4}},         {"zip_with", {2, 3, 3}},         {"map_zip_with", {2, 3, 3}}};
  return shapes;
}

Result<LambdaParameter> ElementParameter(const std::string& function, int index,
                                         const Expression& argument) {
  if (argument.type()->id() != arrow::Type::LIST) {
    return UnexpectedInputType(function, index, "ARRAY", argument);
  }
  const FieldPtr& element = argument.type()->field(0);
  return LambdaParameter{element->type(), element->nullable()};
}

Result<const arrow::MapType*> MapArgument(const std::string& function, int index,
                                          const Expression& argument) {
  if (argument.type()->id() != arrow::Type::MAP) {
    return UnexpectedInputType(function, index, "MAP", argument);
  }
  return static_cast<const arrow::MapType*>(argument.type().get());
}

// The keys of both maps get one type.
Status CoerceKeys(Arguments* arguments, const BindContext& context) {
  std::vector<const arrow::MapType*> maps(2);
  for (int i = 0; i < 2; ++i) {
    ARROW_ASSIGN_OR_RAISE(maps[i], MapArgument("map_zip_with", i, *(*arguments)[i]));
  }
  const DataTypePtr left = maps[0]->key_type(), right = maps[1]->key_type();
  if (SameType(*left, *right)) return Status::OK();
  const DataTypePtr common =
      IsString(*left) != IsString(*right) ? nullptr : CommonType(left, right, context.ansi);
  if (common == nullptr) {
    return AnalysisError("DATATYPE_MISMATCH.MAP_ZIP_WITH_DIFF_TYPES",
                         "`map_zip_with` takes two maps with keys of one type, but these have \"" +
                             SqlName(*left) + "\" and \"" + SqlName(*right) +
                             "\"; cast one of them",
                         {{"functionName", "`map_zip_with`"},
                          {"leftType", "\"" + SqlName(*left) + "\""},
                          {"rightType", "\"" + SqlName(*right) + "\""}});
  }
  for (int i = 0; i < 2; ++i) {
    const DataTypePtr type = MapOf(common, maps[i]->item_type(), maps[i]->item_field()->nullable());
    ARROW_ASSIGN_OR_RAISE((*arguments)[i], MakeCast((*arguments)[i], type, context.cast_options()));
  }
  return Status::OK();
}

Result<Parameters> MapParameters(const std::string& function, Arguments* arguments,
                                 const BindContext& context) {
  if (function == "map_zip_with") ARROW_RETURN_NOT_OK(CoerceKeys(arguments, context));
  ARROW_ASSIGN_OR_RAISE(const arrow::MapType* map, MapArgument(function, 0, *(*arguments)[0]));
  Parameters parameters = {{map->key_type(), false},
                           {map->item_type(), map->item_field()->nullable()}};
  if (function == "map_zip_with") {
    ARROW_ASSIGN_OR_RAISE(const arrow::MapType* other, MapArgument(function, 1, *(*arguments)[1]));
    parameters[1].nullable = true;
    parameters.push_back({other->item_type(), true});
  }
  return parameters;
}

}  // namespace

Result<std::optional<size_t>> FirstLambda(const std::string& function, size_t arguments) {
  const auto found = CallShapes().find(function);
  if (found == CallShapes().end()) return std::nullopt;
  const CallShape& shape = found->second;
  ARROW_RETURN_NOT_OK(CheckArgumentCount(function, arguments, shape.least, shape.most));
  if (arguments <= shape.first_lambda) return std::nullopt;
  return shape.first_lambda;
}

Result<Parameters> LambdaParameters(const std::string& function, size_t index, size_t written,
                                    Arguments* arguments, const BindContext& context) {
  if (function.starts_with("map_") || function.starts_with("transform_")) {
    return MapParameters(function, arguments, context);
  }
  ARROW_ASSIGN_OR_RAISE(const LambdaParameter element,
                        ElementParameter(function, 0, *(*arguments)[0]));
  if (function == "aggregate" || function == "reduce") {
    const LambdaParameter accumulator{(*arguments)[1]->type(), true};
    return index == 2 ? Parameters{accumulator, element} : Parameters{accumulator};
  }
  if (function == "zip_with") {
    ARROW_ASSIGN_OR_RAISE(const LambdaParameter other,
                          ElementParameter(function, 1, *(*arguments)[1]));
    return Parameters{{element.type, true}, {other.type, true}};
  }
  if (function == "array_sort") return Parameters{element, element};
  const bool positioned = written == 2 && (function == "transform" || function == "filter");
  return positioned ? Parameters{element, {arrow::int32(), false}} : Parameters{element};
}

}  // namespace headrace
