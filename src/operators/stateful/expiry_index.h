// The keys of a store by event time, so that eviction touches only what it evicts.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/error.h"
#include "types/row_encoding.h"

namespace headrace {

class ExpiryIndex {
 public:
  // A key of the store; its event time does not change while it is there.
  Status Add(const EncodedRows& keys, int64_t row, int64_t time_us);
  // Takes out the keys with time <= watermark_us.
  Result<EncodedRows> TakeReached(int64_t watermark_us);
  void Clear();
  int64_t size_bytes() const { return bytes_; }

 private:
  // Keys whose times fall into the same second.
  struct Bucket {
    EncodedRows keys;
    std::vector<int64_t> times;
  };
  static int64_t SizeOf(const Bucket& bucket);

  std::map<int64_t, Bucket> buckets_;
  int64_t bytes_ = 0;
};

}  // namespace headrace
