// Avro's binary form of single values.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "functions/avro/avro_schema.h"

namespace headrace {

inline void AppendAvroLong(int64_t value, std::string* out) {
  uint64_t rest = (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
  while (rest >= 0x80) {
    *out += static_cast<char>(rest | 0x80);
    rest >>= 7;
  }
  *out += static_cast<char>(rest);
}

inline void AppendAvroBytes(std::string_view bytes, std::string* out) {
  AppendAvroLong(static_cast<int64_t>(bytes.size()), out);
  out->append(bytes);
}

template <typename T>
void AppendAvroFixed(T value, std::string* out) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(T));  // little-endian, as Avro's
}

// A place in bytes. Reads return false when the bytes end too early or are no such value.
struct AvroCursor {
  const char* at;
  const char* end;

  bool ReadLong(int64_t* value) {
    uint64_t bits = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (at == end) return false;
      const auto byte = static_cast<uint8_t>(*at++);
      bits |= static_cast<uint64_t>(byte & 0x7F) << (shift & 63);
      if (byte < 0x80) {
        *value = static_cast<int64_t>(bits >> 1) ^ -static_cast<int64_t>(bits & 1);
        return true;
      }
    }
    return false;
  }
  bool ReadBytes(std::string_view* bytes) {
    int64_t size;
    return ReadLong(&size) && ReadRaw(size, bytes);
  }
  bool ReadRaw(int64_t size, std::string_view* bytes) {
    if (size < 0 || size > end - at) return false;
    *bytes = {at, static_cast<size_t>(size)};
    at += size;
    return true;
  }
  template <typename T>
  bool ReadFixed(T* value) {
    if (end - at < static_cast<int64_t>(sizeof(T))) return false;
    std::memcpy(value, at, sizeof(T));
    at += sizeof(T);
    return true;
  }
  // The count of a block of an array or map; 0 ends it. A value has at least no byte, so counts
  // are checked where the values are read.
  bool ReadBlockCount(int64_t* count) {
    if (!ReadLong(count)) return false;
    if (*count >= 0) return true;
    int64_t bytes;
    if (*count == INT64_MIN || !ReadLong(&bytes)) return false;
    *count = -*count;
    return true;
  }
  // Passes over a value.
  bool Skip(const AvroType& type, int depth = 0);
};

// The bytes of a field's default value, given as JSON.
Result<std::string> EncodeAvroDefault(const std::string& json, const AvroType& type);

}  // namespace headrace
