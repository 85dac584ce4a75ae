#include <cstring>

#include "connectors/file/avro/avro_container.h"
#include "connectors/file/avro/avro_options.h"
#include "connectors/file/file_format.h"
#include "connectors/file/write_format.h"
#include "functions/avro/avro_bytes.h"
#include "functions/avro/avro_encoder.h"

namespace headrace {

namespace {

// A block is closed when it holds this much, before compression.
constexpr size_t kAvroBlockBytes = 64000;
constexpr char kSparkVersion[] = "4.1.0";

struct AvroCompression {
  std::string codec = "snappy";  // as the file names it
  std::string extension;         // ".snappy"
  int level = -1;

  static Result<AvroCompression> Parse(const Options& options, const ConnectorContext& context) {
    const std::string name =
        options.GetOr("compression",
                      context.configuration("spark.sql.avro.compression.codec").value_or("snappy"));
    AvroCompression parsed;
    parsed.codec = ToLower(name);
    if (parsed.codec == "uncompressed") {
      parsed.codec = "null";
    } else if (parsed.codec != "snappy" && parsed.codec != "deflate" && parsed.codec != "bzip2" &&
               parsed.codec != "xz" && parsed.codec != "zstandard") {
      return IllegalArgument("CODEC_SHORT_NAME_NOT_FOUND",
                             "Avro has no compression codec '" + name +
                                 "'. Use uncompressed, snappy, deflate, bzip2, xz or zstandard.",
                             {{"codecName", name}});
    }
    if (parsed.codec != "null") parsed.extension = "." + parsed.codec;
    const int fallback = parsed.codec == "xz" ? 6 : parsed.codec == "zstandard" ? 3 : -1;
    ARROW_ASSIGN_OR_RAISE(
        const int64_t level,
        IntConfiguration(context, "spark.sql.avro." + parsed.codec + ".level", fallback));
    parsed.level = static_cast<int>(level);
    return parsed;
  }
};

// What all files of a query have in common.
struct AvroFileKind {
  std::string extension;
  AvroHeader header;  // but for the marker
  std::shared_ptr<const AvroBlockCodec> codec;
  std::shared_ptr<const AvroEncoder> encoder;
  std::shared_ptr<Random> random;
};

class AvroFileWriter final : public FileWriter {
 public:
  AvroFileWriter(std::shared_ptr<const AvroFileKind> kind,
                 std::shared_ptr<arrow::io::OutputStream> file)
      : kind_(std::move(kind)), file_(std::move(file)) {}

  Status Begin() {
    AvroHeader header = kind_->header;
    for (size_t i = 0; i < sync_.size(); i += sizeof(uint64_t)) {
      const uint64_t bits = kind_->random->Next();
      std::memcpy(sync_.data() + i, &bits, sizeof(bits));
    }
    header.sync = sync_;
    return file_->Write(header.ToBytes());
  }

  Status Write(const std::shared_ptr<arrow::RecordBatch>& rows) override {
    ARROW_ASSIGN_OR_RAISE(const auto records, rows->ToStructArray());
    ARROW_RETURN_NOT_OK(kind_->encoder->Append(*records, &block_, &ends_));
    // Cut what there is now into blocks; the rest waits.
    int64_t begin = 0;
    for (const int64_t end : ends_) {
      ++values_;
      if (static_cast<size_t>(end - begin) < kAvroBlockBytes) continue;
      ARROW_RETURN_NOT_OK(WriteBlock(begin, end));
      begin = end;
    }
    block_.erase(0, static_cast<size_t>(begin));
    return Status::OK();
  }

  Status Close() override {
    if (values_ > 0) ARROW_RETURN_NOT_OK(WriteBlock(0, static_cast<int64_t>(block_.size())));
    return file_->Close();
  }

 private:
  Status WriteBlock(int64_t begin, int64_t end) {
    const std::string_view content = std::string_view(block_).substr(
        static_cast<size_t>(begin), static_cast<size_t>(end - begin));
    ARROW_ASSIGN_OR_RAISE(const auto compressed, kind_->codec->Compress(content));
    std::string bytes;
    AppendAvroLong(values_, &bytes);
    AppendAvroBytes(compressed, &bytes);
    bytes.append(sync_.data(), sync_.size());
    values_ = 0;
    return file_->Write(bytes);
  }

  const std::shared_ptr<const AvroFileKind> kind_;
  const std::shared_ptr<arrow::io::OutputStream> file_;
  AvroSyncMarker sync_{};
  std::string block_;
  int64_t values_ = 0;  // in block_
  std::vector<int64_t> ends_;
};

class AvroWriteFormat final : public WriteFormat {
 public:
  explicit AvroWriteFormat(std::shared_ptr<const AvroFileKind> kind) : kind_(std::move(kind)) {}
  std::string extension() const override { return kind_->extension; }
  Result<std::unique_ptr<FileWriter>> Create(
      std::shared_ptr<arrow::io::OutputStream> file) const override {
    auto writer = std::make_unique<AvroFileWriter>(kind_, std::move(file));
    ARROW_RETURN_NOT_OK(writer->Begin());
    return writer;
  }

 private:
  const std::shared_ptr<const AvroFileKind> kind_;
};

}  // namespace

Result<std::shared_ptr<const WriteFormat>> MakeAvroWriteFormat(const SchemaPtr& schema,
                                                               const Options& options,
                                                               const ConnectorContext& context) {
  ARROW_ASSIGN_OR_RAISE(auto parsed, AvroFileOptions::Parse(options, context));
  ARROW_ASSIGN_OR_RAISE(const auto as_source, MakeAvroFormat(options, context));
  ARROW_RETURN_NOT_OK(as_source->CheckSchema(*schema));
  ARROW_ASSIGN_OR_RAISE(const auto compression, AvroCompression::Parse(options, context));
  const auto type = arrow::struct_(schema->fields());
  AvroSchemaPtr written = parsed.schema;
  if (!written) {
    ARROW_ASSIGN_OR_RAISE(const auto json,
                          AvroSchemaOf(*type, false, parsed.record_name, parsed.record_namespace));
    ARROW_ASSIGN_OR_RAISE(written, AvroSchema::Parse(json));
  }
  auto kind = std::make_shared<AvroFileKind>();
  kind->extension = compression.extension + ".avro";
  kind->header.schema_json = written->json();
  kind->header.codec = compression.codec;
  kind->header.metadata["org.apache.spark.version"] = kSparkVersion;
  ARROW_ASSIGN_OR_RAISE(kind->codec, AvroBlockCodec::Make(compression.codec, compression.level));
  ARROW_ASSIGN_OR_RAISE(kind->encoder, AvroEncoder::Make(type, written, parsed.read.positional));
  kind->random = context.random;
  return std::make_shared<AvroWriteFormat>(std::move(kind));
}

}  // namespace headrace
