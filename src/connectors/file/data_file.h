// What is to be read: files, and byte ranges of files.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/file_system.h"

namespace headrace {

struct DataFile {
  std::string path;       // absolute
  std::string base_path;  // directories below it may name partition columns
  int64_t size_bytes = 0;
  int64_t modification_time_ms = 0;
};

// A range of a file. Lines and row groups belong to the range in which they begin.
struct FileSlice {
  std::shared_ptr<const DataFile> file;
  int64_t offset = 0;
  int64_t length = 0;
  FileSystem* files = nullptr;  // where the file lies; null: on this machine
  int64_t end() const { return offset + length; }
};

}  // namespace headrace
