// Aggregates, and functions over windows of rows.
#include "headrace/functions.h"

#include "client/expression_node.h"
#include "client/function_arguments.h"

namespace headrace::inline v1::functions {

using client::Arguments;
using client::Call;
using client::Literal;

Column count(const ColumnOrName& column) { return Call("count", {column}); }
Column count_distinct(const Columns& columns) {
  return Call("count", Arguments(columns), /*is_distinct=*/true);
}
Column count_if(const ColumnOrName& condition) { return Call("count_if", {condition}); }
Column approx_count_distinct(const ColumnOrName& column) {
  return Call("approx_count_distinct", {column});
}
Column approx_count_distinct(const ColumnOrName& column, double relative_deviation) {
  return Call("approx_count_distinct", {column, Literal(relative_deviation)});
}
Column sum(const ColumnOrName& column) { return Call("sum", {column}); }
Column sum_distinct(const ColumnOrName& column) {
  return Call("sum", {column}, /*is_distinct=*/true);
}
Column avg(const ColumnOrName& column) { return Call("avg", {column}); }
Column mean(const ColumnOrName& column) { return Call("mean", {column}); }
Column min(const ColumnOrName& column) { return Call("min", {column}); }
Column max(const ColumnOrName& column) { return Call("max", {column}); }
Column min_by(const ColumnOrName& column, const ColumnOrName& order) {
  return Call("min_by", {column, order});
}
Column max_by(const ColumnOrName& column, const ColumnOrName& order) {
  return Call("max_by", {column, order});
}
Column first(const ColumnOrName& column, bool ignore_nulls) {
  return Call("first", {column, Literal(ignore_nulls)});
}
Column last(const ColumnOrName& column, bool ignore_nulls) {
  return Call("last", {column, Literal(ignore_nulls)});
}
Column any_value(const ColumnOrName& column) { return Call("any_value", {column}); }
Column collect_list(const ColumnOrName& column) { return Call("collect_list", {column}); }
Column collect_set(const ColumnOrName& column) { return Call("collect_set", {column}); }
Column bool_and(const ColumnOrName& column) { return Call("bool_and", {column}); }
Column bool_or(const ColumnOrName& column) { return Call("bool_or", {column}); }
Column stddev(const ColumnOrName& column) { return Call("stddev", {column}); }
Column stddev_pop(const ColumnOrName& column) { return Call("stddev_pop", {column}); }
Column stddev_samp(const ColumnOrName& column) { return Call("stddev_samp", {column}); }
Column variance(const ColumnOrName& column) { return Call("variance", {column}); }
Column var_pop(const ColumnOrName& column) { return Call("var_pop", {column}); }
Column var_samp(const ColumnOrName& column) { return Call("var_samp", {column}); }
Column corr(const ColumnOrName& left, const ColumnOrName& right) {
  return Call("corr", {left, right});
}
Column median(const ColumnOrName& column) { return Call("median", {column}); }
Column mode(const ColumnOrName& column) { return Call("mode", {column}); }
Column percentile_approx(const ColumnOrName& column, double percentage, int32_t accuracy) {
  return Call("percentile_approx", {column, Literal(percentage), Literal(accuracy)});
}

Column row_number() { return Call("row_number", {}); }
Column rank() { return Call("rank", {}); }
Column dense_rank() { return Call("dense_rank", {}); }
Column percent_rank() { return Call("percent_rank", {}); }
Column cume_dist() { return Call("cume_dist", {}); }
Column ntile(int32_t buckets) { return Call("ntile", {Literal(buckets)}); }
Column lag(const ColumnOrName& column, int32_t offset) {
  return Call("lag", {column, Literal(offset)});
}
Column lead(const ColumnOrName& column, int32_t offset) {
  return Call("lead", {column, Literal(offset)});
}

}  // namespace headrace::inline v1::functions
