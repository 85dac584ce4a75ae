#include "connectors/python/variant_value.h"

#include <limits>
#include <string_view>

#include <arrow/util/decimal.h>

#include "types/spark_type.h"

namespace headrace {
namespace {

// The kinds of a value, in the lowest two bits of its first byte.
enum BasicType : uint8_t { kPrimitive = 0, kShortString = 1, kArray = 3 };

// What a primitive is, in the bits above.
enum PrimitiveType : uint8_t {
  kNull = 0,
  kTrue = 1,
  kFalse = 2,
  kInt8 = 3,
  kInt16 = 4,
  kInt32 = 5,
  kInt64 = 6,
  kDouble = 7,
  kDecimal4 = 8,
  kDecimal8 = 9,
  kDecimal16 = 10,
  kDate = 11,
  kTimestamp = 12,
  kTimestampNtz = 13,
  kFloat = 14,
  kBinary = 15,
  kLongString = 16,
};

constexpr size_t kLongestShortString = 63;

std::string Header(PrimitiveType type) {
  return {static_cast<char>(static_cast<uint8_t>(type) << 2 | kPrimitive)};
}

// Little-endian, as this machine is.
template <typename T>
std::string Bytes(T value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof value);
}

template <typename Number>
bool Fits(int64_t value) {
  return value >= std::numeric_limits<Number>::min() && value <= std::numeric_limits<Number>::max();
}

std::string Integer(int64_t value) {
  if (Fits<int8_t>(value)) return Header(kInt8) + Bytes(static_cast<int8_t>(value));
  if (Fits<int16_t>(value)) return Header(kInt16) + Bytes(static_cast<int16_t>(value));
  if (Fits<int32_t>(value)) return Header(kInt32) + Bytes(static_cast<int32_t>(value));
  return Header(kInt64) + Bytes(value);
}

std::string Decimal(const arrow::Decimal128Scalar& scalar) {
  const auto scale =
      static_cast<char>(static_cast<const arrow::Decimal128Type&>(*scalar.type).scale());
  const arrow::Decimal128& value = scalar.value;
  const bool one_word = value.high_bits() == static_cast<int64_t>(value.low_bits()) >> 63;
  const auto word = static_cast<int64_t>(value.low_bits());
  if (one_word && Fits<int32_t>(word)) {
    return Header(kDecimal4) + scale + Bytes(static_cast<int32_t>(word));
  }
  if (one_word) return Header(kDecimal8) + scale + Bytes(word);
  return Header(kDecimal16) + scale + Bytes(value.low_bits()) + Bytes(value.high_bits());
}

std::string Text(std::string_view text) {
  if (text.size() <= kLongestShortString) {
    return static_cast<char>(text.size() << 2 | kShortString) + std::string(text);
  }
  return Header(kLongString) + Bytes(static_cast<uint32_t>(text.size())) + std::string(text);
}

template <typename ScalarType>
auto ValueOf(const arrow::Scalar& scalar) {
  return static_cast<const ScalarType&>(scalar).value;
}

std::string_view BytesOf(const arrow::Scalar& scalar) {
  return static_cast<const arrow::BaseBinaryScalar&>(scalar).view();
}

}  // namespace

std::string EmptyVariantMetadata() { return std::string("\x01\x00\x00", 3); }

std::optional<std::string> VariantValue(const arrow::Scalar& scalar) {
  if (!scalar.is_valid) return Header(kNull);
  switch (scalar.type->id()) {
    case arrow::Type::BOOL:
      return Header(ValueOf<arrow::BooleanScalar>(scalar) ? kTrue : kFalse);
    case arrow::Type::INT8:
      return Integer(ValueOf<arrow::Int8Scalar>(scalar));
    case arrow::Type::INT16:
      return Integer(ValueOf<arrow::Int16Scalar>(scalar));
    case arrow::Type::INT32:
      return Integer(ValueOf<arrow::Int32Scalar>(scalar));
    case arrow::Type::INT64:
      return Integer(ValueOf<arrow::Int64Scalar>(scalar));
    case arrow::Type::FLOAT:
      return Header(kFloat) + Bytes(ValueOf<arrow::FloatScalar>(scalar));
    case arrow::Type::DOUBLE:
      return Header(kDouble) + Bytes(ValueOf<arrow::DoubleScalar>(scalar));
    case arrow::Type::DECIMAL128:
      return Decimal(static_cast<const arrow::Decimal128Scalar&>(scalar));
    case arrow::Type::DATE32:
      return Header(kDate) + Bytes(ValueOf<arrow::Date32Scalar>(scalar));
    case arrow::Type::TIMESTAMP:
      return Header(IsTimestampLtz(*scalar.type) ? kTimestamp : kTimestampNtz) +
             Bytes(ValueOf<arrow::TimestampScalar>(scalar));
    case arrow::Type::STRING:
      return Text(BytesOf(scalar));
    case arrow::Type::BINARY: {
      const std::string_view bytes = BytesOf(scalar);
      return Header(kBinary) + Bytes(static_cast<uint32_t>(bytes.size())) + std::string(bytes);
    }
    default:
      return std::nullopt;
  }
}

std::string VariantArray(const std::vector<std::string>& elements) {
  // Counts and offsets of four bytes each: bit 4 and bits 2 and 3 of the header.
  std::string array = {static_cast<char>(1 << 4 | 3 << 2 | kArray)};
  array += Bytes(static_cast<uint32_t>(elements.size()));
  std::string values;
  for (const std::string& element : elements) {
    array += Bytes(static_cast<uint32_t>(values.size()));
    values += element;
  }
  return array + Bytes(static_cast<uint32_t>(values.size())) + values;
}

}  // namespace headrace
