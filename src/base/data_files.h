// Files of data as Arrow's streams, wherever they lie.
#pragma once

#include <memory>
#include <string>

#include <arrow/io/interfaces.h>

#include "base/file_system.h"

namespace headrace {

// What a file system offers beside FileSystem when its files are not opened as those of this
// machine are.
class DataFiles {
 public:
  virtual ~DataFiles() = default;
  virtual Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenInput(
      const std::string& path) = 0;
  // A remote file appears when the stream is closed, and not at all if it is dropped before.
  virtual Result<std::shared_ptr<arrow::io::OutputStream>> OpenOutput(const std::string& path) = 0;
};

// As a local file where `files` is no DataFiles.
Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenInput(FileSystem* files,
                                                               const std::string& path);
Result<std::shared_ptr<arrow::io::OutputStream>> OpenOutput(FileSystem* files,
                                                            const std::string& path);

}  // namespace headrace
