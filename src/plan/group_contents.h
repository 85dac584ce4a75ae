// What a function sees and does of one variable of one group, between what is stored and what it
// changes. Stored entries are read when they are needed, changes written when the group is done.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace headrace {

// The elements of a list. Appending needs no look at what is stored.
template <typename Item>
class ListContents {
 public:
  // Are all elements known?
  bool complete() const { return loaded_ || cleared_; }
  // Not complete: what is stored stands before what was appended.
  void Load(std::vector<Item> stored) {
    first_new_ = stored.size();
    items_.insert(items_.begin(), std::make_move_iterator(stored.begin()),
                  std::make_move_iterator(stored.end()));
    loaded_ = true;
  }

  // Complete: all elements.
  const std::vector<Item>& items() const { return items_; }
  void Append(Item item) { items_.push_back(std::move(item)); }
  void Clear() {
    items_.clear();
    first_new_ = 0;
    cleared_ = true;
  }

  // Are there elements at all? None: that depends on whether any are stored.
  std::optional<bool> exist() const {
    if (!items_.empty()) return true;
    return complete() ? std::optional(false) : std::nullopt;
  }

  // To be written: first this, then the new elements.
  bool cleared() const { return cleared_; }
  size_t first_new() const { return first_new_; }

 private:
  std::vector<Item> items_;
  size_t first_new_ = 0;
  bool loaded_ = false, cleared_ = false;
};

// Entries by a key as text, in its order: of a map, timers, or the one that a value is.
template <typename Item>
class KeyedContents {
 public:
  struct Entry {
    Item item;  // its key, at least, if it is not there
    bool is_there = false;
    bool changed = false;
  };

  // Are all entries known?
  bool complete() const { return loaded_ || cleared_; }
  // Is this one?
  bool knows(const std::string& key) const { return complete() || entries_.contains(key); }
  // What is stored of an entry that is not known yet; none: nothing.
  void Load(std::string key, Item item, bool is_there) {
    entries_.try_emplace(std::move(key), Entry{std::move(item), is_there, false});
  }
  void SetLoaded() { loaded_ = true; }

  // A known entry; null: it is not there.
  const Item* Find(const std::string& key) const {
    const auto found = entries_.find(key);
    return found == entries_.end() || !found->second.is_there ? nullptr : &found->second.item;
  }
  // Complete: all that are there.
  std::vector<Item> Items() const {
    std::vector<Item> items;
    for (const auto& [key, entry] : entries_) {
      if (entry.is_there) items.push_back(entry.item);
    }
    return items;
  }
  // Are there entries at all? None: that depends on which are stored.
  std::optional<bool> exist() const {
    for (const auto& [key, entry] : entries_) {
      if (entry.is_there) return true;
    }
    return complete() ? std::optional(false) : std::nullopt;
  }
  // Were entries taken out that may be stored?
  bool any_removed() const {
    return std::any_of(entries_.begin(), entries_.end(), [](const auto& each) {
      return each.second.changed && !each.second.is_there;
    });
  }
  void Set(std::string key, Item item) {
    entries_.insert_or_assign(std::move(key), Entry{std::move(item), true, true});
  }
  void Remove(std::string key, Item item) {
    entries_.insert_or_assign(std::move(key), Entry{std::move(item), false, true});
  }
  void Clear() {
    entries_.clear();
    cleared_ = true;
  }

  // To be written: first this, then the entries that have changed.
  bool cleared() const { return cleared_; }
  const std::map<std::string, Entry>& entries() const { return entries_; }

 private:
  std::map<std::string, Entry> entries_;
  bool loaded_ = false, cleared_ = false;
};

// A time as text that sorts as times do.
inline std::string TimeKey(int64_t time_ms) {
  std::string key;
  const uint64_t bits = static_cast<uint64_t>(time_ms) ^ (uint64_t{1} << 63);
  for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<char>(bits >> shift));
  return key;
}

}  // namespace headrace
