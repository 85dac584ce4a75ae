#include "functions/csv/csv_options.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "types/spark_type.h"

namespace headrace {

namespace {

Result<std::string> Separator(const Options& options) {
  const std::string given = options.GetOr("sep", options.GetOr("delimiter", ","));
  std::string separator;
  for (size_t i = 0; i < given.size(); ++i) {
    if (given[i] != '\\' || i + 1 == given.size()) {
      separator += given[i];
      continue;
    }
    const char code = given[++i];
    const size_t known = std::string_view("trbf\"'\\").find(code);
    if (known == std::string_view::npos) {
      return IllegalArgument(
          "INVALID_DELIMITER_VALUE.UNSUPPORTED_SPECIAL_CHARACTER",
          "The option 'sep' holds \\" + std::string(1, code) + ", which stands for no character.",
          {{"str", given}});
    }
    separator += "\t\r\b\f\"'\\"[known];
  }
  if (separator.empty()) {
    return IllegalArgument("INVALID_DELIMITER_VALUE.EMPTY_STRING",
                           "The option 'sep' is empty, but must hold at least one character.");
  }
  return separator;
}

Result<char> Character(const Options& options, const std::string& name, char fallback) {
  const auto given = options.Get(name);
  if (!given) return fallback;
  if (given->empty() || *given == "\\u0000") return '\0';
  if (given->size() > 1) {
    return MakeError(
        ErrorKind::kRuntime, "_LEGACY_ERROR_TEMP_2099",
        "The option '" + name + "' is '" + *given + "', but must be a single character of ASCII.",
        {{"paramName", name}});
  }
  return given->front();
}

Result<std::shared_ptr<const DateTimePattern>> Pattern(const Options& options,
                                                       const std::string& name) {
  const auto given = options.Get(name);
  if (!given) return std::shared_ptr<const DateTimePattern>();
  return DateTimePattern::Compile(*given);
}

Result<std::shared_ptr<const TimeZone>> Zone(const Options& options,
                                             std::shared_ptr<const TimeZone> session_zone) {
  if (const auto name = options.Get("timeZone")) return TimeZone::Find(*name);
  return session_zone;
}

// Options of which one value only can be had.
Status CheckFixed(const Options& options) {
  const std::pair<const char*, std::vector<std::string>> fixed[] = {
      {"locale", {"en-US", "en_US", "en"}},
      {"unescapedQuoteHandling", {"STOP_AT_DELIMITER"}},
      {"enableDateTimeParsingFallback", {"false"}},
      {"singleVariantColumn", {}}};
  for (const auto& [name, values] : fixed) {
    const auto given = options.Get(name);
    if (!given) continue;
    const bool known = std::any_of(values.begin(), values.end(), [&](const std::string& value) {
      return EqualsIgnoreCase(value, *given);
    });
    if (!known) return NotSupported("the CSV option " + std::string(name) + "=" + *given);
  }
  return Status::OK();
}

// What readers and writers say in the same words, with the same defaults.
template <typename Parsed>
Status ParsePunctuation(const Options& options, Parsed* parsed) {
  ARROW_ASSIGN_OR_RAISE(parsed->separator, Separator(options));
  ARROW_ASSIGN_OR_RAISE(parsed->quote, Character(options, "quote", '"'));
  ARROW_ASSIGN_OR_RAISE(parsed->escape, Character(options, "escape", '\\'));
  ARROW_ASSIGN_OR_RAISE(parsed->escape_of_escape,
                        Character(options, "charToEscapeQuoteEscaping",
                                  parsed->escape == parsed->quote ? '\0' : parsed->escape));
  ARROW_ASSIGN_OR_RAISE(parsed->header, options.GetBool("header", false));
  parsed->null_value = options.GetOr("nullValue", "");
  return Status::OK();
}

}  // namespace

Result<CsvOptions> CsvOptions::Parse(const Options& options, std::shared_ptr<const TimeZone> zone) {
  ARROW_RETURN_NOT_OK(CheckFixed(options));
  CsvOptions parsed;
  ARROW_RETURN_NOT_OK(ParsePunctuation(options, &parsed));
  ARROW_ASSIGN_OR_RAISE(parsed.comment, Character(options, "comment", '\0'));
  ARROW_ASSIGN_OR_RAISE(parsed.enforce_schema, options.GetBool("enforceSchema", true));
  ARROW_ASSIGN_OR_RAISE(parsed.infer_schema, options.GetBool("inferSchema", false));
  ARROW_ASSIGN_OR_RAISE(parsed.prefer_date, options.GetBool("preferDate", true));
  ARROW_ASSIGN_OR_RAISE(parsed.multi_line, options.GetBool("multiLine", false));
  ARROW_ASSIGN_OR_RAISE(parsed.ignore_leading_space,
                        options.GetBool("ignoreLeadingWhiteSpace", false));
  ARROW_ASSIGN_OR_RAISE(parsed.ignore_trailing_space,
                        options.GetBool("ignoreTrailingWhiteSpace", false));
  parsed.empty_value = options.GetOr("emptyValue", "");
  parsed.nan_value = options.GetOr("nanValue", "NaN");
  parsed.positive_infinity = options.GetOr("positiveInf", "Inf");
  parsed.negative_infinity = options.GetOr("negativeInf", "-Inf");
  const std::string mode = ToLower(options.GetOr("mode", "permissive"));
  if (mode == "dropmalformed") {
    parsed.mode = CsvMode::kDropMalformed;
  } else if (mode == "failfast") {
    parsed.mode = CsvMode::kFailFast;
  }  // any other word is PERMISSIVE, as in Spark
  parsed.corrupt_record_column =
      options.GetOr("columnNameOfCorruptRecord", parsed.corrupt_record_column);
  ARROW_ASSIGN_OR_RAISE(parsed.column_pruning, options.GetBool("columnPruning", true));
  ARROW_ASSIGN_OR_RAISE(parsed.max_columns, options.GetInt("maxColumns", parsed.max_columns));
  ARROW_ASSIGN_OR_RAISE(parsed.max_value_bytes, options.GetInt("maxCharsPerColumn", -1));
  ARROW_ASSIGN_OR_RAISE(parsed.zone, Zone(options, std::move(zone)));
  ARROW_ASSIGN_OR_RAISE(parsed.date_pattern, Pattern(options, "dateFormat"));
  ARROW_ASSIGN_OR_RAISE(parsed.timestamp_pattern, Pattern(options, "timestampFormat"));
  ARROW_ASSIGN_OR_RAISE(parsed.timestamp_ntz_pattern, Pattern(options, "timestampNTZFormat"));
  return parsed;
}

Result<CsvWriteOptions> CsvWriteOptions::Parse(const Options& options,
                                               std::shared_ptr<const TimeZone> zone) {
  ARROW_RETURN_NOT_OK(CheckFixed(options));
  CsvWriteOptions parsed;
  ARROW_RETURN_NOT_OK(ParsePunctuation(options, &parsed));
  ARROW_ASSIGN_OR_RAISE(parsed.quote_all, options.GetBool("quoteAll", false));
  ARROW_ASSIGN_OR_RAISE(parsed.escape_quotes, options.GetBool("escapeQuotes", true));
  ARROW_ASSIGN_OR_RAISE(parsed.ignore_leading_space,
                        options.GetBool("ignoreLeadingWhiteSpace", true));
  ARROW_ASSIGN_OR_RAISE(parsed.ignore_trailing_space,
                        options.GetBool("ignoreTrailingWhiteSpace", true));
  parsed.empty_value = options.GetOr("emptyValue", "\"\"");
  ARROW_ASSIGN_OR_RAISE(parsed.zone, Zone(options, std::move(zone)));
  ARROW_ASSIGN_OR_RAISE(parsed.date_pattern, Pattern(options, "dateFormat"));
  Options with_defaults = options;
  if (!options.Has("timestampFormat")) {
    with_defaults.Set("timestampFormat", "yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]");
  }
  if (!options.Has("timestampNTZFormat")) {
    with_defaults.Set("timestampNTZFormat", "yyyy-MM-dd'T'HH:mm:ss[.SSS]");
  }
  ARROW_ASSIGN_OR_RAISE(parsed.timestamp_pattern, Pattern(with_defaults, "timestampFormat"));
  ARROW_ASSIGN_OR_RAISE(parsed.timestamp_ntz_pattern, Pattern(with_defaults, "timestampNTZFormat"));
  return parsed;
}

}  // namespace headrace
