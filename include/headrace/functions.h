// Functions over columns, named as in pyspark.sql.functions (keywords get a trailing underscore).
//
//   using namespace headrace::functions;
//   lines.select(explode(split(col("value"), " ")).alias("word"))
//
// A parameter of type ColumnOrName takes a column or the name of one; strings and numbers are
// values. What has no C++ function here is called by name: call_function("typeof", col("x")).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "headrace/column.h"
#include "headrace/options.h"

namespace headrace::inline v1 {
class DataFrame;
}

namespace headrace::inline v1::functions {

using Columns = std::vector<ColumnOrName>;

// Columns, literals, SQL.
Column col(const std::string& name);  // "a", "struct.field", "`a.b`", "*"
Column column(const std::string& name);
Column lit(const Value& value);
Column expr(const std::string& sql);
Column asc(const ColumnOrName& column);
Column desc(const ColumnOrName& column);
Column call_function(const std::string& name, const Columns& arguments);
DataFrame broadcast(const DataFrame& dataframe);

// Conditions and nulls.
Column when(const Column& condition, const ColumnOrValue& value);
Column coalesce(const Columns& columns);
Column isnull(const ColumnOrName& column);
Column isnotnull(const ColumnOrName& column);
Column isnan(const ColumnOrName& column);
Column nvl(const ColumnOrName& column, const ColumnOrName& fallback);
Column ifnull(const ColumnOrName& column, const ColumnOrName& fallback);
Column nullif(const ColumnOrName& left, const ColumnOrName& right);
Column nanvl(const ColumnOrName& column, const ColumnOrName& fallback);
Column greatest(const Columns& columns);
Column least(const Columns& columns);

// Text.
Column upper(const ColumnOrName& text);
Column lower(const ColumnOrName& text);
Column initcap(const ColumnOrName& text);
Column trim(const ColumnOrName& text);
Column ltrim(const ColumnOrName& text);
Column rtrim(const ColumnOrName& text);
Column length(const ColumnOrName& text);
Column char_length(const ColumnOrName& text);
Column octet_length(const ColumnOrName& text);
Column reverse(const ColumnOrName& column);
Column concat(const Columns& columns);
Column concat_ws(const std::string& separator, const Columns& columns);
Column split(const ColumnOrName& text, const std::string& pattern, int32_t limit = -1);
Column split_part(const ColumnOrName& text, const ColumnOrName& delimiter,
                  const ColumnOrName& part);
Column substring(const ColumnOrName& text, int32_t position, int32_t length);
Column substr(const ColumnOrName& text, const ColumnOrName& position);
Column left(const ColumnOrName& text, const ColumnOrName& length);
Column right(const ColumnOrName& text, const ColumnOrName& length);
Column instr(const ColumnOrName& text, const std::string& part);
Column locate(const std::string& part, const ColumnOrName& text, int32_t position = 1);
Column lpad(const ColumnOrName& text, int32_t length, const std::string& pad);
Column rpad(const ColumnOrName& text, int32_t length, const std::string& pad);
Column repeat(const ColumnOrName& text, int32_t times);
Column replace(const ColumnOrName& text, const ColumnOrName& search,
               const ColumnOrName& replacement);
Column translate(const ColumnOrName& text, const std::string& matching,
                 const std::string& replacement);
Column regexp_replace(const ColumnOrName& text, const std::string& pattern,
                      const std::string& replacement);
Column regexp_extract(const ColumnOrName& text, const std::string& pattern, int32_t group);
Column format_number(const ColumnOrName& number, int32_t decimals);
Column format_string(const std::string& format, const Columns& columns);
Column ascii(const ColumnOrName& text);
Column base64(const ColumnOrName& column);
Column unbase64(const ColumnOrName& column);
Column hex(const ColumnOrName& column);
Column unhex(const ColumnOrName& column);
Column encode(const ColumnOrName& text, const std::string& charset);
Column decode(const ColumnOrName& bytes, const std::string& charset);
Column levenshtein(const ColumnOrName& left, const ColumnOrName& right);
Column soundex(const ColumnOrName& text);
Column contains(const ColumnOrName& left, const ColumnOrName& right);
Column startswith(const ColumnOrName& text, const ColumnOrName& prefix);
Column endswith(const ColumnOrName& text, const ColumnOrName& suffix);

// Hashes.
Column md5(const ColumnOrName& column);
Column sha1(const ColumnOrName& column);
Column sha2(const ColumnOrName& column, int32_t bits);
Column crc32(const ColumnOrName& column);
Column hash(const Columns& columns);
Column xxhash64(const Columns& columns);

// Numbers.
Column abs(const ColumnOrName& number);
Column sqrt(const ColumnOrName& number);
Column cbrt(const ColumnOrName& number);
Column exp(const ColumnOrName& number);
Column log(const ColumnOrName& number);
Column log10(const ColumnOrName& number);
Column log2(const ColumnOrName& number);
Column log1p(const ColumnOrName& number);
Column pow(const ColumnOrName& base, const ColumnOrName& exponent);
Column pmod(const ColumnOrName& dividend, const ColumnOrName& divisor);
Column round(const ColumnOrName& number, int32_t scale = 0);
Column bround(const ColumnOrName& number, int32_t scale = 0);
Column ceil(const ColumnOrName& number);
Column floor(const ColumnOrName& number);
Column rint(const ColumnOrName& number);
Column signum(const ColumnOrName& number);
Column sin(const ColumnOrName& number);
Column cos(const ColumnOrName& number);
Column tan(const ColumnOrName& number);
Column asin(const ColumnOrName& number);
Column acos(const ColumnOrName& number);
Column atan(const ColumnOrName& number);
Column atan2(const ColumnOrName& y, const ColumnOrName& x);
Column degrees(const ColumnOrName& radians);
Column radians(const ColumnOrName& degrees);
// Without a seed, a random one is put into the query.
Column rand(std::optional<int64_t> seed = std::nullopt);
Column randn(std::optional<int64_t> seed = std::nullopt);

// Dates and times.
Column current_date();
Column current_timestamp();
Column now();
Column to_date(const ColumnOrName& column);
Column to_date(const ColumnOrName& column, const std::string& format);
Column to_timestamp(const ColumnOrName& column);
Column to_timestamp(const ColumnOrName& column, const std::string& format);
Column date_format(const ColumnOrName& time, const std::string& format);
Column unix_timestamp();
Column unix_timestamp(const ColumnOrName& time, const std::string& format = "yyyy-MM-dd HH:mm:ss");
Column from_unixtime(const ColumnOrName& seconds,
                     const std::string& format = "yyyy-MM-dd HH:mm:ss");
Column year(const ColumnOrName& time);
Column quarter(const ColumnOrName& time);
Column month(const ColumnOrName& time);
Column weekofyear(const ColumnOrName& time);
Column dayofyear(const ColumnOrName& time);
Column dayofmonth(const ColumnOrName& time);
Column dayofweek(const ColumnOrName& time);
Column hour(const ColumnOrName& time);
Column minute(const ColumnOrName& time);
Column second(const ColumnOrName& time);
Column date_add(const ColumnOrName& date, int32_t days);
Column date_sub(const ColumnOrName& date, int32_t days);
Column datediff(const ColumnOrName& end, const ColumnOrName& start);
Column add_months(const ColumnOrName& date, int32_t months);
Column months_between(const ColumnOrName& left, const ColumnOrName& right, bool round_off = true);
Column last_day(const ColumnOrName& date);
Column next_day(const ColumnOrName& date, const std::string& day_of_week);
Column trunc(const ColumnOrName& date, const std::string& unit);
Column date_trunc(const std::string& unit, const ColumnOrName& time);
Column make_date(const ColumnOrName& year, const ColumnOrName& month, const ColumnOrName& day);
Column timestamp_seconds(const ColumnOrName& seconds);
Column timestamp_millis(const ColumnOrName& milliseconds);
Column timestamp_micros(const ColumnOrName& microseconds);
Column unix_seconds(const ColumnOrName& time);
Column unix_millis(const ColumnOrName& time);
Column unix_micros(const ColumnOrName& time);
Column from_utc_timestamp(const ColumnOrName& time, const std::string& zone);
Column to_utc_timestamp(const ColumnOrName& time, const std::string& zone);

// Windows of time: "10 minutes", sliding by "5 minutes", starting "1 minute" past the hour.
Column window(const ColumnOrName& time, const std::string& duration);
Column window(const ColumnOrName& time, const std::string& duration, const std::string& slide);
Column window(const ColumnOrName& time, const std::string& duration, const std::string& slide,
              const std::string& start);
Column session_window(const ColumnOrName& time, const std::string& gap);
Column session_window(const ColumnOrName& time, const Column& gap);
Column window_time(const ColumnOrName& window);

// Arrays, maps, structs.
Column array(const Columns& columns);
Column struct_(const Columns& columns);
Column named_struct(const Columns& names_and_values);
Column create_map(const Columns& keys_and_values);
Column explode(const ColumnOrName& column);
Column explode_outer(const ColumnOrName& column);
Column posexplode(const ColumnOrName& column);
Column posexplode_outer(const ColumnOrName& column);
Column inline_(const ColumnOrName& column);
Column size(const ColumnOrName& column);
Column element_at(const ColumnOrName& column, const Value& key);
Column array_contains(const ColumnOrName& array, const ColumnOrValue& value);
Column array_position(const ColumnOrName& array, const ColumnOrValue& value);
Column array_remove(const ColumnOrName& array, const ColumnOrValue& value);
Column array_append(const ColumnOrName& array, const ColumnOrValue& value);
Column array_distinct(const ColumnOrName& array);
Column array_max(const ColumnOrName& array);
Column array_min(const ColumnOrName& array);
Column array_sort(const ColumnOrName& array);
Column sort_array(const ColumnOrName& array, bool ascending = true);
Column array_join(const ColumnOrName& array, const std::string& delimiter);
Column array_union(const ColumnOrName& left, const ColumnOrName& right);
Column array_intersect(const ColumnOrName& left, const ColumnOrName& right);
Column array_except(const ColumnOrName& left, const ColumnOrName& right);
Column arrays_overlap(const ColumnOrName& left, const ColumnOrName& right);
Column arrays_zip(const Columns& arrays);
Column flatten(const ColumnOrName& array);
Column slice(const ColumnOrName& array, const ColumnOrValue& start, const ColumnOrValue& length);
Column sequence(const ColumnOrName& start, const ColumnOrName& stop);
Column sequence(const ColumnOrName& start, const ColumnOrName& stop, const ColumnOrName& step);
Column map_keys(const ColumnOrName& map);
Column map_values(const ColumnOrName& map);
Column map_entries(const ColumnOrName& map);
Column map_from_arrays(const ColumnOrName& keys, const ColumnOrName& values);
Column map_from_entries(const ColumnOrName& entries);
Column map_concat(const Columns& maps);
Column map_contains_key(const ColumnOrName& map, const Value& key);

// Functions of elements: transform(col("xs"), [](Column x) { return x + 1; }).
using OneArgument = std::function<Column(Column)>;
using TwoArguments = std::function<Column(Column, Column)>;
Column transform(const ColumnOrName& array, const OneArgument& function);
Column filter(const ColumnOrName& array, const OneArgument& predicate);
Column exists(const ColumnOrName& array, const OneArgument& predicate);
Column forall(const ColumnOrName& array, const OneArgument& predicate);
Column aggregate(const ColumnOrName& array, const ColumnOrValue& initial,
                 const TwoArguments& merge);
Column transform_keys(const ColumnOrName& map, const TwoArguments& function);
Column transform_values(const ColumnOrName& map, const TwoArguments& function);
Column map_filter(const ColumnOrName& map, const TwoArguments& predicate);

// JSON and CSV.
Column from_json(const ColumnOrName& text, const std::string& schema,
                 const OptionMap& options = {});
Column from_json(const ColumnOrName& text, const DataType& schema, const OptionMap& options = {});
Column to_json(const ColumnOrName& column, const OptionMap& options = {});
Column get_json_object(const ColumnOrName& text, const std::string& path);
Column json_tuple(const ColumnOrName& text, const std::vector<std::string>& fields);
Column schema_of_json(const std::string& json);
Column from_csv(const ColumnOrName& text, const std::string& schema, const OptionMap& options = {});
Column to_csv(const ColumnOrName& column, const OptionMap& options = {});

// Aggregates.
Column count(const ColumnOrName& column);  // "*" counts rows
Column count_distinct(const Columns& columns);
Column count_if(const ColumnOrName& condition);
Column approx_count_distinct(const ColumnOrName& column);
Column approx_count_distinct(const ColumnOrName& column, double relative_deviation);
Column sum(const ColumnOrName& column);
Column sum_distinct(const ColumnOrName& column);
Column avg(const ColumnOrName& column);
Column mean(const ColumnOrName& column);
Column min(const ColumnOrName& column);
Column max(const ColumnOrName& column);
Column min_by(const ColumnOrName& column, const ColumnOrName& order);
Column max_by(const ColumnOrName& column, const ColumnOrName& order);
Column first(const ColumnOrName& column, bool ignore_nulls = false);
Column last(const ColumnOrName& column, bool ignore_nulls = false);
Column any_value(const ColumnOrName& column);
Column collect_list(const ColumnOrName& column);
Column collect_set(const ColumnOrName& column);
Column bool_and(const ColumnOrName& column);
Column bool_or(const ColumnOrName& column);
Column stddev(const ColumnOrName& column);
Column stddev_pop(const ColumnOrName& column);
Column stddev_samp(const ColumnOrName& column);
Column variance(const ColumnOrName& column);
Column var_pop(const ColumnOrName& column);
Column var_samp(const ColumnOrName& column);
Column corr(const ColumnOrName& left, const ColumnOrName& right);
Column median(const ColumnOrName& column);
Column mode(const ColumnOrName& column);
Column percentile_approx(const ColumnOrName& column, double percentage, int32_t accuracy = 10000);

// Over windows of rows (Column::over).
Column row_number();
Column rank();
Column dense_rank();
Column percent_rank();
Column cume_dist();
Column ntile(int32_t buckets);
Column lag(const ColumnOrName& column, int32_t offset = 1);
Column lead(const ColumnOrName& column, int32_t offset = 1);

// About the engine.
Column monotonically_increasing_id();
Column spark_partition_id();
Column input_file_name();

// The same with the columns as parameters: concat(col("a"), "b").
template <ColumnLike... Arguments>
Column call_function(const std::string& name, const Arguments&... arguments) {
  return call_function(name, Columns{ColumnOrName(arguments)...});
}
template <ColumnLike... Arguments>
Column coalesce(const Arguments&... arguments) {
  return coalesce(Columns{ColumnOrName(arguments)...});
}
template <ColumnLike... Arguments>
Column greatest(const Arguments&... arguments) {
  return greatest(Columns{ColumnOrName(arguments)...});
}
template <ColumnLike... Arguments>
Column least(const Arguments&... arguments) {
  return least(Columns{ColumnOrName(arguments)...});
}
template <ColumnLike... Arguments>
Column concat(const Arguments&... arguments) {
  return concat(Columns{ColumnOrName(arguments)...});
}
template <ColumnLike... Arguments>
Column concat_ws(const std::string& separator, const Arguments&... arguments) {
  return concat_ws(separator, Columns{ColumnOrName(arguments)...});
}
template <ColumnLike... Arguments>
Column format_string(const std::string& format, const Arguments&... arguments) {
  return format_string(format, Columns{ColumnOrName(arguments)...});
}
template <ColumnLike... Arguments>
Column hash(const Arguments&... arguments) {
  return hash(Columns{ColumnOrName(arguments)...});
}
template <ColumnLike... Arguments>
Column xxhash64(const Arguments&... arguments) {
  return xxhash64(Columns{ColumnOrName(arguments)...});
}
template <ColumnLike... Arguments>
Column array(const Arguments&... arguments) {
  return array(Columns{ColumnOrName(arguments)...});
}
template <ColumnLike... Arguments>
Column struct_(const Arguments&... arguments) {
  return struct_(Columns{ColumnOrName(arguments)...});
}
template <ColumnLike... Arguments>
Column named_struct(const Arguments&... arguments) {
  return named_struct(Columns{ColumnOrName(arguments)...});
}
template <ColumnLike... Arguments>
Column create_map(const Arguments&... arguments) {
  return create_map(Columns{ColumnOrName(arguments)...});
}
template <ColumnLike... Arguments>
Column arrays_zip(const Arguments&... arguments) {
  return arrays_zip(Columns{ColumnOrName(arguments)...});
}
template <ColumnLike... Arguments>
Column map_concat(const Arguments&... arguments) {
  return map_concat(Columns{ColumnOrName(arguments)...});
}
template <ColumnLike... Arguments>
Column count_distinct(const Arguments&... arguments) {
  return count_distinct(Columns{ColumnOrName(arguments)...});
}

}  // namespace headrace::inline v1::functions
