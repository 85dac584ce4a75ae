// map_filter, transform_keys, transform_values, map_zip_with.
#include <arrow/array/concatenate.h>

#include "functions/collection/gather.h"
#include "functions/collection/map_entries.h"
#include "functions/higher_order/elements.h"
#include "functions/higher_order/higher_order_topics.h"
#include "types/with_type.h"

namespace headrace {
namespace {

const arrow::MapArray& AsMap(const ArrayPtr& array) {
  return static_cast<const arrow::MapArray&>(*array);
}

const arrow::MapType& MapTypeOf(const Expression& argument) {
  return static_cast<const arrow::MapType&>(*argument.type());
}

Result<ArrayPtr> CallOnEntries(const MapElements& elements, const LambdaCall& lambda) {
  return lambda(elements.rows.rows, {elements.keys, elements.items});
}

Result<ExpressionPtr> BindMapFilter(Arguments arguments, const BindContext& bind) {
  ARROW_RETURN_NOT_OK(CheckPredicate("map_filter", &arguments[1], bind));
  const DataTypePtr type = arguments[0]->type();
  const bool nullable = arguments[0]->nullable();
  return MakeHigherOrderCall(
      "map_filter", type, nullable, std::move(arguments),
      [type](const std::vector<ArrayPtr>& values, const std::vector<LambdaCall>& lambdas, int64_t,
             const EvaluationContext& context) -> Result<ArrayPtr> {
        ARROW_ASSIGN_OR_RAISE(const MapElements elements,
                              ElementsOfMaps(AsMap(values[0]), context.pool));
        ARROW_ASSIGN_OR_RAISE(const ArrayPtr mask, CallOnEntries(elements, lambdas[0]));
        const KeptElements kept =
            Keep(elements.rows, static_cast<const arrow::BooleanArray&>(*mask));
        ARROW_ASSIGN_OR_RAISE(const ArrayPtr keys,
                              GatherValues(elements.keys, kept.positions, context.pool));
        ARROW_ASSIGN_OR_RAISE(const ArrayPtr items,
                              GatherValues(elements.items, kept.positions, context.pool));
        ARROW_ASSIGN_OR_RAISE(auto validity, ValidityOf(*values[0], context.pool));
        return MakeMap(type, kept.offsets, std::move(validity), keys, items);
      });
}

bool ContainsMap(const DataType& type) {
  if (type.id() == arrow::Type::MAP) return true;
  for (const FieldPtr& field : type.fields()) {
    if (ContainsMap(*field->type())) return true;
  }
  return false;
}

Result<ExpressionPtr> BindTransformKeys(Arguments arguments, const BindContext&) {
  const DataTypePtr key = arguments[1]->type();
  if (ContainsMap(*key)) {
    return AnalysisError("DATATYPE_MISMATCH.INVALID_MAP_KEY_TYPE",
                         "a key of a map cannot hold a map, but the function of `transform_keys` "
                         "gives \"" +
                             SqlName(*key) + "\"",
                         {{"keyType", "\"" + SqlName(*key) + "\""}});
  }
  const arrow::MapType& map = MapTypeOf(*arguments[0]);
  const DataTypePtr type = MapOf(key, map.item_type(), map.item_field()->nullable());
  const bool nullable = arguments[0]->nullable();
  return MakeHigherOrderCall(
      "transform_keys", type, nullable, std::move(arguments),
      [type](const std::vector<ArrayPtr>& values, const std::vector<LambdaCall>& lambdas,
             int64_t length, const EvaluationContext& context) -> Result<ArrayPtr> {
        ARROW_ASSIGN_OR_RAISE(const MapElements elements,
                              ElementsOfMaps(AsMap(values[0]), context.pool));
        ARROW_ASSIGN_OR_RAISE(const ArrayPtr keys, CallOnEntries(elements, lambdas[0]));
        MapColumnBuilder builder(type, context.pool);
        ARROW_RETURN_NOT_OK(builder.Open(length));
        for (int64_t row = 0; row < length; ++row) {
          if (values[0]->IsNull(row)) {
            builder.AppendNull();
            continue;
          }
          for (int64_t e = elements.rows.offsets[row]; e < elements.rows.offsets[row + 1]; ++e) {
            ARROW_RETURN_NOT_OK(builder.Append(*keys, e, *elements.items, e));
          }
          builder.EndRow();
        }
        return builder.Finish();
      });
}

Result<ExpressionPtr> BindTransformValues(Arguments arguments, const BindContext&) {
  const DataTypePtr type =
      MapOf(MapTypeOf(*arguments[0]).key_type(), arguments[1]->type(), arguments[1]->nullable());
  const bool nullable = arguments[0]->nullable();
  return MakeHigherOrderCall(
      "transform_values", type, nullable, std::move(arguments),
      [type](const std::vector<ArrayPtr>& values, const std::vector<LambdaCall>& lambdas, int64_t,
             const EvaluationContext& context) -> Result<ArrayPtr> {
        ARROW_ASSIGN_OR_RAISE(const MapElements elements,
                              ElementsOfMaps(AsMap(values[0]), context.pool));
        ARROW_ASSIGN_OR_RAISE(const ArrayPtr items, CallOnEntries(elements, lambdas[0]));
        ARROW_ASSIGN_OR_RAISE(auto validity, ValidityOf(*values[0], context.pool));
        return MakeMap(type, elements.rows.offsets, std::move(validity), elements.keys, items);
      });
}

// The keys of the left map, then those that only the right one has; a value that a map does not
// have is null.
Result<ArrayPtr> MapZipWith(const DataTypePtr& type, const std::vector<ArrayPtr>& maps,
                            const LambdaCall& lambda, arrow::MemoryPool* pool) {
  const int64_t rows = maps[0]->length();
  const arrow::MapArray &left = AsMap(maps[0]), &right = AsMap(maps[1]);
  const DataTypePtr& key_type = static_cast<const arrow::MapType&>(*type).key_type();
  const int64_t right_keys = left.keys()->length();
  std::vector<int32_t> sizes(rows, 0);
  std::vector<int64_t> keys, left_items, right_items;
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> validity,
                        arrow::AllocateEmptyBitmap(rows, pool));
  for (int64_t i = 0; i < rows; ++i) {
    if (left.IsNull(i) || right.IsNull(i)) continue;
    arrow::bit_util::SetBit(validity->mutable_data(), i);
    const MapRow one(left, i), other(right, i);
    const size_t before = keys.size();
    for (int64_t e = one.begin(); e < one.begin() + one.size(); ++e) {
      keys.push_back(e);
      left_items.push_back(e);
      right_items.push_back(other.Find(one.keys(), e));
    }
    for (int64_t e = other.begin(); e < other.begin() + other.size(); ++e) {
      if (one.Find(other.keys(), e) >= 0) continue;
      keys.push_back(right_keys + e);
      left_items.push_back(-1);
      right_items.push_back(e);
    }
    sizes[i] = static_cast<int32_t>(keys.size() - before);
  }
  ARROW_ASSIGN_OR_RAISE(const ElementRows elements, RowsOfSizes(sizes, pool));
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr both, arrow::Concatenate({WithType(left.keys(), key_type),
                                                                 WithType(right.keys(), key_type)},
                                                                pool));
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr key_values, GatherValues(both, keys, pool));
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr left_values, GatherValues(left.items(), left_items, pool));
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr right_values,
                        GatherValues(right.items(), right_items, pool));
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr items,
                        lambda(elements.rows, {key_values, left_values, right_values}));
  return MakeMap(type, elements.offsets, std::move(validity), key_values, items);
}

Result<ExpressionPtr> BindMapZipWith(Arguments arguments, const BindContext&) {
  const DataTypePtr type =
      MapOf(MapTypeOf(*arguments[0]).key_type(), arguments[2]->type(), arguments[2]->nullable());
  const bool nullable = arguments[0]->nullable() || arguments[1]->nullable();
  return MakeHigherOrderCall(
      "map_zip_with", type, nullable, std::move(arguments),
      [type](const std::vector<ArrayPtr>& values, const std::vector<LambdaCall>& lambdas, int64_t,
             const EvaluationContext& context) {
        return MapZipWith(type, values, lambdas[0], context.pool);
      });
}

}  // namespace

void RegisterMapLambdaFunctions(FunctionRegistry* registry) {
  AddHigherOrder(registry, "map_filter", BindMapFilter,
                 {"map_filter(map, (key, value) -> boolean) -> map",
                  "The entries for which the function is true.",
                  "map_filter(map(1, 0, 2, 2, 3, -1), (k, v) -> k > v)"});
  AddHigherOrder(registry, "transform_keys", BindTransformKeys,
                 {"transform_keys(map, (key, value) -> key) -> map",
                  "The map with the function's value for each entry as its key.",
                  "transform_keys(map(1, 1, 2, 2), (k, v) -> k + 1)"});
  AddHigherOrder(registry, "transform_values", BindTransformValues,
                 {"transform_values(map, (key, value) -> value) -> map",
                  "The map with the function's value for each entry as its value.",
                  "transform_values(map(1, 1, 2, 2), (k, v) -> v + 1)"});
  AddHigherOrder(registry, "map_zip_with", BindMapZipWith,
                 {"map_zip_with(map, map, (key, value, value) -> value) -> map",
                  "The function's value for each key of either map.",
                  "map_zip_with(map(1, 'a', 2, 'b'), map(1, 'x', 2, 'y'), "
                  "(k, v1, v2) -> concat(v1, v2))"});
}

}  // namespace headrace
