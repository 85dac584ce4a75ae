// Reading a set of files as partitions of rows: the part that batch and stream share.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "connectors/file/file_format.h"

namespace headrace {

// What stays the same over all reads of one source. Thread-safe.
class FileTable : public std::enable_shared_from_this<FileTable> {
 public:
  // `schema`: columns of the files and `partition_columns` (which come from directory names).
  static Result<std::shared_ptr<FileTable>> Make(std::shared_ptr<const FileFormat> format,
                                                 SchemaPtr schema,
                                                 arrow::FieldVector partition_columns,
                                                 FileSelection selection,
                                                 const ConnectorContext& context);

  const SchemaPtr& schema() const { return schema_; }
  // The rows of `files`, with columns of the schema or hidden ones, as partitions of about equal
  // size; large files are cut.
  Result<PartitionReaders> Read(const std::vector<DataFile>& files, const ScanRequest& request);

 private:
  friend class FilesReader;
  // Readers of one request that are not in use: their buffers and decoders serve the next batch.
  struct Request;

  FileTable() = default;
  Result<std::shared_ptr<Request>> RequestFor(const ScanRequest& request);

  std::shared_ptr<const FileFormat> format_;
  SchemaPtr schema_;
  SchemaPtr file_schema_;
  arrow::FieldVector partition_columns_;
  SchemaPtr readable_;  // schema_ and what is hidden
  FileSelection selection_;
  std::shared_ptr<FileSystem> files_;
  std::shared_ptr<const TimeZone> zone_;
  int parallelism_ = 1;
  int64_t max_partition_bytes_ = int64_t{128} << 20;

  std::mutex mutex_;
  std::vector<std::shared_ptr<Request>> requests_;
};

// Cuts files into slices and packs these into partitions, large ones first, as Spark does: the
// order of rows over all partitions is that of `files`, but by size.
std::vector<std::vector<FileSlice>> PackSlices(const std::vector<DataFile>& files,
                                               const FileFormat& format, int parallelism,
                                               int64_t max_partition_bytes);

}  // namespace headrace
