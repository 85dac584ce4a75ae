#include "functions/introspection/spark_hash.h"

#include <bit>
#include <cstring>

#include <arrow/util/decimal.h>

namespace headrace {
namespace {

uint32_t MixWord(uint32_t hash, uint32_t word) {
  hash ^= std::rotl(word * 0xcc9e2d51U, 15) * 0x1b873593U;
  return std::rotl(hash, 13) * 5 + 0xe6546b64U;
}

int32_t Finish(uint32_t hash, uint32_t length) {
  hash ^= length;
  hash = (hash ^ hash >> 16) * 0x85ebca6bU;
  hash = (hash ^ hash >> 13) * 0xc2b2ae35U;
  return static_cast<int32_t>(hash ^ hash >> 16);
}

constexpr uint64_t kPrime1 = 0x9E3779B185EBCA87ULL, kPrime2 = 0xC2B2AE3D27D4EB4FULL,
                   kPrime3 = 0x165667B19E3779F9ULL, kPrime4 = 0x85EBCA77C2B2AE63ULL,
                   kPrime5 = 0x27D4EB2F165667C5ULL;

uint64_t Avalanche(uint64_t hash) {
  hash = (hash ^ hash >> 33) * kPrime2;
  hash = (hash ^ hash >> 29) * kPrime3;
  return hash ^ hash >> 32;
}

uint64_t MixLong(uint64_t hash, uint64_t value) {
  hash ^= std::rotl(value * kPrime2, 31) * kPrime1;
  return std::rotl(hash, 27) * kPrime1 + kPrime4;
}

template <typename T>
T Load(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

// The bytes of a decimal of more than 18 digits: big-endian two's complement, as short as can be.
std::string BigIntegerBytes(const arrow::Decimal128& value) {
  std::string bytes;
  for (const uint64_t word : {static_cast<uint64_t>(value.high_bits()), value.low_bits()}) {
    for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(word >> shift));
  }
  size_t skip = 0;
  const char sign = value.IsNegative() ? '\xFF' : '\0';
  while (skip < 15 && bytes[skip] == sign && ((bytes[skip + 1] ^ sign) & 0x80) == 0) ++skip;
  return bytes.substr(skip);
}

struct Murmur3 {
  using Hash = int32_t;
  static Hash OfInt(int32_t value, Hash seed) { return Murmur3OfInt(value, seed); }
  static Hash OfLong(int64_t value, Hash seed) { return Murmur3OfLong(value, seed); }
  static Hash OfBytes(std::string_view bytes, Hash seed) { return Murmur3OfBytes(bytes, seed); }
};
struct XxHash64 {
  using Hash = int64_t;
  static Hash OfInt(int32_t value, Hash seed) { return XxHash64OfInt(value, seed); }
  static Hash OfLong(int64_t value, Hash seed) { return XxHash64OfLong(value, seed); }
  static Hash OfBytes(std::string_view bytes, Hash seed) { return XxHash64OfBytes(bytes, seed); }
};

template <typename ArrayType>
auto Get(const arrow::Array& values, int64_t row) {
  return static_cast<const ArrayType&>(values).Value(row);
}

template <typename H>
typename H::Hash OfValue(const arrow::Array& values, int64_t row, typename H::Hash seed) {
  if (values.IsNull(row)) return seed;
  switch (values.type_id()) {
    case arrow::Type::BOOL:
      return H::OfInt(Get<arrow::BooleanArray>(values, row) ? 1 : 0, seed);
    case arrow::Type::INT8:
      return H::OfInt(Get<arrow::Int8Array>(values, row), seed);
    case arrow::Type::INT16:
      return H::OfInt(Get<arrow::Int16Array>(values, row), seed);
    case arrow::Type::INT32:
      return H::OfInt(Get<arrow::Int32Array>(values, row), seed);
    case arrow::Type::DATE32:
      return H::OfInt(Get<arrow::Date32Array>(values, row), seed);
    case arrow::Type::INTERVAL_MONTHS:
      return H::OfInt(Get<arrow::MonthIntervalArray>(values, row), seed);
    case arrow::Type::INT64:
      return H::OfLong(Get<arrow::Int64Array>(values, row), seed);
    case arrow::Type::TIMESTAMP:
      return H::OfLong(Get<arrow::TimestampArray>(values, row), seed);
    case arrow::Type::DURATION:
      return H::OfLong(Get<arrow::DurationArray>(values, row), seed);
    case arrow::Type::FLOAT: {
      const float value = Get<arrow::FloatArray>(values, row);
      const uint32_t bits = value == 0       ? 0
                            : value != value ? 0x7fc00000U
                                             : std::bit_cast<uint32_t>(value);
      return H::OfInt(static_cast<int32_t>(bits), seed);
    }
    case arrow::Type::DOUBLE: {
      const double value = Get<arrow::DoubleArray>(values, row);
      const uint64_t bits = value == 0       ? 0
                            : value != value ? 0x7ff8000000000000ULL
                                             : std::bit_cast<uint64_t>(value);
      return H::OfLong(static_cast<int64_t>(bits), seed);
    }
    case arrow::Type::DECIMAL128: {
      const arrow::Decimal128 value(
          static_cast<const arrow::Decimal128Array&>(values).GetValue(row));
      const auto& type = static_cast<const arrow::Decimal128Type&>(*values.type());
      if (type.precision() <= 18) return H::OfLong(static_cast<int64_t>(value.low_bits()), seed);
      return H::OfBytes(BigIntegerBytes(value), seed);
    }
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return H::OfBytes(static_cast<const arrow::BinaryArray&>(values).GetView(row), seed);
    case arrow::Type::LIST: {
      const auto& lists = static_cast<const arrow::ListArray&>(values);
      for (int64_t i = 0; i < lists.value_length(row); ++i) {
        seed = OfValue<H>(*lists.values(), lists.value_offset(row) + i, seed);
      }
      return seed;
    }
    case arrow::Type::STRUCT: {
      const auto& structs = static_cast<const arrow::StructArray&>(values);
      for (int i = 0; i < structs.num_fields(); ++i) {
        seed = OfValue<H>(*structs.field(i), row, seed);
      }
      return seed;
    }
    default:
      return seed;
  }
}

}  // namespace

int32_t Murmur3OfInt(int32_t value, int32_t seed) {
  return Finish(MixWord(static_cast<uint32_t>(seed), static_cast<uint32_t>(value)), 4);
}

int32_t Murmur3OfLong(int64_t value, int32_t seed) {
  const auto bits = static_cast<uint64_t>(value);
  uint32_t hash = MixWord(static_cast<uint32_t>(seed), static_cast<uint32_t>(bits));
  return Finish(MixWord(hash, static_cast<uint32_t>(bits >> 32)), 8);
}

// Spark mixes the last one to three bytes one by one, each as a signed word.
int32_t Murmur3OfBytes(std::string_view bytes, int32_t seed) {
  auto hash = static_cast<uint32_t>(seed);
  size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) hash = MixWord(hash, Load<uint32_t>(bytes.data() + at));
  for (; at < bytes.size(); ++at) {
    hash =
        MixWord(hash, static_cast<uint32_t>(static_cast<int32_t>(static_cast<int8_t>(bytes[at]))));
  }
  return Finish(hash, static_cast<uint32_t>(bytes.size()));
}

int64_t XxHash64OfInt(int32_t value, int64_t seed) {
  uint64_t hash = static_cast<uint64_t>(seed) + kPrime5 + 4;
  hash ^= static_cast<uint64_t>(static_cast<uint32_t>(value)) * kPrime1;
  hash = std::rotl(hash, 23) * kPrime2 + kPrime3;
  return static_cast<int64_t>(Avalanche(hash));
}

int64_t XxHash64OfLong(int64_t value, int64_t seed) {
  const uint64_t hash = static_cast<uint64_t>(seed) + kPrime5 + 8;
  return static_cast<int64_t>(Avalanche(MixLong(hash, static_cast<uint64_t>(value))));
}

int64_t XxHash64OfBytes(std::string_view bytes, int64_t signed_seed) {
  const auto seed = static_cast<uint64_t>(signed_seed);
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  uint64_t hash;
  if (bytes.size() >= 32) {
    uint64_t lanes[4] = {seed + kPrime1 + kPrime2, seed + kPrime2, seed, seed - kPrime1};
    for (; at + 32 <= end; at += 32) {
      for (int i = 0; i < 4; ++i) {
        lanes[i] = std::rotl(lanes[i] + Load<uint64_t>(at + 8 * i) * kPrime2, 31) * kPrime1;
      }
    }
    hash = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) +
           std::rotl(lanes[3], 18);
    for (const uint64_t lane : lanes) {
      hash ^= std::rotl(lane * kPrime2, 31) * kPrime1;
      hash = hash * kPrime1 + kPrime4;
    }
  } else {
    hash = seed + kPrime5;
  }
  hash += bytes.size();
  for (; at + 8 <= end; at += 8) hash = MixLong(hash, Load<uint64_t>(at));
  if (at + 4 <= end) {
    hash ^= static_cast<uint64_t>(Load<uint32_t>(at)) * kPrime1;
    hash = std::rotl(hash, 23) * kPrime2 + kPrime3;
    at += 4;
  }
  for (; at < end; ++at) {
    hash ^= static_cast<uint64_t>(static_cast<unsigned char>(*at)) * kPrime5;
    hash = std::rotl(hash, 11) * kPrime1;
  }
  return static_cast<int64_t>(Avalanche(hash));
}

int32_t Murmur3OfValue(const arrow::Array& values, int64_t row, int32_t seed) {
  return OfValue<Murmur3>(values, row, seed);
}

int64_t XxHash64OfValue(const arrow::Array& values, int64_t row, int64_t seed) {
  return OfValue<XxHash64>(values, row, seed);
}

}  // namespace headrace
