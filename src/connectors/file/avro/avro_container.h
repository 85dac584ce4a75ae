// Avro's object container files: a header with the schema, then blocks of values.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <arrow/io/interfaces.h>

#include "connectors/file/avro/avro_block_codec.h"
#include "connectors/file/data_file.h"

namespace headrace {

using AvroSyncMarker = std::array<char, 16>;

// What a file begins with.
struct AvroHeader {
  std::string schema_json;
  std::string codec = "null";
  std::map<std::string, std::string> metadata;  // everything, the two above included
  AvroSyncMarker sync{};
  int64_t size_bytes = 0;

  // Error: no Avro file, or cut off.
  static Result<AvroHeader> Read(arrow::io::RandomAccessFile* file);
  std::string ToBytes() const;
};

struct AvroBlock {
  int64_t values = 0;
  std::string content;  // decompressed
};

// The blocks whose marker before them begins in a slice: each is in exactly one slice of a file.
class AvroBlockReader {
 public:
  Status Open(const FileSlice& slice);
  const AvroHeader& header() const { return header_; }
  // False at the slice's end. `content_wanted` false: the number of values is all that is read.
  Result<bool> Next(bool content_wanted, AvroBlock* block);

 private:
  // Sets position_ behind the first marker at or after `from`; false: there is none in the slice.
  Result<bool> FindMarker(int64_t from);

  std::shared_ptr<arrow::io::RandomAccessFile> file_;
  AvroHeader header_;
  std::shared_ptr<const AvroBlockCodec> codec_;
  int64_t file_size_ = 0;
  int64_t slice_end_ = 0;
  int64_t position_ = 0;  // behind a marker
  bool at_end_ = true;
};

}  // namespace headrace
