#include "state/time_index.h"

#include <algorithm>
#include <utility>

namespace headrace {
namespace {

constexpr int64_t kBucketUs = 1'000'000;

int64_t BucketOf(int64_t time_us) {
  return time_us / kBucketUs - (time_us % kBucketUs < 0 ? 1 : 0);
}

}  // namespace

void TimeIndex::Set(const std::vector<uint32_t>& numbers, const int64_t* times) {
  // Neighbours mostly fall into one bucket.
  int64_t current = 0;
  std::vector<uint32_t>* bucket = nullptr;
  for (size_t i = 0; i < numbers.size(); ++i) {
    const uint32_t number = numbers[i];
    if (number >= times_.size()) {
      if (times_.capacity() <= number) times_.reserve(number + number / 2 + 16);
      times_.resize(number + 1, kNever);
    }
    if (times_[number] == times[i]) continue;
    times_[number] = times[i];
    if (times[i] == kNever) continue;
    if (bucket == nullptr || BucketOf(times[i]) != current) {
      current = BucketOf(times[i]);
      bucket = &buckets_[current];
    }
    bucket->push_back(number);
  }
}

void TimeIndex::Take(int64_t limit_us, size_t most, std::vector<uint32_t>* numbers) {
  numbers->clear();
  const int64_t last = BucketOf(limit_us);
  while (numbers->size() < most) {
    while (next_ready_ < ready_.size() && numbers->size() < most) {
      const uint32_t number = ready_[next_ready_++];
      if (times_[number] > limit_us) continue;  // gone, taken, or expires later by now
      times_[number] = kNever;
      numbers->push_back(number);
    }
    if (next_ready_ < ready_.size()) return;
    ready_.clear();
    next_ready_ = 0;
    if (buckets_.empty() || buckets_.begin()->first > last) break;
    const int64_t bucket = buckets_.begin()->first;
    ready_ = std::move(buckets_.begin()->second);
    buckets_.erase(buckets_.begin());
    if (bucket < last) continue;
    // The bucket that the limit stands in.
    const auto later = std::stable_partition(
        ready_.begin(), ready_.end(), [&](uint32_t number) { return times_[number] <= limit_us; });
    std::vector<uint32_t> rest;
    for (auto number = later; number != ready_.end(); ++number) {
      if (times_[*number] != kNever && BucketOf(times_[*number]) == bucket) rest.push_back(*number);
    }
    ready_.erase(later, ready_.end());
    const bool none = ready_.empty();
    if (!rest.empty()) buckets_.emplace(bucket, std::move(rest));
    if (none) break;
  }
}

int64_t TimeIndex::First() {
  int64_t first = kNever;
  for (size_t i = next_ready_; i < ready_.size(); ++i) first = std::min(first, times_[ready_[i]]);
  while (!buckets_.empty()) {
    const int64_t bucket = buckets_.begin()->first;
    std::vector<uint32_t>& numbers = buckets_.begin()->second;
    std::erase_if(numbers, [&](uint32_t number) {
      return times_[number] == kNever || BucketOf(times_[number]) != bucket;
    });
    for (const uint32_t number : numbers) first = std::min(first, times_[number]);
    if (!numbers.empty()) break;
    buckets_.erase(buckets_.begin());
  }
  return first;
}

void TimeIndex::Clear() { *this = TimeIndex(); }

int64_t TimeIndex::size_bytes() const {
  // A node of the map takes some 80 bytes beside the numbers.
  int64_t bytes = static_cast<int64_t>(times_.capacity() * sizeof(int64_t) +
                                       ready_.capacity() * sizeof(uint32_t));
  for (const auto& [second, numbers] : buckets_) {
    bytes += 80 + static_cast<int64_t>(numbers.capacity() * sizeof(uint32_t));
  }
  return bytes;
}

}  // namespace headrace
