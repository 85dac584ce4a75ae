// Functions over arrays, maps and structs, and functions of their elements.
#include <atomic>

#include "headrace/functions.h"

#include "client/expression_node.h"
#include "client/function_arguments.h"
#include "client/messages.h"

namespace headrace::inline v1::functions {
namespace {

using client::Arguments;
using client::Call;
using client::Literal;
using client::messages::Expression;

// Names of variables are unique, so that functions may stand inside functions.
std::string VariableName(const char* prefix) {
  static std::atomic<int64_t> next = 0;
  return std::string(prefix) + "_" + std::to_string(next++);
}

Column Variable(const std::string& name) {
  return client::MakeColumn([name](Expression* message) {
    message->mutable_unresolved_named_lambda_variable()->add_name_parts(name);
  });
}

Column Lambda(std::vector<std::string> names, const Column& body) {
  return client::MakeColumn([names = std::move(names), body](Expression* message) {
    auto* lambda = message->mutable_lambda_function();
    client::WriteExpression(body, lambda->mutable_function());
    for (const std::string& name : names) lambda->add_arguments()->add_name_parts(name);
  });
}

Column Lambda(const OneArgument& function) {
  std::string x = VariableName("x");
  return Lambda({x}, function(Variable(x)));
}

Column Lambda(const TwoArguments& function) {
  std::string x = VariableName("x");
  std::string y = VariableName("y");
  return Lambda({x, y}, function(Variable(x), Variable(y)));
}

}  // namespace

Column array(const Columns& columns) { return Call("array", Arguments(columns)); }
Column struct_(const Columns& columns) { return Call("struct", Arguments(columns)); }
Column named_struct(const Columns& names_and_values) {
  return Call("named_struct", Arguments(names_and_values));
}
Column create_map(const Columns& keys_and_values) {
  return Call("map", Arguments(keys_and_values));
}
Column explode(const ColumnOrName& column) { return Call("explode", {column}); }
Column explode_outer(const ColumnOrName& column) { return Call("explode_outer", {column}); }
Column posexplode(const ColumnOrName& column) { return Call("posexplode", {column}); }
Column posexplode_outer(const ColumnOrName& column) { return Call("posexplode_outer", {column}); }
Column inline_(const ColumnOrName& column) { return Call("inline", {column}); }
Column size(const ColumnOrName& column) { return Call("size", {column}); }
Column element_at(const ColumnOrName& column, const Value& key) {
  return Call("element_at", {column, Literal(key)});
}
Column array_contains(const ColumnOrName& array, const ColumnOrValue& value) {
  return Call("array_contains", {array, value});
}
Column array_position(const ColumnOrName& array, const ColumnOrValue& value) {
  return Call("array_position", {array, value});
}
Column array_remove(const ColumnOrName& array, const ColumnOrValue& value) {
  return Call("array_remove", {array, value});
}
Column array_append(const ColumnOrName& array, const ColumnOrValue& value) {
  return Call("array_append", {array, value});
}
Column array_distinct(const ColumnOrName& array) { return Call("array_distinct", {array}); }
Column array_max(const ColumnOrName& array) { return Call("array_max", {array}); }
Column array_min(const ColumnOrName& array) { return Call("array_min", {array}); }
Column array_sort(const ColumnOrName& array) { return Call("array_sort", {array}); }
Column sort_array(const ColumnOrName& array, bool ascending) {
  return Call("sort_array", {array, Literal(ascending)});
}
Column array_join(const ColumnOrName& array, const std::string& delimiter) {
  return Call("array_join", {array, Literal(delimiter)});
}
Column array_union(const ColumnOrName& left, const ColumnOrName& right) {
  return Call("array_union", {left, right});
}
Column array_intersect(const ColumnOrName& left, const ColumnOrName& right) {
  return Call("array_intersect", {left, right});
}
Column array_except(const ColumnOrName& left, const ColumnOrName& right) {
  return Call("array_except", {left, right});
}
Column arrays_overlap(const ColumnOrName& left, const ColumnOrName& right) {
  return Call("arrays_overlap", {left, right});
}
Column arrays_zip(const Columns& arrays) { return Call("arrays_zip", Arguments(arrays)); }
Column flatten(const ColumnOrName& array) { return Call("flatten", {array}); }
Column slice(const ColumnOrName& array, const ColumnOrValue& start, const ColumnOrValue& length) {
  return Call("slice", {array, start, length});
}
Column sequence(const ColumnOrName& start, const ColumnOrName& stop) {
  return Call("sequence", {start, stop});
}
Column sequence(const ColumnOrName& start, const ColumnOrName& stop, const ColumnOrName& step) {
  return Call("sequence", {start, stop, step});
}
Column map_keys(const ColumnOrName& map) { return Call("map_keys", {map}); }
Column map_values(const ColumnOrName& map) { return Call("map_values", {map}); }
Column map_entries(const ColumnOrName& map) { return Call("map_entries", {map}); }
Column map_from_arrays(const ColumnOrName& keys, const ColumnOrName& values) {
  return Call("map_from_arrays", {keys, values});
}
Column map_from_entries(const ColumnOrName& entries) { return Call("map_from_entries", {entries}); }
Column map_concat(const Columns& maps) { return Call("map_concat", Arguments(maps)); }
Column map_contains_key(const ColumnOrName& map, const Value& key) {
  return Call("map_contains_key", {map, Literal(key)});
}

Column transform(const ColumnOrName& array, const OneArgument& function) {
  return Call("transform", {array, Lambda(function)});
}
Column filter(const ColumnOrName& array, const OneArgument& predicate) {
  return Call("filter", {array, Lambda(predicate)});
}
Column exists(const ColumnOrName& array, const OneArgument& predicate) {
  return Call("exists", {array, Lambda(predicate)});
}
Column forall(const ColumnOrName& array, const OneArgument& predicate) {
  return Call("forall", {array, Lambda(predicate)});
}
Column aggregate(const ColumnOrName& array, const ColumnOrValue& initial,
                 const TwoArguments& merge) {
  return Call("aggregate", {array, initial, Lambda(merge)});
}
Column transform_keys(const ColumnOrName& map, const TwoArguments& function) {
  return Call("transform_keys", {map, Lambda(function)});
}
Column transform_values(const ColumnOrName& map, const TwoArguments& function) {
  return Call("transform_values", {map, Lambda(function)});
}
Column map_filter(const ColumnOrName& map, const TwoArguments& predicate) {
  return Call("map_filter", {map, Lambda(predicate)});
}

}  // namespace headrace::inline v1::functions
