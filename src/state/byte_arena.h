// Byte strings of any length in one buffer, addressed by offset.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace headrace {

// Freed strings are only counted: who holds the offsets moves the living ones to a new arena when
// half of this one is garbage.
class ByteArena {
 public:
  uint64_t Add(std::string_view bytes) {
    const uint64_t offset = bytes_.size();
    bytes_.append(bytes);
    return offset;
  }
  std::string_view Get(uint64_t offset, uint32_t length) const {
    return std::string_view(bytes_).substr(offset, length);
  }
  // Overwrites in place; `bytes` is no longer than what is there.
  void Replace(uint64_t offset, std::string_view bytes) {
    bytes_.replace(offset, bytes.size(), bytes);
  }
  void Clear() {
    bytes_.clear();
    garbage_ = 0;
  }
  void Free(uint32_t length) { garbage_ += length; }
  bool worth_moving() const { return garbage_ > 4096 && garbage_ > bytes_.size() / 2; }
  int64_t size_bytes() const { return static_cast<int64_t>(bytes_.capacity()); }

 private:
  std::string bytes_;
  uint64_t garbage_ = 0;
};

}  // namespace headrace
