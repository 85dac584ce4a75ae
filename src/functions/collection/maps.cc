// Functions of maps: map_keys, map_values, map_entries, map_from_arrays, map_from_entries,
// map_concat, map_contains_key, str_to_map.
#include "functions/collection/collection_topics.h"
#include "functions/collection/list_kernel.h"
#include "functions/collection/map_entries.h"
#include "functions/signature.h"
#include "functions/string/regex.h"

namespace headrace {
namespace {

using std::string_view;

Result<std::shared_ptr<arrow::MapType>> MapArgument(const std::string& name, int index,
                                                    const Expression& argument) {
  if (argument.type()->id() != arrow::Type::MAP) {
    return UnexpectedInputType(name, index, "MAP", argument);
  }
  return std::static_pointer_cast<arrow::MapType>(argument.type());
}

using Binder = std::function<Result<ExpressionPtr>(Arguments, const BindContext&)>;

void Add(FunctionRegistry* registry, const std::string& name, FunctionDocumentation documentation,
         size_t least, size_t most, Binder bind, DisplayName display = nullptr) {
  ScalarFunction function;
  function.names = {name};
  function.documentation = std::move(documentation);
  function.display = std::move(display);
  function.bind = [name, least, most, bind](Arguments arguments,
                                            const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), least, most));
    if (name.starts_with("map_") && !name.starts_with("map_from")) {
      ARROW_RETURN_NOT_OK(NullToCollection(&arguments[0], true, context));
    }
    return bind(std::move(arguments), context);
  };
  registry->Add(std::move(function));
}

// A part of the entries as an array: keys, values, or both as structs. Shares the map's buffers.
enum class Part { kKeys, kValues, kEntries };

Result<ExpressionPtr> BindPart(const std::string& name, Arguments arguments, Part part) {
  ARROW_ASSIGN_OR_RAISE(auto map, MapArgument(name, 0, *arguments[0]));
  DataTypePtr type;
  if (part == Part::kKeys) {
    type = ArrayOf(map->key_type(), false);
  } else if (part == Part::kValues) {
    type = ArrayOf(map->item_type(), map->item_field()->nullable());
  } else {
    type = ArrayOf(
        arrow::struct_({arrow::field("key", map->key_type(), false),
                        arrow::field("value", map->item_type(), map->item_field()->nullable())}),
        false);
  }
  const bool nullable = AnyNullable(arguments);
  return MakeCall(
      name, type, nullable, std::move(arguments),
      ColumnKernel(
          [type, part](const Columns& columns, const EvaluationContext&) -> Result<ArrayPtr> {
            const arrow::ArrayData& data = *columns[0].array->data();
            const arrow::ArrayData& entries = *data.child_data[0];
            std::shared_ptr<arrow::ArrayData> items;
            if (part == Part::kEntries) {
              items = entries.Copy();
              items->type = type->field(0)->type();
            } else {
              const auto& maps = static_cast<const arrow::MapArray&>(*columns[0].array);
              items = (part == Part::kKeys ? maps.keys() : maps.items())->data();
            }
            return arrow::MakeArray(arrow::ArrayData::Make(type, data.length, data.buffers, {items},
                                                           data.GetNullCount(), data.offset));
          }));
}

// Rows with a null argument are null; f(columns, row, builder) -> Status appends the entries.
template <typename F>
ScalarKernel MapKernel(DataTypePtr type, F f) {
  return ColumnKernel(
      [type, f](const Columns& columns, const EvaluationContext& context) -> Result<ArrayPtr> {
        ARROW_ASSIGN_OR_RAISE(Validity validity, CombineValidity(columns, context.pool));
        MapColumnBuilder builder(type, context.pool);
        ARROW_RETURN_NOT_OK(builder.Open(columns.rows));
        for (int64_t i = 0; i < columns.rows; ++i) {
          bool null = !validity.IsValid(i);
          if (!null) ARROW_RETURN_NOT_OK(f(columns, i, &builder, &null));
          if (null) {
            builder.AppendNull();
          } else {
            builder.EndRow();
          }
        }
        return builder.Finish();
      });
}

Result<ExpressionPtr> BindFromArrays(Arguments arguments, const BindContext&) {
  ARROW_ASSIGN_OR_RAISE(FieldPtr key, ElementOf("map_from_arrays", 0, *arguments[0]));
  ARROW_ASSIGN_OR_RAISE(FieldPtr value, ElementOf("map_from_arrays", 1, *arguments[1]));
  const DataTypePtr type = MapOf(key->type(), value->type(), value->nullable());
  const bool nullable = AnyNullable(arguments);
  return MakeCall(
      "map_from_arrays", type, nullable, std::move(arguments),
      MapKernel(type,
                [](const Columns& columns, int64_t i, MapColumnBuilder* builder, bool*) -> Status {
                  const ListRow keys = RowOf(columns[0], i), values = RowOf(columns[1], i);
                  if (keys.size() != values.size()) {
                    return MakeError(ErrorKind::kRuntime, "_LEGACY_ERROR_TEMP_2128",
                                     "`map_from_arrays`: there are " + std::to_string(keys.size()) +
                                         " keys but " + std::to_string(values.size()) + " values");
                  }
                  for (int64_t e = 0; e < keys.size(); ++e) {
                    ARROW_RETURN_NOT_OK(builder->Append(keys.values(), keys.begin() + e,
                                                        values.values(), values.begin() + e));
                  }
                  return Status::OK();
                }));
}

Result<ExpressionPtr> BindFromEntries(Arguments arguments, const BindContext&) {
  ARROW_ASSIGN_OR_RAISE(FieldPtr entry, ElementOf("map_from_entries", 0, *arguments[0]));
  if (entry->type()->id() != arrow::Type::STRUCT || entry->type()->num_fields() != 2) {
    return UnexpectedInputType("map_from_entries", 0, "ARRAY of pair STRUCT", *arguments[0]);
  }
  const DataTypePtr type = MapOf(entry->type()->field(0)->type(), entry->type()->field(1)->type(),
                                 entry->type()->field(1)->nullable());
  const bool nullable = AnyNullable(arguments) || entry->nullable();
  return MakeCall(
      "map_from_entries", type, nullable, std::move(arguments),
      MapKernel(
          type,
          [](const Columns& columns, int64_t i, MapColumnBuilder* builder, bool* null) -> Status {
            const ListRow list = RowOf(columns[0], i);
            const auto& structs = static_cast<const arrow::StructArray&>(list.values());
            for (int64_t e = 0; e < list.size(); ++e) *null = *null || list.IsNull(e);
            for (int64_t e = 0; e < list.size() && !*null; ++e) {
              ARROW_RETURN_NOT_OK(builder->Append(*structs.field(0), list.begin() + e,
                                                  *structs.field(1), list.begin() + e));
            }
            return Status::OK();
          }));
}

Result<ExpressionPtr> BindConcat(Arguments arguments, const BindContext& context) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    ARROW_RETURN_NOT_OK(MapArgument("map_concat", static_cast<int>(i), *arguments[i]).status());
  }
  ARROW_ASSIGN_OR_RAISE(DataTypePtr type, CoerceToCommonType("map_concat", &arguments, 0, context));
  const bool nullable = AnyNullable(arguments);
  return MakeCall(
      "map_concat", type, nullable, std::move(arguments),
      MapKernel(type,
                [](const Columns& columns, int64_t i, MapColumnBuilder* builder, bool*) -> Status {
                  for (const Column& column : columns.columns) {
                    const MapRow map(*column.array, column.row(i));
                    for (int64_t e = map.begin(); e < map.begin() + map.size(); ++e) {
                      ARROW_RETURN_NOT_OK(builder->Append(map.keys(), e, map.items(), e));
                    }
                  }
                  return Status::OK();
                }));
}

Result<ExpressionPtr> BindContainsKey(Arguments arguments, const BindContext& context) {
  ARROW_ASSIGN_OR_RAISE(auto map, MapArgument("map_contains_key", 0, *arguments[0]));
  ARROW_ASSIGN_OR_RAISE(arguments[1],
                        Coerce("map_contains_key", 1, arguments[1], map->key_type(), context));
  const bool nullable = AnyNullable(arguments);
  return MakeCall(
      "map_contains_key", arrow::boolean(), nullable, std::move(arguments),
      ListValueKernel<bool>(arrow::boolean(), [](const Columns& columns, int64_t i, bool*) {
        const MapRow map(*columns[0].array, columns[0].row(i));
        return map.Find(*columns[1].array, columns[1].row(i)) >= 0;
      }));
}

// str_to_map(text[, pair_delimiter[, key_value_delimiter]]); the delimiters are expressions.
Result<ExpressionPtr> BindFromText(Arguments arguments, const BindContext& context,
                                   const FunctionRegistry& registry) {
  const char* const defaults[] = {"", ",", ":"};
  for (size_t i = arguments.size(); i < 3; ++i) {
    arguments.push_back(MakeLiteral(std::make_shared<arrow::StringScalar>(defaults[i])));
  }
  // The pairs as an array, cut by the first delimiter.
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr pairs,
                        registry.Call("split", {arguments[0], arguments[1]}, context));
  ARROW_ASSIGN_OR_RAISE(arguments[2],
                        Coerce("str_to_map", 2, arguments[2], arrow::utf8(), context));
  const DataTypePtr type = MapOf(arrow::utf8(), arrow::utf8());
  Arguments used = {std::move(pairs), arguments[2]};
  const bool nullable = AnyNullable(used);
  return MakeCall(
      "str_to_map", type, nullable, std::move(used),
      ColumnKernel(
          [type](const Columns& columns, const EvaluationContext& evaluation) -> Result<ArrayPtr> {
            ARROW_ASSIGN_OR_RAISE(Validity validity, CombineValidity(columns, evaluation.pool));
            // First all keys and values in columns, then the map with its check for duplicates.
            arrow::StringBuilder keys, values;
            std::vector<int64_t> sizes;
            RegexCache cache("str_to_map", nullptr);
            const Reader<string_view> delimiters(columns[1]);
            for (int64_t i = 0; i < columns.rows; ++i) {
              sizes.push_back(-1);
              if (!validity.IsValid(i)) continue;
              const ListRow list = RowOf(columns[0], i);
              sizes.back() = list.size();
              ARROW_ASSIGN_OR_RAISE(const re2::RE2* regex, cache.Find(delimiters[i]));
              for (int64_t e = 0; e < list.size(); ++e) {
                const string_view pair =
                    static_cast<const arrow::StringArray&>(list.values()).GetView(list.begin() + e);
                re2::StringPiece match;
                const bool found = !delimiters[i].empty() &&
                                   regex->Match(re2::StringPiece(pair.data(), pair.size()), 0,
                                                pair.size(), re2::RE2::UNANCHORED, &match, 1);
                if (!found) {
                  ARROW_RETURN_NOT_OK(keys.Append(pair));
                  ARROW_RETURN_NOT_OK(values.AppendNull());
                  continue;
                }
                const auto at = static_cast<size_t>(match.data() - pair.data());
                ARROW_RETURN_NOT_OK(keys.Append(pair.substr(0, at)));
                ARROW_RETURN_NOT_OK(values.Append(pair.substr(at + match.size())));
              }
            }
            ARROW_ASSIGN_OR_RAISE(ArrayPtr key_array, keys.Finish());
            ARROW_ASSIGN_OR_RAISE(ArrayPtr value_array, values.Finish());
            MapColumnBuilder builder(type, evaluation.pool);
            ARROW_RETURN_NOT_OK(builder.Open(columns.rows));
            int64_t at = 0;
            for (const int64_t size : sizes) {
              for (int64_t e = 0; e < size; ++e, ++at) {
                ARROW_RETURN_NOT_OK(builder.Append(*key_array, at, *value_array, at));
              }
              if (size < 0) {
                builder.AppendNull();
              } else {
                builder.EndRow();
              }
            }
            return builder.Finish();
          }));
}

}  // namespace

void RegisterMapFunctions(FunctionRegistry* registry) {
  const std::tuple<const char*, Part, const char*, const char*> parts[] = {
      {"map_keys", Part::kKeys, "The keys.", "map_keys(map(1, 'a', 2, 'b'))"},
      {"map_values", Part::kValues, "The values.", "map_values(map(1, 'a', 2, 'b'))"},
      {"map_entries", Part::kEntries, "The entries as structs.",
       "map_entries(map(1, 'a', 2, 'b'))"}};
  for (const auto& [name, part, description, example] : parts) {
    Add(registry, name, {std::string(name) + "(map) -> array", description, example}, 1, 1,
        [name = std::string(name), part = part](Arguments arguments, const BindContext&) {
          return BindPart(name, std::move(arguments), part);
        });
  }
  Add(registry, "map_from_arrays",
      {"map_from_arrays(keys, values) -> map", "The map of two arrays.",
       "map_from_arrays(array(1.0, 3.0), array('2', '4'))"},
      2, 2, BindFromArrays);
  Add(registry, "map_from_entries",
      {"map_from_entries(array of pairs) -> map", "The map of an array of structs of two fields.",
       "map_from_entries(array(struct(1, 'a'), struct(2, 'b')))"},
      1, 1, BindFromEntries);
  Add(registry, "map_concat",
      {"map_concat(map, …) -> map", "The entries of all maps.",
       "map_concat(map(1, 'a', 2, 'b'), map(3, 'c'))"},
      1, kAnyNumber, BindConcat);
  Add(registry, "map_contains_key",
      {"map_contains_key(map, key) -> boolean", "Whether the map has the key.",
       "map_contains_key(map(1, 'a', 2, 'b'), 1)"},
      2, 2, BindContainsKey);
  Add(
      registry, "str_to_map",
      {"str_to_map(text[, pair_delimiter[, value_delimiter]]) -> map",
       "The map of a text like 'a:1,b:2'; the delimiters are regular expressions.",
       "str_to_map('a:1,b:2,c:3', ',', ':')"},
      1, 3,
      [registry](Arguments arguments, const BindContext& context) {
        return BindFromText(std::move(arguments), context, *registry);
      },
      [](const std::vector<std::string>& arguments) {
        std::vector<std::string> shown = arguments;
        if (shown.size() == 1) shown.push_back(",");
        if (shown.size() == 2) shown.push_back(":");
        return CallText("str_to_map", shown);
      });
}

}  // namespace headrace
