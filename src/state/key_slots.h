// The index part of a hash table: slots that hold numbers of keys, open addressing with linear
// probing. What a key is, and where it is kept, the owner says.
#pragma once

#include <cstdint>
#include <vector>

namespace headrace {

class KeySlots {
 public:
  static constexpr uint32_t kEmpty = 0xffffffffu;
  // Rows are looked up in blocks: first all slots are fetched into the cache, then they are read.
  static constexpr int64_t kBlock = 16;

  KeySlots() { Reset(kSmallest); }

  void Prefetch(uint64_t hash) const { __builtin_prefetch(&slots_[Home(Tag(hash))]); }

  // The first number in the chain of `hash` that may be the key: its owner may fetch it.
  uint32_t Candidate(uint64_t hash) const { return slots_[Home(Tag(hash))].number; }

  // The number of the key with `hash` for which `equals(number)` holds, or kEmpty.
  template <typename Equals>
  uint32_t Find(uint64_t hash, Equals equals) const {
    const uint32_t tag = Tag(hash);
    for (size_t i = Home(tag);; i = Next(i)) {
      const Slot& slot = slots_[i];
      if (slot.number == kEmpty) return kEmpty;
      if (slot.tag == tag && equals(slot.number)) return slot.number;
    }
  }

  // The key must be absent.
  void Insert(uint64_t hash, uint32_t number) {
    if (size_ >= slots_.size() / 8 * 5) Grow();
    Place({Tag(hash), number});
    ++size_;
  }

  // The key must be in. Closes the gap, so that chains stay unbroken without tombstones.
  void Erase(uint64_t hash, uint32_t number) {
    size_t gap = Home(Tag(hash));
    while (slots_[gap].number != number) gap = Next(gap);
    for (size_t i = Next(gap); slots_[i].number != kEmpty; i = Next(i)) {
      const size_t home = Home(slots_[i].tag);
      // Movable unless its home lies behind the gap, cyclically.
      if (((i - home) & mask()) >= ((i - gap) & mask())) {
        slots_[gap] = slots_[i];
        gap = i;
      }
    }
    slots_[gap].number = kEmpty;
    --size_;
  }

  // Keeps slots that were well used for the keys to come.
  void Clear() { Reset(size_ * 8 < slots_.size() ? kSmallest : slots_.size()); }
  int64_t size() const { return static_cast<int64_t>(size_); }
  int64_t size_bytes() const { return static_cast<int64_t>(slots_.capacity() * sizeof(Slot)); }

 private:
  // A slot tells by itself where its chain begins: moving one never asks for the key.
  struct Slot {
    uint32_t tag = 0;
    uint32_t number = kEmpty;
  };
  static constexpr size_t kSmallest = 64;

  // All keys of a partition agree in some bits of their hash: every bit must count here.
  static uint32_t Tag(uint64_t hash) {
    return static_cast<uint32_t>((hash * 0x9e3779b97f4a7c15) >> 32);
  }
  size_t Home(uint32_t tag) const { return tag >> shift_; }
  size_t mask() const { return slots_.size() - 1; }
  size_t Next(size_t i) const { return (i + 1) & mask(); }

  void Place(Slot slot) {
    size_t i = Home(slot.tag);
    while (slots_[i].number != kEmpty) i = Next(i);
    slots_[i] = slot;
  }

  void Grow() {
    const std::vector<Slot> old = std::move(slots_);
    const size_t size = size_;
    Reset(old.size() * 2);
    for (const Slot& slot : old) {
      if (slot.number != kEmpty) Place(slot);
    }
    size_ = size;
  }

  void Reset(size_t capacity) {  // a power of two, at most 2^32
    slots_.assign(capacity, Slot());
    slots_.shrink_to_fit();
    shift_ = 32 - __builtin_ctzll(capacity);
    size_ = 0;
  }

  std::vector<Slot> slots_;
  int shift_ = 0;
  size_t size_ = 0;
};

}  // namespace headrace
