// The entries of a table by the time at which they expire, so that expiry touches only what it
// takes.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <vector>

namespace headrace {

// Entries are the numbers of their keys (KeyTable). Not thread-safe.
class TimeIndex {
 public:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  // Entry numbers[i] expires at times[i], in microseconds, whatever was said of it before.
  void Set(const std::vector<uint32_t>& numbers, const int64_t* times);
  // The entry is gone; its number may come again.
  void Forget(uint32_t number) {
    if (number < times_.size()) times_[number] = kNever;
  }
  // Takes out up to `most` entries with time <= limit_us, by seconds.
  void Take(int64_t limit_us, size_t most, std::vector<uint32_t>* numbers);
  // The lowest time of an entry that was not taken; kNever: there is none.
  int64_t First();
  void Clear();
  int64_t size_bytes() const;

 private:
  // A bucket holds numbers whose times fell into its second when they were set: the time by number
  // tells whether that still holds.
  std::map<int64_t, std::vector<uint32_t>> buckets_;
  std::vector<int64_t> times_;
  // What has been taken out of the buckets, but not handed out yet.
  std::vector<uint32_t> ready_;
  size_t next_ready_ = 0;
};

}  // namespace headrace
