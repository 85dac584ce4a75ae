// The options of reading and writing JSON: from_json, to_json, the JSON file source and sink.
#pragma once

#include <memory>
#include <string>

#include "base/options.h"
#include "types/time.h"

namespace headrace {

enum class JsonMode {
  kPermissive,     // what can't be read is null, the raw record goes to the corrupt-record column
  kDropMalformed,  // file source only: malformed records leave no row
  kFailFast,       // the first malformed record is an error
};

struct JsonReadOptions {
  JsonMode mode = JsonMode::kPermissive;
  // When the target struct has a string field of this name it receives the raw text of malformed
  // records, null for good ones.
  std::string corrupt_record_column = "_corrupt_record";
  std::shared_ptr<const TimeZone> zone = TimeZone::Utc();
  // Null: the rules of CAST (which take ISO forms), as Spark does without an option.
  std::shared_ptr<const DateTimePattern> timestamp_pattern;
  std::shared_ptr<const DateTimePattern> timestamp_ntz_pattern;
  std::shared_ptr<const DateTimePattern> date_pattern;
  // What a pattern does not fit is tried by the rules of CAST.
  bool parsing_fallback = false;
  bool primitives_as_string = false;  // matters to schema inference only
  bool prefers_decimal = false;       // likewise
  bool drop_field_if_all_null = false;
  bool infer_timestamp = false;  // likewise
  double sampling_ratio = 1.0;
  bool multi_line = false;  // the file source hands a whole file over as one document
  bool allow_comments = false;
  bool allow_unquoted_field_names = false;
  bool allow_single_quotes = true;
  bool allow_numeric_leading_zeros = false;
  bool allow_non_numeric_numbers = true;
  bool allow_unquoted_control_characters = false;
  bool allow_backslash_escaping_any_character = false;
  // A document that is an array of objects gives one row an object: the file source; from_json
  // takes it as malformed.
  bool array_as_rows = false;
  // A string field takes a number or a nested value as it stands in the text: the file source;
  // from_json takes it written anew.
  bool exact_strings = false;

  // Reads Spark's option names, case-insensitively. Keys that are not options of JSON (path,
  // maxFilesPerTrigger, …) are the caller's. Errors name option and value: unknown mode, bad
  // pattern, encoding other than UTF-8, a lineSep that is not one of \n, \r\n, \r, locale other
  // than en-US. `zone` is the session's, used unless there is a timeZone option.
  static Result<JsonReadOptions> Parse(const Options& options,
                                       std::shared_ptr<const TimeZone> zone);
};

struct JsonWriteOptions {
  std::shared_ptr<const TimeZone> zone = TimeZone::Utc();
  bool ignore_null_fields = true;
  bool pretty = false;      // fields on lines of their own
  bool ascii_only = false;  // other characters are written as escapes
  // Null: ISO 8601 with milliseconds or as many digits as needed, and the zone's offset.
  std::shared_ptr<const DateTimePattern> timestamp_pattern;
  std::shared_ptr<const DateTimePattern> timestamp_ntz_pattern;
  std::shared_ptr<const DateTimePattern> date_pattern;

  static Result<JsonWriteOptions> Parse(const Options& options,
                                        std::shared_ptr<const TimeZone> zone);
};

}  // namespace headrace
