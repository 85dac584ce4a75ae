#include "state/key_table.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "state/byte_arena.h"
#include "state/key_slots.h"

namespace headrace {
namespace {

// Which numbers are in use, and which come next.
class Numbers {
 public:
  uint32_t Take() {
    if (free_.empty()) {
      alive_.push_back(true);
      return static_cast<uint32_t>(alive_.size() - 1);
    }
    const uint32_t number = free_.back();
    free_.pop_back();
    alive_[number] = true;
    return number;
  }
  void Release(uint32_t number) {
    alive_[number] = false;
    free_.push_back(number);
  }
  void Clear() {
    alive_.clear();
    free_.clear();
  }
  bool alive(uint32_t number) const { return number < alive_.size() && alive_[number]; }
  uint32_t bound() const { return static_cast<uint32_t>(alive_.size()); }
  int64_t size_bytes() const {
    return static_cast<int64_t>(alive_.capacity() / 8 + free_.capacity() * sizeof(uint32_t));
  }

 private:
  std::vector<bool> alive_;
  std::vector<uint32_t> free_;
};

// A key's encoding: in place when it is short, in the arena otherwise.
struct EncodedKey {
  static constexpr size_t kInline = 20;

  uint64_t hash;
  uint32_t length;
  std::array<char, kInline> bytes;  // or the offset in the arena

  bool in_place() const { return length <= kInline; }
  uint64_t offset() const {
    uint64_t value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  void set_offset(uint64_t value) { std::memcpy(bytes.data(), &value, sizeof value); }
};
static_assert(sizeof(EncodedKey) == 32);

}  // namespace

struct KeyTable::Impl {
  KeySlots slots;
  Numbers numbers;
  std::vector<EncodedKey> encoded;
  ByteArena arena;
  std::vector<int64_t> integers;  // instead of `encoded`
  bool is_integer = false;

  std::string_view key(uint32_t number) const {
    if (is_integer) {
      return {reinterpret_cast<const char*>(&integers[number]), sizeof(int64_t)};
    }
    const EncodedKey& key = encoded[number];
    if (key.in_place()) return {key.bytes.data(), key.length};
    return arena.Get(key.offset(), key.length);
  }

  uint64_t HashOf(uint32_t number) const {
    return is_integer ? HashInt64(integers[number]) : encoded[number].hash;
  }

  bool Equals(uint32_t number, uint64_t hash, std::string_view bytes) const {
    const EncodedKey& candidate = encoded[number];
    return candidate.hash == hash && candidate.length == bytes.size() && key(number) == bytes;
  }

  uint32_t Find(uint64_t hash, std::string_view bytes) const {
    return slots.Find(hash, [&](uint32_t number) { return Equals(number, hash, bytes); });
  }

  uint32_t Insert(uint64_t hash, std::string_view bytes) {
    EncodedKey key{hash, static_cast<uint32_t>(bytes.size()), {}};
    if (key.in_place()) {
      std::memcpy(key.bytes.data(), bytes.data(), bytes.size());
    } else {
      key.set_offset(arena.Add(bytes));
    }
    const uint32_t number = numbers.Take();
    if (number == encoded.size()) {
      encoded.push_back(key);
    } else {
      encoded[number] = key;
    }
    slots.Insert(hash, number);
    return number;
  }

  uint32_t Insert(uint64_t hash, int64_t value) {
    const uint32_t number = numbers.Take();
    if (number == integers.size()) {
      integers.push_back(value);
    } else {
      integers[number] = value;
    }
    slots.Insert(hash, number);
    return number;
  }

  void Prefetch(uint32_t number) const {
    if (is_integer) {
      __builtin_prefetch(&integers[number]);
    } else {
      __builtin_prefetch(&encoded[number]);
    }
  }

  // Its slot is, or will be, gone.
  void Release(uint32_t number) {
    numbers.Release(number);
    if (!is_integer && !encoded[number].in_place()) arena.Free(encoded[number].length);
  }

  void MoveArena() {
    ByteArena moved;
    for (uint32_t number = 0; number < encoded.size(); ++number) {
      EncodedKey& key = encoded[number];
      if (!numbers.alive(number) || key.in_place()) continue;
      key.set_offset(moved.Add(arena.Get(key.offset(), key.length)));
    }
    arena = std::move(moved);
  }

  // Calls look(i) for every row, with its slot and its likely key already on the way to the cache.
  template <typename Look>
  void ForEach(const uint64_t* hashes, int64_t length, Look look) const {
    for (int64_t start = 0; start < length; start += KeySlots::kBlock) {
      const int64_t end = std::min(start + KeySlots::kBlock, length);
      for (int64_t i = start; i < end; ++i) slots.Prefetch(hashes[i]);
      for (int64_t i = start; i < end; ++i) {
        const uint32_t number = slots.Candidate(hashes[i]);
        if (number != KeySlots::kEmpty) Prefetch(number);
      }
      for (int64_t i = start; i < end; ++i) look(i);
    }
  }
};

KeyTable::KeyTable() : impl_(std::make_unique<Impl>()) {}
KeyTable::~KeyTable() = default;
KeyTable::KeyTable(KeyTable&&) noexcept = default;
KeyTable& KeyTable::operator=(KeyTable&&) noexcept = default;

void KeyTable::FindOrInsert(const EncodedRows& keys, std::vector<uint32_t>* numbers) {
  numbers->resize(keys.hashes.size());
  impl_->ForEach(keys.hashes.data(), keys.size(), [&](int64_t i) {
    const std::string_view bytes = keys.row(i);
    uint32_t number = impl_->Find(keys.hashes[i], bytes);
    if (number == kAbsent) number = impl_->Insert(keys.hashes[i], bytes);
    (*numbers)[i] = number;
  });
}

void KeyTable::Find(const EncodedRows& keys, std::vector<uint32_t>* numbers) const {
  numbers->resize(keys.hashes.size());
  impl_->ForEach(keys.hashes.data(), keys.size(),
                 [&](int64_t i) { (*numbers)[i] = impl_->Find(keys.hashes[i], keys.row(i)); });
}

void KeyTable::FindOrInsert(const int64_t* keys, int64_t length, std::vector<uint32_t>* numbers) {
  impl_->is_integer = true;
  numbers->resize(length);
  std::array<uint64_t, 256> hashes;
  for (int64_t start = 0; start < length; start += hashes.size()) {
    const int64_t count = std::min<int64_t>(hashes.size(), length - start);
    for (int64_t i = 0; i < count; ++i) hashes[i] = HashInt64(keys[start + i]);
    impl_->ForEach(hashes.data(), count, [&](int64_t i) {
      const int64_t key = keys[start + i];
      uint32_t number = impl_->slots.Find(
          hashes[i], [&](uint32_t other) { return impl_->integers[other] == key; });
      if (number == kAbsent) number = impl_->Insert(hashes[i], key);
      (*numbers)[start + i] = number;
    });
  }
}

void KeyTable::Erase(uint32_t number) {
  impl_->slots.Erase(impl_->HashOf(number), number);
  impl_->Release(number);
  if (impl_->arena.worth_moving()) impl_->MoveArena();
}

void KeyTable::Erase(const std::vector<uint32_t>& numbers) {
  if (static_cast<int64_t>(numbers.size()) * 2 > size()) {
    // Few stay: the slots are made anew for them.
    for (const uint32_t number : numbers) impl_->Release(number);
    impl_->slots.Clear();
    for (uint32_t number = 0; number < bound(); ++number) {
      if (alive(number)) impl_->slots.Insert(impl_->HashOf(number), number);
    }
  } else {
    constexpr size_t kBlock = KeySlots::kBlock;
    uint64_t hashes[kBlock];
    for (size_t start = 0; start < numbers.size(); start += kBlock) {
      const size_t count = std::min(kBlock, numbers.size() - start);
      for (size_t i = 0; i < count; ++i) impl_->Prefetch(numbers[start + i]);
      for (size_t i = 0; i < count; ++i) {
        hashes[i] = impl_->HashOf(numbers[start + i]);
        impl_->slots.Prefetch(hashes[i]);
      }
      for (size_t i = 0; i < count; ++i) {
        impl_->slots.Erase(hashes[i], numbers[start + i]);
        impl_->Release(numbers[start + i]);
      }
    }
  }
  if (impl_->arena.worth_moving()) impl_->MoveArena();
}

uint64_t KeyTable::hash(uint32_t number) const { return impl_->HashOf(number); }
std::string_view KeyTable::key(uint32_t number) const { return impl_->key(number); }
int64_t KeyTable::size() const { return impl_->slots.size(); }
uint32_t KeyTable::bound() const { return impl_->numbers.bound(); }
bool KeyTable::alive(uint32_t number) const { return impl_->numbers.alive(number); }
void KeyTable::Clear() {
  // Tables are filled and cleared with every batch: buffers stay unless they are far too large.
  if (impl_->slots.size() * 8 < static_cast<int64_t>(impl_->encoded.capacity())) {
    *impl_ = Impl();
    return;
  }
  impl_->slots.Clear();
  impl_->numbers.Clear();
  impl_->encoded.clear();
  impl_->arena.Clear();
  impl_->integers.clear();
}

int64_t KeyTable::size_bytes() const {
  return impl_->slots.size_bytes() + impl_->numbers.size_bytes() + impl_->arena.size_bytes() +
         static_cast<int64_t>(impl_->encoded.capacity() * sizeof(EncodedKey) +
                              impl_->integers.capacity() * sizeof(int64_t));
}

}  // namespace headrace
