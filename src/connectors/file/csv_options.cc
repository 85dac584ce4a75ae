#include "connectors/file/csv_options.h"

#include "connector/option_check.h"

namespace headrace {

const FormatOptionNames& CsvOptionNames() {
  static const auto* names =
      new FormatOptionNames{{"sep",
                             "delimiter",
                             "quote",
                             "escape",
                             "comment",
                             "header",
                             "inferschema",
                             "preferdate",
                             "ignoreleadingwhitespace",
                             "ignoretrailingwhitespace",
                             "nullvalue",
                             "nanvalue",
                             "positiveinf",
                             "negativeinf",
                             "dateformat",
                             "timestampformat",
                             "timestampntzformat",
                             "mode",
                             "columnnameofcorruptrecord",
                             "multiline",
                             "chartoescapequoteescaping",
                             "samplingratio",
                             "emptyvalue",
                             "enforceschema",
                             "maxcolumns",
                             "maxcharspercolumn",
                             "timezone",
                             "compression",
                             "codec",
                             "quoteall",
                             "escapequotes"},
                            {{"locale", {"en-us", "en_us"}},
                             {"encoding", {"utf-8", "utf8"}},
                             {"charset", {"utf-8", "utf8"}},
                             {"linesep", {"\n"}},
                             {"unescapedquotehandling", {"stop_at_delimiter"}},
                             {"enabledatetimeparsingfallback", {"false"}},
                             {"columnpruning", {"true"}},
                             {"singlevariantcolumn", {}},
                             {"extension", {"csv"}}}};
  return *names;
}

Result<std::string> CsvSeparator(const Options& options) {
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
      return InvalidOption("sep", given,
                           "holds \\" + std::string(1, code) + ", which stands for no character");
    }
    separator += "\t\r\b\f\"'\\"[known];
  }
  if (separator.empty()) return InvalidOption("sep", given, "must not be empty");
  return separator;
}

Result<char> CsvCharacter(const Options& options, const std::string& name, char fallback) {
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

Result<std::shared_ptr<const DateTimePattern>> CsvPattern(const Options& options,
                                                          const std::string& name) {
  const auto given = options.Get(name);
  if (!given) return std::shared_ptr<const DateTimePattern>();
  return DateTimePattern::Compile(*given);
}

Result<std::shared_ptr<const TimeZone>> CsvZone(const Options& options,
                                                const ConnectorContext& context) {
  if (const auto name = options.Get("timeZone")) return TimeZone::Find(*name);
  return context.session_zone;
}

Result<CsvOptions> CsvOptions::Parse(const Options& options, const ConnectorContext& context) {
  ARROW_RETURN_NOT_OK(CheckOptionNames("csv", options, CsvOptionNames()));
  CsvOptions parsed;
  ARROW_ASSIGN_OR_RAISE(parsed.separator, CsvSeparator(options));
  ARROW_ASSIGN_OR_RAISE(parsed.quote, CsvCharacter(options, "quote", '"'));
  ARROW_ASSIGN_OR_RAISE(parsed.escape, CsvCharacter(options, "escape", '\\'));
  ARROW_ASSIGN_OR_RAISE(parsed.escape_of_escape,
                        CsvCharacter(options, "charToEscapeQuoteEscaping",
                                     parsed.escape == parsed.quote ? '\0' : parsed.escape));
  ARROW_ASSIGN_OR_RAISE(parsed.comment, CsvCharacter(options, "comment", '\0'));
  ARROW_ASSIGN_OR_RAISE(parsed.header, options.GetBool("header", false));
  ARROW_ASSIGN_OR_RAISE(parsed.enforce_schema, options.GetBool("enforceSchema", true));
  ARROW_ASSIGN_OR_RAISE(parsed.infer_schema, options.GetBool("inferSchema", false));
  ARROW_ASSIGN_OR_RAISE(parsed.prefer_date, options.GetBool("preferDate", true));
  ARROW_ASSIGN_OR_RAISE(parsed.multi_line, options.GetBool("multiLine", false));
  ARROW_ASSIGN_OR_RAISE(parsed.ignore_leading_space,
                        options.GetBool("ignoreLeadingWhiteSpace", false));
  ARROW_ASSIGN_OR_RAISE(parsed.ignore_trailing_space,
                        options.GetBool("ignoreTrailingWhiteSpace", false));
  parsed.null_value = options.GetOr("nullValue", "");
  parsed.empty_value = options.GetOr("emptyValue", "");
  parsed.nan_value = options.GetOr("nanValue", "NaN");
  parsed.positive_infinity = options.GetOr("positiveInf", "Inf");
  parsed.negative_infinity = options.GetOr("negativeInf", "-Inf");
  // Spark takes any other word as PERMISSIVE, with a warning.
  const std::string mode = ToLower(options.GetOr("mode", "permissive"));
  if (mode == "dropmalformed") {
    parsed.mode = CsvMode::kDropMalformed;
  } else if (mode == "failfast") {
    parsed.mode = CsvMode::kFailFast;
  } else if (mode != "permissive") {
    return InvalidOption("mode", options.GetOr("mode", ""),
                         "must be one of PERMISSIVE, DROPMALFORMED and FAILFAST");
  }
  parsed.corrupt_record_column = options.GetOr(
      "columnNameOfCorruptRecord",
      context.configuration("spark.sql.columnNameOfCorruptRecord").value_or("_corrupt_record"));
  ARROW_ASSIGN_OR_RAISE(parsed.zone, CsvZone(options, context));
  ARROW_ASSIGN_OR_RAISE(parsed.date_pattern, CsvPattern(options, "dateFormat"));
  ARROW_ASSIGN_OR_RAISE(parsed.timestamp_pattern, CsvPattern(options, "timestampFormat"));
  ARROW_ASSIGN_OR_RAISE(parsed.timestamp_ntz_pattern, CsvPattern(options, "timestampNTZFormat"));
  return parsed;
}

}  // namespace headrace
