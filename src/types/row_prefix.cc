#include "types/row_prefix.h"

#include <algorithm>
#include <cstdint>

#include "types/row_layout.h"

namespace headrace {
namespace {

uint32_t ReadVarint(std::string_view row, size_t* at) {
  uint32_t value = 0;
  for (int shift = 0; shift < 32 && *at < row.size(); shift += 7) {
    const auto byte = static_cast<uint8_t>(row[(*at)++]);
    value |= static_cast<uint32_t>(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return value;
}

// Passes a column of `count` values.
void Skip(std::string_view row, const DataType& type, uint64_t count, size_t* at) {
  if (const int width = FixedWidth(type); width > 0) {
    *at += count * static_cast<uint64_t>(1 + width);
    return;
  }
  switch (type.id()) {
    case arrow::Type::NA:
      return;
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      for (; count > 0 && *at < row.size(); --count) {
        const uint32_t bytes = ReadVarint(row, at);
        *at += bytes > 0 ? bytes - 1 : 0;
      }
      return;
    case arrow::Type::LIST: {
      uint64_t elements = 0;
      for (; count > 0 && *at < row.size(); --count) {
        const uint32_t length = ReadVarint(row, at);
        elements += length > 0 ? length - 1 : 0;
      }
      return Skip(row, *type.field(0)->type(), elements, at);
    }
    case arrow::Type::STRUCT:
      *at += count;
      for (const FieldPtr& field : type.fields()) Skip(row, *field->type(), count, at);
      return;
    default:  // boolean
      *at += count;
      return;
  }
}

}  // namespace

size_t PrefixBytes(std::string_view row, const std::vector<DataTypePtr>& types) {
  size_t bytes = 0;
  for (const DataTypePtr& type : types) Skip(row, *type, 1, &bytes);
  return std::min(bytes, row.size());
}

}  // namespace headrace
