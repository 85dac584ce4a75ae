#include "connectors/file/write_format.h"

#include "connectors/file/file_format.h"
#include "connectors/file/text_output.h"
#include "functions/json/json_writer.h"

namespace headrace {

namespace {

std::string DisplayName(const std::string& format) {
  if (format == "json") return "JSON";
  if (format == "csv") return "CSV";
  if (format == "orc") return "ORC";
  if (format == "avro") return "AVRO";
  return format == "parquet" ? "Parquet" : "Text";
}

class TextFileWriter final : public FileWriter {
 public:
  TextFileWriter(std::unique_ptr<TextOutput> output, std::string separator)
      : output_(std::move(output)), separator_(std::move(separator)) {}

  Status Write(const std::shared_ptr<arrow::RecordBatch>& rows) override {
    const auto& lines = static_cast<const arrow::StringArray&>(*rows->column(0));
    for (int64_t i = 0; i < lines.length(); ++i) {
      if (lines.IsValid(i)) output_->buffer()->append(lines.GetView(i));
      output_->buffer()->append(separator_);
    }
    return output_->Flush();
  }
  Status Close() override { return output_->Close(); }

 private:
  std::unique_ptr<TextOutput> output_;
  const std::string separator_;
};

class TextWriteFormat final : public WriteFormat {
 public:
  TextWriteFormat(TextEncoding encoding, std::string separator)
      : encoding_(std::move(encoding)), separator_(std::move(separator)) {}
  std::string extension() const override { return ".txt" + encoding_.extension(); }
  Result<std::unique_ptr<FileWriter>> Create(
      std::shared_ptr<arrow::io::OutputStream> file) const override {
    ARROW_ASSIGN_OR_RAISE(auto output, TextOutput::Create(std::move(file), encoding_));
    return std::make_unique<TextFileWriter>(std::move(output), separator_);
  }

 private:
  const TextEncoding encoding_;
  const std::string separator_;
};

class JsonFileWriter final : public FileWriter {
 public:
  JsonFileWriter(std::unique_ptr<TextOutput> output, std::shared_ptr<const JsonWriter> writer,
                 std::string separator)
      : output_(std::move(output)), writer_(std::move(writer)), separator_(std::move(separator)) {}

  Status Write(const std::shared_ptr<arrow::RecordBatch>& rows) override {
    ARROW_ASSIGN_OR_RAISE(const auto records, rows->ToStructArray());
    if (separator_ == "\n") {
      ARROW_RETURN_NOT_OK(writer_->AppendLines(*records, output_->buffer()));
      return output_->Flush();
    }
    for (int64_t i = 0; i < records->length(); ++i) {
      ARROW_RETURN_NOT_OK(writer_->AppendRow(*records, i, output_->buffer()));
      output_->buffer()->append(separator_);
    }
    return output_->Flush();
  }
  Status Close() override { return output_->Close(); }

 private:
  std::unique_ptr<TextOutput> output_;
  std::shared_ptr<const JsonWriter> writer_;
  const std::string separator_;
};

class JsonWriteFormat final : public WriteFormat {
 public:
  JsonWriteFormat(TextEncoding encoding, std::shared_ptr<const JsonWriter> writer,
                  std::string separator)
      : encoding_(std::move(encoding)),
        writer_(std::move(writer)),
        separator_(std::move(separator)) {}
  std::string extension() const override { return ".json" + encoding_.extension(); }
  Result<std::unique_ptr<FileWriter>> Create(
      std::shared_ptr<arrow::io::OutputStream> file) const override {
    ARROW_ASSIGN_OR_RAISE(auto output, TextOutput::Create(std::move(file), encoding_));
    return std::make_unique<JsonFileWriter>(std::move(output), writer_, separator_);
  }

 private:
  const TextEncoding encoding_;
  const std::shared_ptr<const JsonWriter> writer_;
  const std::string separator_;
};

}  // namespace

Result<std::shared_ptr<const WriteFormat>> MakeTextWriteFormat(const SchemaPtr& schema,
                                                               const Options& options) {
  ARROW_ASSIGN_OR_RAISE(const auto as_source, MakeTextFormat(options));
  ARROW_RETURN_NOT_OK(as_source->CheckSchema(*schema));
  ARROW_ASSIGN_OR_RAISE(auto encoding, TextEncoding::Parse(options));
  encoding.charset.clear();  // lines are bytes, and are written as they are
  return std::make_shared<TextWriteFormat>(std::move(encoding), options.GetOr("lineSep", "\n"));
}

Result<std::shared_ptr<const WriteFormat>> MakeJsonWriteFormat(const SchemaPtr& schema,
                                                               const Options& options,
                                                               const ConnectorContext& context) {
  ARROW_RETURN_NOT_OK(CheckOptionNames("json", options, JsonOptionNames()));
  ARROW_ASSIGN_OR_RAISE(auto encoding, TextEncoding::Parse(options));
  Options given;
  for (const auto& [key, value] : options.values()) {
    // These are the file's, not the JSON's.
    if (!EqualsIgnoreCase(key, "lineSep") && !EqualsIgnoreCase(key, "encoding") &&
        !EqualsIgnoreCase(key, "charset")) {
      given.Set(key, value);
    }
  }
  if (!given.Has("ignoreNullFields")) {
    if (const auto ignore = context.configuration("spark.sql.jsonGenerator.ignoreNullFields")) {
      given.Set("ignoreNullFields", *ignore);
    }
  }
  ARROW_ASSIGN_OR_RAISE(const auto parsed, JsonWriteOptions::Parse(given, context.session_zone));
  ARROW_ASSIGN_OR_RAISE(auto writer, JsonWriter::Make(arrow::struct_(schema->fields()), parsed));
  return std::make_shared<JsonWriteFormat>(std::move(encoding), std::move(writer),
                                           options.GetOr("lineSep", "\n"));
}

Result<std::shared_ptr<const WriteFormat>> MakeWriteFormat(const std::string& name,
                                                           const SchemaPtr& schema,
                                                           const Options& options,
                                                           const ConnectorContext& context) {
  const std::string lower = ToLower(name);
  if (!IsFileFormat(lower)) {
    return NotSupported("file format " + lower, "Use parquet, orc, avro, json, csv or text.");
  }
  if (schema->num_fields() == 0) {
    return AnalysisError(
        "EMPTY_SCHEMA_NOT_SUPPORTED_FOR_DATASOURCE",
        "There is no column to write: a " + DisplayName(lower) + " file needs at least one.",
        {{"format", DisplayName(lower)}});
  }
  if (lower == "text") return MakeTextWriteFormat(schema, options);
  if (lower == "json") return MakeJsonWriteFormat(schema, options, context);
  if (lower == "csv") return MakeCsvWriteFormat(schema, options, context);
  if (lower == "orc") return MakeOrcWriteFormat(schema, options, context);
  if (lower == "avro") return MakeAvroWriteFormat(schema, options, context);
  return MakeParquetWriteFormat(schema, options, context);
}

}  // namespace headrace
