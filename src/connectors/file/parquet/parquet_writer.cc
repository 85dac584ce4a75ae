#include <arrow/util/compression.h>
#include <arrow/util/key_value_metadata.h>
#include <parquet/arrow/writer.h>

#include "connectors/file/file_format.h"
#include "connectors/file/parquet/parquet_types.h"
#include "connectors/file/stored_column.h"
#include "connectors/file/write_format.h"

namespace headrace {

namespace {

constexpr char kSparkVersionKey[] = "org.apache.spark.version";
constexpr char kSparkVersion[] = "4.1.0";
constexpr int64_t kRowsPerGroup = 1 << 20;

struct ParquetCompression {
  arrow::Compression::type codec = arrow::Compression::SNAPPY;
  std::string extension = ".snappy";

  static Result<ParquetCompression> Parse(const Options& options, const ConnectorContext& context) {
    const std::string name = options.GetOr(
        "compression",
        options.GetOr(
            "parquet.compression",
            context.configuration("spark.sql.parquet.compression.codec").value_or("snappy")));
    const std::string lower = ToLower(name);
    using arrow::Compression;
    if (lower == "none" || lower == "uncompressed") {
      return ParquetCompression{Compression::UNCOMPRESSED, ""};
    }
    if (lower == "snappy") return ParquetCompression{};
    if (lower == "gzip") return ParquetCompression{Compression::GZIP, ".gz"};
    if (lower == "zstd") return ParquetCompression{Compression::ZSTD, ".zstd"};
    if (lower == "lz4") return ParquetCompression{Compression::LZ4_HADOOP, ".lz4hadoop"};
    if (lower == "lz4_raw") return ParquetCompression{Compression::LZ4, ".lz4raw"};
    if (lower == "brotli") return ParquetCompression{Compression::BROTLI, ".br"};
    if (lower == "lzo") return NotSupported("parquet compression lzo", "Use zstd or snappy.");
    return CodecNotAvailable(name,
                             "brotli, uncompressed, lzo, snappy, lz4_raw, none, zstd, lz4, gzip");
  }
};

class ParquetFileWriter final : public FileWriter {
 public:
  ParquetFileWriter(std::shared_ptr<arrow::io::OutputStream> file,
                    std::unique_ptr<parquet::arrow::FileWriter> writer, SchemaPtr stored)
      : file_(std::move(file)), writer_(std::move(writer)), stored_(std::move(stored)) {}

  Status Write(const std::shared_ptr<arrow::RecordBatch>& rows) override {
    arrow::ArrayVector columns = rows->columns();
    for (size_t i = 0; i < columns.size(); ++i) {
      const auto& type = stored_->field(static_cast<int>(i))->type();
      if (columns[i]->type()->Equals(*type)) continue;
      columns[i] = Relabel(*columns[i], type);
    }
    return writer_->WriteRecordBatch(
        *arrow::RecordBatch::Make(stored_, rows->num_rows(), std::move(columns)));
  }
  Status Close() override {
    ARROW_RETURN_NOT_OK(writer_->Close());
    return file_->Close();
  }

 private:
  std::shared_ptr<arrow::io::OutputStream> file_;
  std::unique_ptr<parquet::arrow::FileWriter> writer_;
  const SchemaPtr stored_;
};

class ParquetWriteFormat final : public WriteFormat {
 public:
  ParquetWriteFormat(const SchemaPtr& schema, const ParquetCompression& compression, bool int96)
      : extension_(compression.extension + ".parquet") {
    arrow::FieldVector fields;
    for (const auto& field : schema->fields()) {
      fields.push_back(arrow::field(field->name(), StorageType(field->type()), field->nullable()));
    }
    stored_ = arrow::schema(std::move(fields),
                            arrow::key_value_metadata({kSparkVersionKey, kSparkSchemaKey},
                                                      {kSparkVersion, SchemaToJson(*schema)}));
    parquet::WriterProperties::Builder properties;
    properties.compression(compression.codec);
    properties.max_row_group_length(kRowsPerGroup);
    properties.created_by("headrace");
    properties_ = properties.build();
    parquet::ArrowWriterProperties::Builder arrow_properties;
    if (int96) arrow_properties.enable_deprecated_int96_timestamps();
    arrow_properties_ = arrow_properties.build();
  }

  std::string extension() const override { return extension_; }
  Result<std::unique_ptr<FileWriter>> Create(
      std::shared_ptr<arrow::io::OutputStream> file) const override {
    ARROW_ASSIGN_OR_RAISE(
        auto writer, parquet::arrow::FileWriter::Open(*stored_, arrow::default_memory_pool(), file,
                                                      properties_, arrow_properties_));
    // Arrow keeps a schema's metadata only beside a schema of its own.
    ARROW_RETURN_NOT_OK(writer->AddKeyValueMetadata(stored_->metadata()));
    return std::make_unique<ParquetFileWriter>(std::move(file), std::move(writer), stored_);
  }

 private:
  const std::string extension_;
  SchemaPtr stored_;  // as Parquet holds it
  std::shared_ptr<parquet::WriterProperties> properties_;
  std::shared_ptr<parquet::ArrowWriterProperties> arrow_properties_;
};

bool HasNestedInterval(const DataType& type, bool nested) {
  if (nested && (type.id() == arrow::Type::DURATION || type.id() == arrow::Type::INTERVAL_MONTHS)) {
    return true;
  }
  for (const auto& child : type.fields()) {
    if (HasNestedInterval(*child->type(), true)) return true;
  }
  return false;
}

}  // namespace

Result<std::shared_ptr<const WriteFormat>> MakeParquetWriteFormat(const SchemaPtr& schema,
                                                                  const Options& options,
                                                                  const ConnectorContext& context) {
  // Checks the names of options, too.
  ARROW_RETURN_NOT_OK(MakeParquetFormat(options, context).status());
  for (const auto& field : schema->fields()) {
    if (HasNestedInterval(*field->type(), false)) return UnsupportedFieldType("Parquet", *field);
  }
  ARROW_ASSIGN_OR_RAISE(const auto compression, ParquetCompression::Parse(options, context));
  const bool int96 = EqualsIgnoreCase(
      context.configuration("spark.sql.parquet.outputTimestampType").value_or(""), "INT96");
  return std::make_shared<ParquetWriteFormat>(schema, compression, int96);
}

}  // namespace headrace
