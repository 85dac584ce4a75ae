// What a format adds to the file sink: how to write rows into a file.
#pragma once

#include <memory>
#include <string>

#include <arrow/io/interfaces.h>
#include <arrow/record_batch.h>

#include "connectors/file/file_options.h"

namespace headrace {

// One file. Used by one thread.
class FileWriter {
 public:
  virtual ~FileWriter() = default;
  virtual Status Write(const std::shared_ptr<arrow::RecordBatch>& rows) = 0;
  // The content is complete (but perhaps not on the disk yet).
  virtual Status Close() = 0;
};

// A format with its options and columns; immutable and thread-safe.
class WriteFormat {
 public:
  virtual ~WriteFormat() = default;
  // ".snappy.parquet", ".json.gz"
  virtual std::string extension() const = 0;
  // `file` is closed by the writer's Close.
  virtual Result<std::unique_ptr<FileWriter>> Create(
      std::shared_ptr<arrow::io::OutputStream> file) const = 0;
};

// `schema`: the columns that go into files. Errors: CODEC_NOT_AVAILABLE…,
// UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE, EMPTY_SCHEMA_NOT_SUPPORTED_FOR_DATASOURCE; NotSupported for
// formats and options by name.
Result<std::shared_ptr<const WriteFormat>> MakeWriteFormat(const std::string& name,
                                                           const SchemaPtr& schema,
                                                           const Options& options,
                                                           const ConnectorContext& context);

Result<std::shared_ptr<const WriteFormat>> MakeTextWriteFormat(const SchemaPtr& schema,
                                                               const Options& options);
Result<std::shared_ptr<const WriteFormat>> MakeJsonWriteFormat(const SchemaPtr& schema,
                                                               const Options& options,
                                                               const ConnectorContext& context);
Result<std::shared_ptr<const WriteFormat>> MakeCsvWriteFormat(const SchemaPtr& schema,
                                                              const Options& options,
                                                              const ConnectorContext& context);
Result<std::shared_ptr<const WriteFormat>> MakeParquetWriteFormat(const SchemaPtr& schema,
                                                                  const Options& options,
                                                                  const ConnectorContext& context);
Result<std::shared_ptr<const WriteFormat>> MakeOrcWriteFormat(const SchemaPtr& schema,
                                                              const Options& options,
                                                              const ConnectorContext& context);
Result<std::shared_ptr<const WriteFormat>> MakeAvroWriteFormat(const SchemaPtr& schema,
                                                               const Options& options,
                                                               const ConnectorContext& context);

// CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION
Status CodecNotAvailable(const std::string& codec, const std::string& available);

}  // namespace headrace
