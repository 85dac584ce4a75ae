#include "functions/aggregate/xx_hash.h"

#include <bit>
#include <cstring>
#include <string_view>

#include <arrow/array/array_binary.h>
#include <arrow/array/array_decimal.h>
#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>

namespace headrace::aggregate {
namespace {

constexpr uint64_t kPrime1 = 0x9E3779B185EBCA87, kPrime2 = 0xC2B2AE3D27D4EB4F,
                   kPrime3 = 0x165667B19E3779F9, kPrime4 = 0x85EBCA77C2B2AE63,
                   kPrime5 = 0x27D4EB2F165667C5;

uint64_t Mix(uint64_t hash) {
  hash = (hash ^ (hash >> 33)) * kPrime2;
  hash = (hash ^ (hash >> 29)) * kPrime3;
  return hash ^ (hash >> 32);
}
uint64_t Round(uint64_t state, uint64_t word) {
  return std::rotl(state + word * kPrime2, 31) * kPrime1;
}
uint64_t AddWord(uint64_t hash, uint64_t word) {
  return std::rotl(hash ^ Round(0, word), 27) * kPrime1 + kPrime4;
}
uint64_t AddHalf(uint64_t hash, uint32_t half) {
  return std::rotl(hash ^ (half * kPrime1), 23) * kPrime2 + kPrime3;
}

uint64_t HashInt(int32_t value, uint64_t seed) {
  return Mix(AddHalf(seed + kPrime5 + 4, static_cast<uint32_t>(value)));
}
uint64_t HashLong(int64_t value, uint64_t seed) {
  return Mix(AddWord(seed + kPrime5 + 8, static_cast<uint64_t>(value)));
}

template <typename T>
T Read(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

uint64_t HashBytes(std::string_view text, uint64_t seed) {
  const char* next = text.data();
  size_t left = text.size();
  uint64_t hash = seed + kPrime5;
  if (left >= 32) {
    uint64_t v[4] = {seed + kPrime1 + kPrime2, seed + kPrime2, seed, seed - kPrime1};
    for (; left >= 32; left -= 32) {
      for (uint64_t& state : v) {
        state = Round(state, Read<uint64_t>(next));
        next += 8;
      }
    }
    hash = std::rotl(v[0], 1) + std::rotl(v[1], 7) + std::rotl(v[2], 12) + std::rotl(v[3], 18);
    for (const uint64_t state : v) hash = (hash ^ Round(0, state)) * kPrime1 + kPrime4;
  }
  hash += text.size();
  for (; left >= 8; left -= 8, next += 8) hash = AddWord(hash, Read<uint64_t>(next));
  for (; left >= 4; left -= 4, next += 4) hash = AddHalf(hash, Read<uint32_t>(next));
  for (; left > 0; --left, ++next) {
    hash = std::rotl(hash ^ (static_cast<uint8_t>(*next) * kPrime5), 11) * kPrime1;
  }
  return Mix(hash);
}

// Java's BigInteger.toByteArray: big-endian two's complement without superfluous leading bytes.
uint64_t HashDecimal(const arrow::Decimal128Array& array, int64_t i, uint64_t seed) {
  const arrow::Decimal128 value(array.GetValue(i));
  if (static_cast<const arrow::Decimal128Type&>(*array.type()).precision() <= 18) {
    return HashLong(static_cast<int64_t>(value.low_bits()), seed);
  }
  char bytes[16];
  for (int k = 0; k < 8; ++k) {
    bytes[k] = static_cast<char>(static_cast<uint64_t>(value.high_bits()) >> (56 - 8 * k));
    bytes[8 + k] = static_cast<char>(value.low_bits() >> (56 - 8 * k));
  }
  const char sign = value.high_bits() < 0 ? '\xff' : '\0';
  size_t first = 0;
  while (first < 15 && bytes[first] == sign && ((bytes[first + 1] ^ sign) & 0x80) == 0) ++first;
  return HashBytes({bytes + first, 16 - first}, seed);
}

template <typename T>
T ValueAt(const arrow::Array& array, int64_t i) {
  return array.data()->GetValues<T>(1)[i];
}

uint64_t HashFloat(float value, uint64_t seed) {
  if (value == 0) return HashInt(0, seed);
  return HashInt(value != value ? 0x7fc00000 : std::bit_cast<int32_t>(value), seed);
}
uint64_t HashDouble(double value, uint64_t seed) {
  if (value == 0) return HashLong(0, seed);
  return HashLong(value != value ? 0x7ff8000000000000 : std::bit_cast<int64_t>(value), seed);
}

}  // namespace

uint64_t XxHash64(const arrow::Array& array, int64_t i, uint64_t seed) {
  if (array.IsNull(i)) return seed;
  switch (array.type_id()) {
    case arrow::Type::BOOL:
      return HashInt(static_cast<const arrow::BooleanArray&>(array).Value(i) ? 1 : 0, seed);
    case arrow::Type::INT8:
      return HashInt(ValueAt<int8_t>(array, i), seed);
    case arrow::Type::INT16:
      return HashInt(ValueAt<int16_t>(array, i), seed);
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
    case arrow::Type::INTERVAL_MONTHS:
      return HashInt(ValueAt<int32_t>(array, i), seed);
    case arrow::Type::INT64:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DURATION:
      return HashLong(ValueAt<int64_t>(array, i), seed);
    case arrow::Type::FLOAT:
      return HashFloat(ValueAt<float>(array, i), seed);
    case arrow::Type::DOUBLE:
      return HashDouble(ValueAt<double>(array, i), seed);
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return HashBytes(static_cast<const arrow::BinaryArray&>(array).GetView(i), seed);
    case arrow::Type::DECIMAL128:
      return HashDecimal(static_cast<const arrow::Decimal128Array&>(array), i, seed);
    case arrow::Type::STRUCT: {
      const auto& structure = static_cast<const arrow::StructArray&>(array);
      for (int field = 0; field < structure.num_fields(); ++field) {
        seed = XxHash64(*structure.field(field), i, seed);
      }
      return seed;
    }
    case arrow::Type::LIST: {
      const auto& list = static_cast<const arrow::ListArray&>(array);
      for (int64_t k = 0; k < list.value_length(i); ++k) {
        seed = XxHash64(*list.values(), list.value_offset(i) + k, seed);
      }
      return seed;
    }
    default:
      return seed;
  }
}

bool HasXxHash64(const arrow::DataType& type) {
  if (type.id() == arrow::Type::MAP) return false;
  for (const auto& field : type.fields()) {
    if (!HasXxHash64(*field->type())) return false;
  }
  return true;
}

}  // namespace headrace::aggregate
