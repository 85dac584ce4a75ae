// Dense numbers for keys: the hash table under grouping, joins and the in-memory state store.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "types/row_encoding.h"

namespace headrace {

// Numbers are given in order of first appearance: 0, 1, 2, … Not thread-safe.
class KeyTable {
 public:
  KeyTable();
  ~KeyTable();
  KeyTable(KeyTable&&) noexcept;
  KeyTable& operator=(KeyTable&&) noexcept;

  static constexpr uint32_t kAbsent = 0xffffffffu;

  // The number of each row's key, new keys are added.
  void FindOrInsert(const EncodedRows& keys, std::vector<uint32_t>* numbers);
  // kAbsent for unknown keys.
  void Find(const EncodedRows& keys, std::vector<uint32_t>* numbers) const;
  // Specialised path for a single not-null 64-bit integer key column; same numbering rules. A
  // table is used through one of the two ways only.
  void FindOrInsert(const int64_t* keys, int64_t length, std::vector<uint32_t>* numbers);

  // Forgets the key; its number is reused by a later insertion.
  void Erase(uint32_t number);
  // Several living ones, each once.
  void Erase(const std::vector<uint32_t>& numbers);
  // Its encoding, or the eight bytes of an integer key; valid until the next change.
  std::string_view key(uint32_t number) const;
  uint64_t hash(uint32_t number) const;
  int64_t size() const;    // living keys
  uint32_t bound() const;  // numbers given so far: all are < bound
  bool alive(uint32_t number) const;
  void Clear();
  int64_t size_bytes() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace headrace
