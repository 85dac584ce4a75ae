// Which sessions each key of a store has: their starts, so that only a touched key's sessions are
// read.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "state/key_table.h"
#include "types/row_encoding.h"

namespace headrace {

// Not thread-safe.
class SessionIndex {
 public:
  // The number of each row's key; kAbsent for keys without sessions.
  void Find(const EncodedRows& keys, std::vector<uint32_t>* numbers) const;
  // Calls visit(start) for each session of a number that Find gave.
  template <typename Visit>
  void ForEachStart(uint32_t number, Visit&& visit) const {
    visit(first_[number]);
    const auto others = others_.find(number);
    if (others == others_.end()) return;
    for (const int64_t start : others->second) visit(start);
  }

  // Row i gets a session that starts at starts[i]; the key has no other one that starts then.
  void Add(const EncodedRows& keys, const std::vector<int64_t>& starts);
  // The session is there.
  void Remove(const EncodedRows& keys, const std::vector<int64_t>& starts);
  void Clear();
  int64_t size_bytes() const;

 private:
  KeyTable table_;
  // By number of the key: one session, and the others of the few keys that have several.
  std::vector<int64_t> first_;
  std::unordered_map<uint32_t, std::vector<int64_t>> others_;
};

}  // namespace headrace
