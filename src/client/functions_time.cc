// Functions over dates and times, and windows of time.
#include "headrace/functions.h"

#include "client/expression_node.h"

namespace headrace::inline v1::functions {

using client::Call;
using client::Literal;

Column current_date() { return Call("current_date", {}); }
Column current_timestamp() { return Call("current_timestamp", {}); }
Column now() { return Call("now", {}); }
Column to_date(const ColumnOrName& column) { return Call("to_date", {column}); }
Column to_date(const ColumnOrName& column, const std::string& format) {
  return Call("to_date", {column, Literal(format)});
}
Column to_timestamp(const ColumnOrName& column) { return Call("to_timestamp", {column}); }
Column to_timestamp(const ColumnOrName& column, const std::string& format) {
  return Call("to_timestamp", {column, Literal(format)});
}
Column date_format(const ColumnOrName& time, const std::string& format) {
  return Call("date_format", {time, Literal(format)});
}
Column unix_timestamp() { return Call("unix_timestamp", {}); }
Column unix_timestamp(const ColumnOrName& time, const std::string& format) {
  return Call("unix_timestamp", {time, Literal(format)});
}
Column from_unixtime(const ColumnOrName& seconds, const std::string& format) {
  return Call("from_unixtime", {seconds, Literal(format)});
}
Column year(const ColumnOrName& time) { return Call("year", {time}); }
Column quarter(const ColumnOrName& time) { return Call("quarter", {time}); }
Column month(const ColumnOrName& time) { return Call("month", {time}); }
Column weekofyear(const ColumnOrName& time) { return Call("weekofyear", {time}); }
Column dayofyear(const ColumnOrName& time) { return Call("dayofyear", {time}); }
Column dayofmonth(const ColumnOrName& time) { return Call("dayofmonth", {time}); }
Column dayofweek(const ColumnOrName& time) { return Call("dayofweek", {time}); }
Column hour(const ColumnOrName& time) { return Call("hour", {time}); }
Column minute(const ColumnOrName& time) { return Call("minute", {time}); }
Column second(const ColumnOrName& time) { return Call("second", {time}); }
Column date_add(const ColumnOrName& date, int32_t days) {
  return Call("date_add", {date, Literal(days)});
}
Column date_sub(const ColumnOrName& date, int32_t days) {
  return Call("date_sub", {date, Literal(days)});
}
Column datediff(const ColumnOrName& end, const ColumnOrName& start) {
  return Call("datediff", {end, start});
}
Column add_months(const ColumnOrName& date, int32_t months) {
  return Call("add_months", {date, Literal(months)});
}
Column months_between(const ColumnOrName& left, const ColumnOrName& right, bool round_off) {
  return Call("months_between", {left, right, Literal(round_off)});
}
Column last_day(const ColumnOrName& date) { return Call("last_day", {date}); }
Column next_day(const ColumnOrName& date, const std::string& day_of_week) {
  return Call("next_day", {date, Literal(day_of_week)});
}
Column trunc(const ColumnOrName& date, const std::string& unit) {
  return Call("trunc", {date, Literal(unit)});
}
Column date_trunc(const std::string& unit, const ColumnOrName& time) {
  return Call("date_trunc", {Literal(unit), time});
}
Column make_date(const ColumnOrName& year, const ColumnOrName& month, const ColumnOrName& day) {
  return Call("make_date", {year, month, day});
}
Column timestamp_seconds(const ColumnOrName& seconds) {
  return Call("timestamp_seconds", {seconds});
}
Column timestamp_millis(const ColumnOrName& milliseconds) {
  return Call("timestamp_millis", {milliseconds});
}
Column timestamp_micros(const ColumnOrName& microseconds) {
  return Call("timestamp_micros", {microseconds});
}
Column unix_seconds(const ColumnOrName& time) { return Call("unix_seconds", {time}); }
Column unix_millis(const ColumnOrName& time) { return Call("unix_millis", {time}); }
Column unix_micros(const ColumnOrName& time) { return Call("unix_micros", {time}); }
Column from_utc_timestamp(const ColumnOrName& time, const std::string& zone) {
  return Call("from_utc_timestamp", {time, Literal(zone)});
}
Column to_utc_timestamp(const ColumnOrName& time, const std::string& zone) {
  return Call("to_utc_timestamp", {time, Literal(zone)});
}

Column window(const ColumnOrName& time, const std::string& duration) {
  return Call("window", {time, Literal(duration)});
}
Column window(const ColumnOrName& time, const std::string& duration, const std::string& slide) {
  return Call("window", {time, Literal(duration), Literal(slide)});
}
Column window(const ColumnOrName& time, const std::string& duration, const std::string& slide,
              const std::string& start) {
  return Call("window", {time, Literal(duration), Literal(slide), Literal(start)});
}
Column session_window(const ColumnOrName& time, const std::string& gap) {
  return Call("session_window", {time, Literal(gap)});
}
Column session_window(const ColumnOrName& time, const Column& gap) {
  return Call("session_window", {time, gap});
}
Column window_time(const ColumnOrName& window) { return Call("window_time", {window}); }

}  // namespace headrace::inline v1::functions
