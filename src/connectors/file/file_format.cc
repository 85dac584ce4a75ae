#include "connectors/file/file_format.h"

namespace headrace {

bool IsFileFormat(const std::string& name) {
  const std::string lower = ToLower(name);
  return lower == "text" || lower == "json" || lower == "csv" || lower == "parquet";
}

Result<std::shared_ptr<const FileFormat>> MakeFileFormat(const std::string& name,
                                                         const Options& options,
                                                         const ConnectorContext& context) {
  const std::string lower = ToLower(name);
  if (lower == "text") return MakeTextFormat(options);
  if (lower == "json") return MakeJsonFormat(options, context);
  if (lower == "csv") return MakeCsvFormat(options, context);
  if (lower == "parquet") return MakeParquetFormat(options, context);
  return NotSupported("file format " + lower, "Use parquet, json, csv or text.");
}

Status UnsupportedFieldType(const std::string& format, const arrow::Field& field) {
  const std::string type = SqlName(*field.type());
  return AnalysisError("UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
                       "The format " + format + " cannot hold the column " +
                           QuoteIdentifier(field.name()) + ", which is of the type " + type +
                           ". Cast or drop it.",
                       {{"columnName", QuoteIdentifier(field.name())},
                        {"columnType", "\"" + type + "\""},
                        {"format", format}});
}

}  // namespace headrace
