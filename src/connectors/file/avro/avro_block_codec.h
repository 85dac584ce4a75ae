// Compression of the blocks of Avro files.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "types/spark_type.h"

namespace headrace {

class AvroBlockCodec {
 public:
  virtual ~AvroBlockCodec() = default;
  virtual Result<std::string> Compress(std::string_view content) const = 0;
  virtual Result<std::string> Decompress(std::string_view block) const = 0;

  // By the name that Avro files bear: null, deflate, snappy, bzip2, xz, zstandard. `level` -1: the
  // codec's own default. Error: another name.
  static Result<std::shared_ptr<const AvroBlockCodec>> Make(const std::string& name,
                                                            int level = -1);
};

}  // namespace headrace
