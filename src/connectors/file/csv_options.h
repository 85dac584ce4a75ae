// Options of reading CSV.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "connectors/file/file_options.h"
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
  bool ignore_leading_space = false;
  bool ignore_trailing_space = false;
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

  static Result<CsvOptions> Parse(const Options& options, const ConnectorContext& context);
};

// Shared with the writer. A separator such as `\t` written out; error: empty.
Result<std::string> CsvSeparator(const Options& options);
// One character, or none (0) when empty.
Result<char> CsvCharacter(const Options& options, const std::string& name, char fallback);
Result<std::shared_ptr<const DateTimePattern>> CsvPattern(const Options& options,
                                                          const std::string& name);
// The zone of the option timeZone, else the session's.
Result<std::shared_ptr<const TimeZone>> CsvZone(const Options& options,
                                                const ConnectorContext& context);
const FormatOptionNames& CsvOptionNames();

}  // namespace headrace
