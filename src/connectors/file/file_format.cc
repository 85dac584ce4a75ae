#include "connectors/file/file_format.h"

namespace headrace {

bool IsFileFormat(const std::string& name) {
  const std::string lower = ToLower(name);
  return lower == "text" || lower == "json" || lower == "csv" || lower == "parquet" ||
         lower == "orc" || lower == "avro";
}

Result<std::shared_ptr<const FileFormat>> MakeFileFormat(const std::string& name,
                                                         const Options& options,
                                                         const ConnectorContext& context) {
  const std::string lower = ToLower(name);
  if (lower == "text") return MakeTextFormat(options);
  if (lower == "json") return MakeJsonFormat(options, context);
  if (lower == "csv") return MakeCsvFormat(options, context);
  if (lower == "parquet") return MakeParquetFormat(options, context);
  if (lower == "orc") return MakeOrcFormat(options, context);
  if (lower == "avro") return MakeAvroFormat(options, context);
  return NotSupported("file format " + lower, "Use parquet, orc, avro, json, csv or text.");
}

Status CheckCorruptRecordColumn(const arrow::Schema& schema, const std::string& name) {
  const int column = schema.GetFieldIndex(name);
  if (column < 0 || IsString(*schema.field(column)->type())) return Status::OK();
  const std::string type = SqlName(*schema.field(column)->type());
  return AnalysisError("INVALID_CORRUPT_RECORD_TYPE",
                       "The column " + QuoteIdentifier(name) +
                           " takes the text of malformed records, so it must be a string, not " +
                           type + ".",
                       {{"columnName", QuoteIdentifier(name)}, {"actualType", "\"" + type + "\""}});
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
