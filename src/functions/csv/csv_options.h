// The options of reading and writing CSV: from_csv, to_csv, schema_of_csv, the CSV file source and
// sink.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/options.h"
#include "types/time.h"

namespace headrace {

enum class CsvMode { kPermissive, kDropMalformed, kFailFast };

struct CsvOptions {
  std::string separator = ",";
  // 0: none
  char quote = '"';
  char escape = '\\';
  char escape_of_escape = '\\';  // before `escape`, to have it as itself
  char comment = 0;
  bool header = false;
  bool enforce_schema = true;
  bool infer_schema = false;
  bool prefer_date = true;
  bool multi_line = false;
  bool column_pruning = true;
  bool ignore_leading_space = false;
  bool ignore_trailing_space = false;
  int64_t max_columns = 20480;
  int64_t max_value_bytes = -1;  // -1: no limit
  std::string null_value;
  std::string empty_value;
  std::string nan_value = "NaN";
  std::string positive_infinity = "Inf";
  std::string negative_infinity = "-Inf";
  CsvMode mode = CsvMode::kPermissive;
  std::string corrupt_record_column = "_corrupt_record";
  std::shared_ptr<const TimeZone> zone = TimeZone::Utc();
  // Null: the rules of CAST.
  std::shared_ptr<const DateTimePattern> date_pattern;
  std::shared_ptr<const DateTimePattern> timestamp_pattern;
  std::shared_ptr<const DateTimePattern> timestamp_ntz_pattern;

  // Reads Spark's option names, case-insensitively; other keys are the caller's. `zone` is the
  // session's, used unless there is a timeZone option. NotSupported for values by name.
  static Result<CsvOptions> Parse(const Options& options, std::shared_ptr<const TimeZone> zone);
};

struct CsvWriteOptions {
  std::string separator = ",";
  char quote = '"';  // the character NUL if there is none, as in Spark
  char escape = '\\';
  char escape_of_escape = '\\';  // 0: none
  bool header = false;
  bool quote_all = false;
  bool escape_quotes = true;
  bool ignore_leading_space = true;
  bool ignore_trailing_space = true;
  std::string null_value;
  std::string empty_value = "\"\"";
  std::shared_ptr<const TimeZone> zone = TimeZone::Utc();
  std::shared_ptr<const DateTimePattern> date_pattern;  // null: yyyy-MM-dd
  std::shared_ptr<const DateTimePattern> timestamp_pattern;
  std::shared_ptr<const DateTimePattern> timestamp_ntz_pattern;

  static Result<CsvWriteOptions> Parse(const Options& options,
                                       std::shared_ptr<const TimeZone> zone);
};

}  // namespace headrace
