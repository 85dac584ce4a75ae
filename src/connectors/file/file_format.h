// What a format adds to the file source: how to learn the columns of files, and how to read them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "connectors/file/data_file.h"
#include "connectors/file/file_options.h"

namespace headrace {

// Rows that a format decodes at once, unless it knows better.
inline constexpr int64_t kRowsPerBatch = 8192;

// What readers of one scan have in common. Columns of directory names are not among these.
struct ReadTask {
  SchemaPtr file_schema;  // everything that files hold, in their order
  SchemaPtr columns;      // what is wanted of it, in the order of the batches
  // Hints (see ScanRequest); BoundReference i means the column filter_columns[i].
  std::vector<ExpressionPtr> filters;
  std::vector<std::string> filter_columns;
};

// Reads slices one after the other; keeps its buffers between them. Not thread-safe.
class SliceReader {
 public:
  virtual ~SliceReader() = default;
  virtual Status Open(const FileSlice& slice) = 0;
  // A batch with the task's columns (rows alone if it has none), null at the slice's end.
  virtual Result<std::shared_ptr<arrow::RecordBatch>> Next() = 0;
  // The numbers within the file of the rows of the last batch, for formats that know.
  virtual Result<std::shared_ptr<arrow::Array>> RowIndex() { return nullptr; }
};

// One format with its options; immutable and thread-safe.
class FileFormat {
 public:
  virtual ~FileFormat() = default;
  virtual std::string display_name() const = 0;  // "JSON", as messages have it
  // May ranges of the file be read apart?
  virtual bool IsSplittable(const DataFile& file) const = 0;
  // Types that the format cannot hold: UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE.
  virtual Status CheckSchema(const arrow::Schema& schema) const = 0;
  // The schema of these files; null when they do not tell.
  virtual Result<SchemaPtr> InferSchema(const std::vector<DataFile>& files,
                                        FileSystem* file_system) const = 0;
  // Set when files always have this schema, so that streams need none.
  virtual SchemaPtr fixed_schema() const { return nullptr; }
  // Do its readers tell RowIndex?
  virtual bool has_row_index() const { return false; }
  // Checks a request against the format's rules.
  virtual Status CheckRequest(const arrow::Schema& columns) const {
    (void)columns;
    return Status::OK();
  }
  virtual Result<std::unique_ptr<SliceReader>> MakeReader(const ReadTask& task) const = 0;
};

bool IsFileFormat(const std::string& name);
// NotSupported naming the format or option that we have not.
Result<std::shared_ptr<const FileFormat>> MakeFileFormat(const std::string& name,
                                                         const Options& options,
                                                         const ConnectorContext& context);

Result<std::shared_ptr<const FileFormat>> MakeTextFormat(const Options& options);
Result<std::shared_ptr<const FileFormat>> MakeJsonFormat(const Options& options,
                                                         const ConnectorContext& context);
Result<std::shared_ptr<const FileFormat>> MakeCsvFormat(const Options& options,
                                                        const ConnectorContext& context);
Result<std::shared_ptr<const FileFormat>> MakeParquetFormat(const Options& options,
                                                            const ConnectorContext& context);
Result<std::shared_ptr<const FileFormat>> MakeOrcFormat(const Options& options,
                                                        const ConnectorContext& context);
Result<std::shared_ptr<const FileFormat>> MakeAvroFormat(const Options& options,
                                                         const ConnectorContext& context);

// The options of JSON, as source and as sink.
const FormatOptionNames& JsonOptionNames();

// INVALID_CORRUPT_RECORD_TYPE unless the column, if there is one, is a string.
Status CheckCorruptRecordColumn(const arrow::Schema& schema, const std::string& name);

// UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE for a field.
Status UnsupportedFieldType(const std::string& format, const arrow::Field& field);

}  // namespace headrace
