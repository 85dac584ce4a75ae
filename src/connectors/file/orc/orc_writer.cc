#include <arrow/adapters/orc/adapter.h>

#include "connectors/file/file_format.h"
#include "connectors/file/orc/orc_calendar.h"
#include "connectors/file/orc/orc_types.h"
#include "connectors/file/stored_column.h"
#include "connectors/file/write_format.h"

namespace headrace {

namespace {

using arrow::adapters::orc::ORCFileWriter;

struct OrcCompression {
  arrow::Compression::type codec = arrow::Compression::ZSTD;
  std::string extension = ".zstd";

  static Result<OrcCompression> Parse(const Options& options, const ConnectorContext& context) {
    const std::string name = options.GetOr(
        "compression",
        options.GetOr("orc.compress",
                      context.configuration("spark.sql.orc.compression.codec").value_or("zstd")));
    const std::string lower = ToLower(name);
    using arrow::Compression;
    if (lower == "none" || lower == "uncompressed") {
      return OrcCompression{Compression::UNCOMPRESSED, ""};
    }
    if (lower == "snappy") return OrcCompression{Compression::SNAPPY, ".snappy"};
    if (lower == "zlib") return OrcCompression{Compression::GZIP, ".zlib"};
    if (lower == "zstd") return OrcCompression{};
    if (lower == "lz4") return OrcCompression{Compression::LZ4, ".lz4"};
    if (lower == "lzo" || lower == "brotli") {
      return NotSupported("orc compression " + lower, "Use zstd or snappy.");
    }
    return CodecNotAvailable(name, "brotli, uncompressed, lz4, lzo, snappy, zlib, none, zstd");
  }
};

class OrcFileWriter final : public FileWriter {
 public:
  OrcFileWriter(std::shared_ptr<arrow::io::OutputStream> file,
                std::unique_ptr<ORCFileWriter> writer, SchemaPtr stored)
      : file_(std::move(file)), writer_(std::move(writer)), stored_(std::move(stored)) {}

  Status Write(const std::shared_ptr<arrow::RecordBatch>& rows) override {
    if (rows->num_rows() == 0) return Status::OK();
    wrote_ = true;
    ARROW_ASSIGN_OR_RAISE(const auto stored, Stored(*rows));
    return writer_->Write(*stored);
  }
  Status Close() override {
    if (!wrote_) {
      // The columns of a file without rows are told by an empty batch.
      ARROW_ASSIGN_OR_RAISE(const auto empty, arrow::RecordBatch::MakeEmpty(stored_));
      ARROW_RETURN_NOT_OK(writer_->Write(*empty));
    }
    ARROW_RETURN_NOT_OK(writer_->Close());
    return file_->Close();
  }

 private:
  Result<std::shared_ptr<arrow::RecordBatch>> Stored(const arrow::RecordBatch& rows) const {
    arrow::ArrayVector columns = rows.columns();
    for (size_t i = 0; i < columns.size(); ++i) {
      const auto& type = stored_->field(static_cast<int>(i))->type();
      if (!columns[i]->type()->Equals(*type)) columns[i] = Relabel(*columns[i], type);
      ARROW_RETURN_NOT_OK(CheckTimestampsForOrc(*columns[i]));
      ARROW_ASSIGN_OR_RAISE(columns[i], DatesForOrc(columns[i]));
    }
    return arrow::RecordBatch::Make(stored_, rows.num_rows(), std::move(columns));
  }

  std::shared_ptr<arrow::io::OutputStream> file_;
  std::unique_ptr<ORCFileWriter> writer_;
  const SchemaPtr stored_;
  bool wrote_ = false;
};

class OrcWriteFormat final : public WriteFormat {
 public:
  OrcWriteFormat(const SchemaPtr& schema, OrcCompression compression)
      : compression_(std::move(compression)) {
    arrow::FieldVector fields;
    for (const auto& field : schema->fields()) fields.push_back(OrcFieldOf(*field));
    stored_ = arrow::schema(std::move(fields));
  }
  std::string extension() const override { return compression_.extension + ".orc"; }
  Result<std::unique_ptr<FileWriter>> Create(
      std::shared_ptr<arrow::io::OutputStream> file) const override {
    arrow::adapters::orc::WriteOptions options;
    options.compression = compression_.codec;
    options.compression_block_size = 256 << 10;
    ARROW_ASSIGN_OR_RAISE(auto writer, ORCFileWriter::Open(file.get(), options));
    return std::make_unique<OrcFileWriter>(std::move(file), std::move(writer), stored_);
  }

 private:
  const OrcCompression compression_;
  SchemaPtr stored_;
};

}  // namespace

Result<std::shared_ptr<const WriteFormat>> MakeOrcWriteFormat(const SchemaPtr& schema,
                                                              const Options& options,
                                                              const ConnectorContext& context) {
  ARROW_ASSIGN_OR_RAISE(const auto as_source, MakeOrcFormat(options, context));
  ARROW_RETURN_NOT_OK(as_source->CheckSchema(*schema));
  ARROW_ASSIGN_OR_RAISE(const auto compression, OrcCompression::Parse(options, context));
  return std::make_shared<OrcWriteFormat>(schema, compression);
}

}  // namespace headrace
