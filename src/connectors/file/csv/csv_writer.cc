#include <algorithm>

#include "connector/option_check.h"
#include "connectors/file/csv/csv_source_options.h"
#include "connectors/file/file_format.h"
#include "connectors/file/text_output.h"
#include "connectors/file/write_format.h"
#include "functions/csv/csv_columns.h"
#include "functions/csv/csv_row_writer.h"

namespace headrace {

namespace {

class CsvFileWriter final : public FileWriter {
 public:
  CsvFileWriter(std::unique_ptr<TextOutput> output, const CsvRowWriter& writer,
                const std::string& line_end, const arrow::Schema& schema)
      : output_(std::move(output)), writer_(writer), line_end_(line_end) {
    if (!writer_.options().header) return;
    writer_.AppendHeader(schema, output_->buffer());
    *output_->buffer() += line_end_;
  }

  Status Write(const std::shared_ptr<arrow::RecordBatch>& rows) override {
    ARROW_ASSIGN_OR_RAISE(const auto columns, writer_.TextOf(rows->columns()));
    std::string& out = *output_->buffer();
    for (int64_t row = 0; row < rows->num_rows(); ++row) {
      const size_t begin = out.size();
      writer_.AppendRow(columns, row, &out);
      // Readers would pass over an empty line, and so Spark writes none.
      if (out.size() > begin) out += line_end_;
    }
    return output_->Flush();
  }
  Status Close() override { return output_->Close(); }

 private:
  std::unique_ptr<TextOutput> output_;
  const CsvRowWriter& writer_;
  const std::string& line_end_;
};

class CsvWriteFormat final : public WriteFormat {
 public:
  CsvWriteFormat(TextEncoding encoding, CsvWriteOptions options, std::string line_end,
                 std::string extension, SchemaPtr schema)
      : encoding_(std::move(encoding)),
        writer_(std::move(options)),
        line_end_(std::move(line_end)),
        extension_("." + extension + encoding_.extension()),
        schema_(std::move(schema)) {}
  std::string extension() const override { return extension_; }
  Result<std::unique_ptr<FileWriter>> Create(
      std::shared_ptr<arrow::io::OutputStream> file) const override {
    ARROW_ASSIGN_OR_RAISE(auto output, TextOutput::Create(std::move(file), encoding_));
    return std::make_unique<CsvFileWriter>(std::move(output), writer_, line_end_, *schema_);
  }

 private:
  const TextEncoding encoding_;
  const CsvRowWriter writer_;
  const std::string line_end_;
  const std::string extension_;
  const SchemaPtr schema_;
};

}  // namespace

Result<std::shared_ptr<const WriteFormat>> MakeCsvWriteFormat(const SchemaPtr& schema,
                                                              const Options& options,
                                                              const ConnectorContext& context) {
  for (const auto& field : schema->fields()) {
    if (!IsCsvType(*field->type())) return UnsupportedFieldType("CSV", *field);
  }
  ARROW_RETURN_NOT_OK(CheckCsvOptionNames(options));
  ARROW_ASSIGN_OR_RAISE(auto parsed, CsvWriteOptions::Parse(options, context.session_zone));
  ARROW_ASSIGN_OR_RAISE(auto encoding, TextEncoding::Parse(options));
  ARROW_ASSIGN_OR_RAISE(auto separator, CsvLineSeparator(options));
  const std::string extension = options.GetOr("extension", "csv");
  const bool letters = std::all_of(extension.begin(), extension.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
  if (extension.size() != 3 || !letters) {
    return InvalidOption("extension", extension, "must be three letters");
  }
  return std::make_shared<CsvWriteFormat>(std::move(encoding), std::move(parsed),
                                          separator.empty() ? "\n" : separator, extension, schema);
}

}  // namespace headrace
