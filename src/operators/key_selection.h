// Choosing and collecting encoded keys.
#pragma once

#include <cstdint>
#include <vector>

#include "types/row_encoding.h"

namespace headrace {

// Appends row i of `from`, its hash with it.
inline void AppendKey(const EncodedRows& from, int64_t i, EncodedRows* to) {
  if (to->offsets.empty()) to->offsets.push_back(0);
  to->bytes.append(from.row(i));
  to->offsets.push_back(static_cast<uint32_t>(to->bytes.size()));
  to->hashes.push_back(from.hashes[i]);
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
