#include "base/data_files.h"

#include <arrow/io/file.h>

namespace headrace {

Result<std::shared_ptr<arrow::io::RandomAccessFile>> OpenInput(FileSystem* files,
                                                               const std::string& path) {
  if (auto* elsewhere = dynamic_cast<DataFiles*>(files)) return elsewhere->OpenInput(path);
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::ReadableFile::Open(path));
  return file;
}

Result<std::shared_ptr<arrow::io::OutputStream>> OpenOutput(FileSystem* files,
                                                            const std::string& path) {
  if (auto* elsewhere = dynamic_cast<DataFiles*>(files)) return elsewhere->OpenOutput(path);
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::FileOutputStream::Open(path));
  return file;
}

}  // namespace headrace
