// How a value of each type lies in an encoded row; shared by the encoder and the decoder.
//
//   fixed width   a byte 1, then the value; a byte 0, then zeros for null
//   boolean       a byte: 0 null, 1 false, 2 true
//   string        varint of length + 1, then the bytes; varint 0 for null
//   array         varint of count + 1 (0 for null); the elements follow as a column
//   struct        a byte 1; then its fields, one after the other; a byte 0, then null fields
//   void          nothing
//
// Integers are little-endian. A nested column of a row is written as a column: first all headers
// of the elements, then what is nested in them.
#pragma once

#include <cstdint>

#include "types/spark_type.h"

namespace headrace {

// Bytes of a fixed-width value without its marker; 0 for all other types (also boolean).
inline int FixedWidth(const DataType& type) {
  switch (type.id()) {
    case arrow::Type::INT8:
      return 1;
    case arrow::Type::INT16:
      return 2;
    case arrow::Type::INT32:
    case arrow::Type::FLOAT:
    case arrow::Type::DATE32:
    case arrow::Type::INTERVAL_MONTHS:
      return 4;
    case arrow::Type::INT64:
    case arrow::Type::DOUBLE:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DURATION:
      return 8;
    case arrow::Type::DECIMAL128:
      return static_cast<const arrow::Decimal128Type&>(type).precision() <= 18 ? 8 : 16;
    default:
      return 0;
  }
}

inline int VarintSize(uint32_t value) {
  int size = 1;
  while (value >= 0x80) {
    value >>= 7;
    ++size;
  }
  return size;
}

inline char* WriteVarint(uint32_t value, char* out) {
  while (value >= 0x80) {
    *out++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *out++ = static_cast<char>(value);
  return out;
}

Status RefuseAsKey(const DataType& type);

}  // namespace headrace
