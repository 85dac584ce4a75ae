#include "functions/aggregate/row_set.h"

#include <algorithm>
#include <string_view>

namespace headrace::aggregate {

void RowSet::Insert(const EncodedRows& rows, std::vector<uint32_t>* fresh) {
  fresh->clear();
  for (int64_t i = 0; i < rows.size(); ++i) {
    const size_t before = hashes_.size();
    if (Entry(rows, i) == before) fresh->push_back(static_cast<uint32_t>(i));
  }
}

void RowSet::Number(const EncodedRows& rows, std::vector<uint32_t>* entries) {
  entries->resize(static_cast<size_t>(rows.size()));
  for (int64_t i = 0; i < rows.size(); ++i) (*entries)[static_cast<size_t>(i)] = Entry(rows, i);
}

uint32_t RowSet::Entry(const EncodedRows& rows, int64_t i) {
  if (hashes_.size() * 2 >= slots_.size()) Grow();
  const uint64_t hash = rows.hashes[i];
  const std::string_view row = rows.row(i);
  const size_t mask = slots_.size() - 1;
  size_t slot = hash & mask;
  for (; slots_[slot] != kEmpty; slot = (slot + 1) & mask) {
    const uint32_t entry = slots_[slot];
    if (hashes_[entry] != hash) continue;
    const uint64_t begin = entry == 0 ? 0 : ends_[entry - 1];
    if (std::string_view(bytes_).substr(begin, ends_[entry] - begin) == row) return entry;
  }
  const auto entry = static_cast<uint32_t>(hashes_.size());
  slots_[slot] = entry;
  hashes_.push_back(hash);
  bytes_.append(row);
  ends_.push_back(bytes_.size());
  return entry;
}

void RowSet::Grow() {
  slots_.assign(std::max<size_t>(64, slots_.size() * 2), kEmpty);
  const size_t mask = slots_.size() - 1;
  for (size_t entry = 0; entry < hashes_.size(); ++entry) {
    size_t slot = hashes_[entry] & mask;
    while (slots_[slot] != kEmpty) slot = (slot + 1) & mask;
    slots_[slot] = static_cast<uint32_t>(entry);
  }
}

void RowSet::Clear() {
  std::fill(slots_.begin(), slots_.end(), kEmpty);
  hashes_.clear();
  ends_.clear();
  bytes_.clear();
}

int64_t RowSet::size_bytes() const {
  return static_cast<int64_t>(slots_.capacity() * 4 + hashes_.capacity() * 8 +
                              ends_.capacity() * 8 + bytes_.capacity());
}

}  // namespace headrace::aggregate
