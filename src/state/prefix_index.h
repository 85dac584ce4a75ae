// The entries of a table by the first columns of their keys.
#pragma once

#include <cstdint>
#include <vector>

#include "state/key_table.h"
#include "state/state_store.h"
#include "state/state_table.h"

namespace headrace {

// Entries are the numbers of their keys (KeyTable). Not thread-safe.
class PrefixIndex {
 public:
  // Of a declaration without prefix columns it stays empty.
  explicit PrefixIndex(const StateStoreDeclaration& declaration);

  // Living entries of `table`; those that are known already stay where they are.
  void Add(const std::vector<uint32_t>& numbers, const StateTable& table);
  // Before the entries are gone. KeyTable::kAbsent is passed over.
  void Remove(const std::vector<uint32_t>& numbers);
  // Appends the entries of each prefix to `numbers`; those of prefixes[i] begin at begins[i].
  void Find(const EncodedRows& prefixes, std::vector<uint32_t>* numbers,
            std::vector<int64_t>* begins) const;
  // Which prefixes have any.
  void Has(const EncodedRows& prefixes, std::vector<uint8_t>* has) const;
  int64_t size() const { return prefixes_.size(); }  // prefixes that have entries
  void Clear();
  int64_t size_bytes() const;

 private:
  static constexpr uint32_t kNone = KeyTable::kAbsent;
  // An entry's place in the list of its prefix.
  struct Link {
    uint32_t prefix = kNone;  // none: the entry is unknown
    uint32_t previous = kNone, next = kNone;
  };

  void AddSome(const uint32_t* numbers, size_t count, const StateTable& table);

  std::vector<DataTypePtr> prefix_types_;
  bool used_;
  KeyTable prefixes_;
  std::vector<uint32_t> first_;  // by prefix
  std::vector<Link> links_;      // by entry
  EncodedRows rows_;
  mutable std::vector<uint32_t> found_;
};

}  // namespace headrace
