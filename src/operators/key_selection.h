// Choosing and collecting encoded keys.
#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "types/row_encoding.h"

namespace headrace {

// Offsets of encoded keys have 32 bits: CapacityError if `bytes` more would not fit into `keys`.
inline Status CheckRoom(const EncodedRows& keys, size_t bytes) {
  if (keys.bytes.size() + bytes <= std::numeric_limits<uint32_t>::max()) return Status::OK();
  return Status::CapacityError("the keys of one partition in one batch take more than 4 GiB");
}

// Appends row i of `from`, its hash with it; there is room for it.
inline void AppendKey(const EncodedRows& from, int64_t i, EncodedRows* to) {
  if (to->offsets.empty()) to->offsets.push_back(0);
  to->bytes.append(from.row(i));
  to->offsets.push_back(static_cast<uint32_t>(to->bytes.size()));
  to->hashes.push_back(from.hashes[i]);
}

inline void AppendKey(std::string_view key, EncodedRows* to) {
  if (to->offsets.empty()) to->offsets.push_back(0);
  to->bytes.append(key);
  to->offsets.push_back(static_cast<uint32_t>(to->bytes.size()));
  to->hashes.push_back(HashBytes(key));
}

// All of them; there is room.
inline void AppendKeys(const EncodedRows& from, EncodedRows* to) {
  if (to->offsets.empty()) to->offsets.push_back(0);
  const auto start = static_cast<uint32_t>(to->bytes.size());
  to->bytes.append(from.bytes);
  for (int64_t i = 1; i <= from.size(); ++i) to->offsets.push_back(start + from.offsets[i]);
  to->hashes.insert(to->hashes.end(), from.hashes.begin(), from.hashes.end());
}

inline void ClearKeys(EncodedRows* keys) {
  keys->bytes.clear();
  keys->offsets.assign(1, 0);
  keys->hashes.clear();
}

inline std::vector<std::string_view> RowsOf(const EncodedRows& keys) {
  std::vector<std::string_view> rows(static_cast<size_t>(keys.size()));
  for (int64_t i = 0; i < keys.size(); ++i) rows[i] = keys.row(i);
  return rows;
}

}  // namespace headrace
