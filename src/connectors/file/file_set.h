// The files that one batch writes, below one directory.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "connector/sink.h"
#include "connectors/file/write_format.h"

namespace headrace {

// Which columns go into directory names, which into files.
struct FileLayout {
  std::vector<int> partition_columns;
  std::vector<int> data_columns;
  SchemaPtr data_schema;
  std::shared_ptr<const TimeZone> zone;
  int64_t max_records_per_file = 0;  // 0: no limit

  bool partitioned() const { return !partition_columns.empty(); }

  // Errors for partition columns that are absent or all there is, and for columns of one name.
  static Result<FileLayout> Make(const SinkSpecification& specification, bool streaming,
                                 const ConnectorContext& context);
};

struct WrittenFile {
  std::string path;
  int64_t size_bytes = 0;
  int64_t modification_time_ms = 0;
};

// Writers may run on several threads at once; everything else is for one thread.
class FileSet {
 public:
  // `one_uuid`: all files bear the same UUID, as those of a batch job in Spark; otherwise each has
  // its own.
  FileSet(std::string directory, const FileLayout& layout,
          std::shared_ptr<const WriteFormat> format, bool one_uuid,
          const ConnectorContext& context);

  Result<std::unique_ptr<SinkWriter>> OpenWriter(int partition);
  // All writers have finished. Adds the empty file that tells the columns of an empty batch, and
  // makes everything durable.
  Status Complete();
  Status RemoveAll();

  const std::string& directory() const { return directory_; }
  // In the order of partitions.
  const std::vector<WrittenFile>& files() const { return written_; }

 private:
  friend class FileSetWriter;
  // Makes the file's directory, too.
  Result<std::string> NewPath(int partition, const std::string& subdirectory, int counter);
  Status Register(int partition, std::vector<std::string> paths);

  const std::string directory_;
  const FileLayout& layout_;
  const std::shared_ptr<const WriteFormat> format_;
  const ConnectorContext& context_;
  const std::string uuid_;  // empty: each file has its own

  std::mutex mutex_;
  std::set<std::string> paths_;        // created, finished or not
  std::set<std::string> directories_;  // with new entries
  std::vector<std::pair<int, WrittenFile>> finished_;
  std::vector<WrittenFile> written_;
};

}  // namespace headrace
