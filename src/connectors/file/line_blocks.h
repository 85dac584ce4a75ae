// Text files in blocks of whole lines, plain or compressed.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/io/interfaces.h>

#include "connectors/file/data_file.h"
#include "types/spark_type.h"

namespace headrace {

bool IsCompressedName(const std::string& path);
// A stream of the file's content, decompressed by the name's ending, in UTF-8. `charset`: of the
// file; empty: UTF-8.
Result<std::shared_ptr<arrow::io::InputStream>> OpenContent(FileSystem* files,
                                                            const std::string& path,
                                                            const std::string& charset = "");
// The whole content, without a byte order mark.
Result<std::string> ReadContent(FileSystem* files, const std::string& path,
                                const std::string& charset = "");

// Hands out a slice block by block. The first block of a file has no byte order mark. Buffers stay
// from slice to slice. Not thread-safe.
class LineBlocks {
 public:
  // Bytes after each block that may be read, whatever they hold.
  static constexpr int64_t kPadding = 64;

  // A file in another charset than UTF-8 is read as one slice.
  explicit LineBlocks(std::string charset = "") : charset_(std::move(charset)) {}

  // Begins a slice: the lines whose first byte lies in it.
  Status Open(const FileSlice& slice);
  // Some lines, ending with a line feed or with the file; valid until the next call. Empty at the
  // end.
  Result<std::string_view> Next();

 private:
  Result<int64_t> Fill(int64_t wanted);  // appends up to `wanted` bytes; 0: end of file
  Status SkipPartialLine();

  const std::string charset_;
  std::shared_ptr<arrow::io::RandomAccessFile> plain_;
  std::shared_ptr<arrow::io::InputStream> stream_;  // what is not plain
  std::vector<char> buffer_;
  int64_t begin_ = 0;     // of what is not handed out yet, in buffer_
  int64_t end_ = 0;       // of what is filled, in buffer_
  int64_t position_ = 0;  // in the file, of end_
  int64_t slice_end_ = 0;
  bool exhausted_ = true;
};

}  // namespace headrace
