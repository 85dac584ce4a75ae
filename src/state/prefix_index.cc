#include "state/prefix_index.h"

#include <algorithm>

#include "types/row_prefix.h"

namespace headrace {

PrefixIndex::PrefixIndex(const StateStoreDeclaration& declaration)
    : used_(declaration.prefix_columns.has_value()) {
  for (int i = 0; i < declaration.prefix_columns.value_or(0); ++i) {
    prefix_types_.push_back(declaration.key_schema->field(i)->type());
  }
}

void PrefixIndex::Add(const std::vector<uint32_t>& numbers, const StateTable& table) {
  if (!used_) return;
  constexpr size_t kAtOnce = 64 << 10;
  for (size_t start = 0; start < numbers.size(); start += kAtOnce) {
    AddSome(numbers.data() + start, std::min(kAtOnce, numbers.size() - start), table);
  }
}

void PrefixIndex::AddSome(const uint32_t* numbers, size_t count, const StateTable& table) {
  rows_.bytes.clear();
  rows_.offsets.assign(1, 0);
  rows_.hashes.clear();
  std::vector<uint32_t> added;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t number = numbers[i];
    if (number >= links_.size()) links_.resize(number + number / 2 + 16);
    if (links_[number].prefix != kNone) continue;
    links_[number].prefix = 0;  // a number that comes twice is added once
    const std::string_view key = table.key(number);
    const std::string_view prefix = key.substr(0, PrefixBytes(key, prefix_types_));
    rows_.bytes.append(prefix);
    rows_.offsets.push_back(static_cast<uint32_t>(rows_.bytes.size()));
    rows_.hashes.push_back(HashBytes(prefix));
    added.push_back(number);
  }
  prefixes_.FindOrInsert(rows_, &found_);
  if (first_.size() < prefixes_.bound()) first_.resize(prefixes_.bound(), kNone);
  for (size_t i = 0; i < added.size(); ++i) {
    uint32_t& first = first_[found_[i]];
    links_[added[i]] = {found_[i], kNone, first};
    if (first != kNone) links_[first].previous = added[i];
    first = added[i];
  }
}

void PrefixIndex::Remove(const std::vector<uint32_t>& numbers) {
  if (!used_) return;
  for (const uint32_t number : numbers) {
    if (number >= links_.size() || links_[number].prefix == kNone) continue;
    const Link link = links_[number];
    links_[number] = Link();
    if (link.next != kNone) links_[link.next].previous = link.previous;
    if (link.previous != kNone) {
      links_[link.previous].next = link.next;
      continue;
    }
    first_[link.prefix] = link.next;
    if (link.next == kNone) prefixes_.Erase(link.prefix);
  }
}

void PrefixIndex::Find(const EncodedRows& prefixes, std::vector<uint32_t>* numbers,
                       std::vector<int64_t>* begins) const {
  prefixes_.Find(prefixes, &found_);
  begins->assign(1, static_cast<int64_t>(numbers->size()));
  for (const uint32_t prefix : found_) {
    for (uint32_t entry = prefix == kNone ? kNone : first_[prefix]; entry != kNone;
         entry = links_[entry].next) {
      numbers->push_back(entry);
    }
    begins->push_back(static_cast<int64_t>(numbers->size()));
  }
}

void PrefixIndex::Has(const EncodedRows& prefixes, std::vector<uint8_t>* has) const {
  prefixes_.Find(prefixes, &found_);
  has->resize(found_.size());
  for (size_t i = 0; i < found_.size(); ++i) (*has)[i] = found_[i] != kNone ? 1 : 0;
}

void PrefixIndex::Clear() {
  prefixes_.Clear();
  first_.clear();
  links_.clear();
}

int64_t PrefixIndex::size_bytes() const {
  if (!used_) return 0;
  return prefixes_.size_bytes() + static_cast<int64_t>(first_.capacity() * sizeof(uint32_t) +
                                                       links_.capacity() * sizeof(Link));
}

}  // namespace headrace
