#include <algorithm>

#include "base/data_files.h"
#include "connectors/file/avro/avro_container.h"
#include "connectors/file/avro/avro_options.h"
#include "connectors/file/file_format.h"

namespace headrace {

namespace {

bool HasExtension(const std::string& path) { return path.ends_with(".avro"); }

class AvroReader final : public SliceReader {
 public:
  AvroReader(SchemaPtr columns, AvroFileOptions options)
      : columns_(std::move(columns)),
        target_(arrow::struct_(columns_->fields())),
        options_(std::move(options)) {}

  Status Open(const FileSlice& slice) override {
    left_ = 0;
    block_ = {};
    done_ = !options_.ignore_extension && !HasExtension(slice.file->path);
    if (done_) return Status::OK();
    ARROW_RETURN_NOT_OK(blocks_.Open(slice));
    // Files of one table mostly have one schema.
    const std::string& json = blocks_.header().schema_json;
    if (decoder_ && json == decoder_schema_ && decoder_->rows() == 0) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const auto written, AvroSchema::Parse(json));
    decoder_ = nullptr;
    ARROW_ASSIGN_OR_RAISE(decoder_,
                          AvroDecoder::Make(written, options_.schema, target_, options_.read));
    decoder_schema_ = json;
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    if (done_) return nullptr;
    if (columns_->num_fields() == 0) return CountRows();
    while (decoder_->rows() < kRowsPerBatch) {
      if (left_ == 0) {
        ARROW_ASSIGN_OR_RAISE(const bool more, blocks_.Next(true, &block_));
        if (!more) break;
        rest_ = block_.content;
        left_ = block_.values;
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(const size_t used, decoder_->Append(rest_));
      rest_.remove_prefix(used);
      --left_;
    }
    if (decoder_->rows() == 0) return nullptr;
    ARROW_ASSIGN_OR_RAISE(const auto rows, decoder_->Finish());
    const auto& records = static_cast<const arrow::StructArray&>(*rows);
    return arrow::RecordBatch::Make(columns_, records.length(), records.fields());
  }

 private:
  Result<std::shared_ptr<arrow::RecordBatch>> CountRows() {
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const bool more, blocks_.Next(false, &block_));
      if (!more) return nullptr;
      if (block_.values > 0) {
        return arrow::RecordBatch::Make(columns_, block_.values, arrow::ArrayVector());
      }
    }
  }

  const SchemaPtr columns_;
  const DataTypePtr target_;
  const AvroFileOptions options_;
  AvroBlockReader blocks_;
  AvroBlock block_;
  std::string_view rest_;  // of the block's content
  int64_t left_ = 0;       // values in it
  bool done_ = false;
  std::unique_ptr<AvroDecoder> decoder_;
  std::string decoder_schema_;
};

class AvroFormat final : public FileFormat {
 public:
  AvroFormat(AvroFileOptions options, bool ignore_corrupt_files)
      : options_(std::move(options)), ignore_corrupt_files_(ignore_corrupt_files) {}

  std::string display_name() const override { return "AVRO"; }
  bool IsSplittable(const DataFile&) const override { return true; }
  Status CheckSchema(const arrow::Schema& schema) const override {
    for (const auto& field : schema.fields()) {
      if (!AvroSchemaOf(*field->type(), true, "r", "").ok()) {
        return UnsupportedFieldType(display_name(), *field);
      }
    }
    return Status::OK();
  }

  Result<SchemaPtr> InferSchema(const std::vector<DataFile>& files,
                                FileSystem* file_system) const override {
    AvroSchemaPtr schema = options_.schema;
    for (auto file = files.begin(); !schema && file != files.end(); ++file) {
      if (!options_.ignore_extension && !HasExtension(file->path)) continue;
      auto read = SchemaOf(file_system, file->path);
      if (!read.ok() && ignore_corrupt_files_) continue;
      ARROW_ASSIGN_OR_RAISE(schema, std::move(read));
    }
    if (!schema) return nullptr;
    ARROW_ASSIGN_OR_RAISE(const auto field, SparkTypeOf(schema->root(), options_.read.types));
    if (field->type()->id() != arrow::Type::STRUCT) {
      return MakeError(ErrorKind::kRuntime, "",
                       "The Avro schema is no record at the top, so it gives no columns: " +
                           schema->json().substr(0, 200));
    }
    return arrow::schema(field->type()->fields());
  }

  Result<std::unique_ptr<SliceReader>> MakeReader(const ReadTask& task) const override {
    return std::make_unique<AvroReader>(task.columns, options_);
  }

 private:
  static Result<AvroSchemaPtr> SchemaOf(FileSystem* files, const std::string& path) {
    ARROW_ASSIGN_OR_RAISE(const auto file, OpenInput(files, path));
    ARROW_ASSIGN_OR_RAISE(const auto header, AvroHeader::Read(file.get()));
    return AvroSchema::Parse(header.schema_json);
  }

  const AvroFileOptions options_;
  const bool ignore_corrupt_files_;
};

}  // namespace

Result<std::shared_ptr<const FileFormat>> MakeAvroFormat(const Options& options,
                                                         const ConnectorContext& context) {
  ARROW_ASSIGN_OR_RAISE(auto parsed, AvroFileOptions::Parse(options, context));
  ARROW_ASSIGN_OR_RAISE(const auto selection, FileSelection::Parse(options, false, context));
  return std::make_shared<AvroFormat>(std::move(parsed), selection.ignore_corrupt_files);
}

}  // namespace headrace
