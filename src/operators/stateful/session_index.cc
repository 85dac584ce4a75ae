#include "operators/stateful/session_index.h"

#include <algorithm>
#include <limits>

namespace headrace {
namespace {

// No time of an event: rows whose sessions cannot end after they start are not kept.
constexpr int64_t kNone = std::numeric_limits<int64_t>::max();

}  // namespace

void SessionIndex::Find(const EncodedRows& keys, std::vector<uint32_t>* numbers) const {
  table_.Find(keys, numbers);
}

void SessionIndex::Add(const EncodedRows& keys, const std::vector<int64_t>& starts) {
  std::vector<uint32_t> numbers;
  table_.FindOrInsert(keys, &numbers);
  first_.resize(table_.bound(), kNone);
  for (size_t i = 0; i < numbers.size(); ++i) {
    int64_t& first = first_[numbers[i]];
    if (first == kNone) {
      first = starts[i];
    } else {
      others_[numbers[i]].push_back(starts[i]);
    }
  }
}

void SessionIndex::Remove(const EncodedRows& keys, const std::vector<int64_t>& starts) {
  std::vector<uint32_t> numbers;
  table_.Find(keys, &numbers);
  for (size_t i = 0; i < numbers.size(); ++i) {
    const uint32_t number = numbers[i];
    const auto others = others_.find(number);
    if (others == others_.end()) {
      first_[number] = kNone;
      table_.Erase(number);
      continue;
    }
    std::vector<int64_t>& more = others->second;
    if (first_[number] == starts[i]) {
      first_[number] = more.back();
    } else {
      *std::find(more.begin(), more.end(), starts[i]) = more.back();
    }
    more.pop_back();
    if (more.empty()) others_.erase(others);
  }
}

void SessionIndex::Clear() {
  table_.Clear();
  first_.clear();
  others_.clear();
}

int64_t SessionIndex::size_bytes() const {
  int64_t bytes = table_.size_bytes() + static_cast<int64_t>(first_.capacity() * sizeof(int64_t));
  // A node of the map takes some 64 bytes beside the starts.
  return bytes + static_cast<int64_t>(others_.size() * 80);
}

}  // namespace headrace
