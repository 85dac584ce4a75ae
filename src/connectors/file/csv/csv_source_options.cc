#include "connectors/file/csv/csv_source_options.h"

#include "connector/option_check.h"
#include "connectors/file/charset.h"

namespace headrace {

Status CheckCsvOptionNames(const Options& options) {
  static const auto* names = new FormatOptionNames{{"sep",
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
                                                    "unescapedquotehandling",
                                                    "samplingratio",
                                                    "emptyvalue",
                                                    "enforceschema",
                                                    "columnpruning",
                                                    "maxcolumns",
                                                    "maxcharspercolumn",
                                                    "timezone",
                                                    "compression",
                                                    "codec",
                                                    "encoding",
                                                    "charset",
                                                    "linesep",
                                                    "extension",
                                                    "quoteall",
                                                    "escapequotes",
                                                    "inputbuffersize",
                                                    "locale",
                                                    "enabledatetimeparsingfallback",
                                                    "singlevariantcolumn"},
                                                   {}};
  return CheckOptionNames("csv", options, *names);
}

Result<std::string> CsvLineSeparator(const Options& options) {
  const auto given = options.Get("lineSep");
  if (!given) return "";
  if (given->empty()) return InvalidOption("lineSep", "", "must not be empty");
  return *given;
}

Result<CsvFileOptions> CsvFileOptions::Parse(const Options& options,
                                             const ConnectorContext& context) {
  ARROW_RETURN_NOT_OK(CheckCsvOptionNames(options));
  Options given = options;
  if (!given.Has("columnNameOfCorruptRecord")) {
    if (const auto name = context.configuration("spark.sql.columnNameOfCorruptRecord")) {
      given.Set("columnNameOfCorruptRecord", *name);
    }
  }
  if (!given.Has("columnPruning")) {
    if (const auto pruning = context.configuration("spark.sql.csv.parser.columnPruning.enabled")) {
      given.Set("columnPruning", *pruning);
    }
  }
  CsvFileOptions parsed;
  ARROW_ASSIGN_OR_RAISE(parsed.csv, CsvOptions::Parse(given, context.session_zone));
  ARROW_ASSIGN_OR_RAISE(const auto separator, CsvLineSeparator(options));
  if (separator != "\n" && separator != "\r\n") parsed.line_separator = separator;
  if (!parsed.line_separator.empty() && parsed.csv.multi_line) {
    return NotSupported("option lineSep=" + separator + " of the format csv with multiLine");
  }
  const std::string charset = options.GetOr("encoding", options.GetOr("charset", "UTF-8"));
  ARROW_RETURN_NOT_OK(CheckCharset(charset));
  if (!IsUtf8Name(charset)) parsed.charset = charset;
  return parsed;
}

}  // namespace headrace
