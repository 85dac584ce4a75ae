// Hadoop's framing of codecs that compress blocks, not streams: lz4 and snappy.
//
// A block is its length before compression, then chunks until that length is reached; a chunk is
// its compressed length, then the bytes. Lengths are four bytes, the highest first.
#pragma once

#include <memory>

#include <arrow/io/interfaces.h>
#include <arrow/util/compression.h>

#include "base/error.h"

namespace headrace {

std::shared_ptr<arrow::io::InputStream> MakeHadoopBlockInput(
    std::shared_ptr<arrow::util::Codec> codec, std::shared_ptr<arrow::io::InputStream> file);
std::shared_ptr<arrow::io::OutputStream> MakeHadoopBlockOutput(
    std::shared_ptr<arrow::util::Codec> codec, std::shared_ptr<arrow::io::OutputStream> file);

}  // namespace headrace
