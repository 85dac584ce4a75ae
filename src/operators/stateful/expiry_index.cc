#include "operators/stateful/expiry_index.h"

#include <utility>

#include "operators/key_selection.h"

namespace headrace {
namespace {

constexpr int64_t kBucketUs = 1'000'000;

int64_t BucketOf(int64_t time_us) {
  return time_us / kBucketUs - (time_us % kBucketUs < 0 ? 1 : 0);
}

}  // namespace

Status ExpiryIndex::Add(const EncodedRows& keys, int64_t row, int64_t time_us) {
  Bucket& bucket = buckets_[BucketOf(time_us)];
  ARROW_RETURN_NOT_OK(CheckRoom(bucket.keys, keys.row(row).size()));
  AppendKey(keys, row, &bucket.keys);
  bucket.times.push_back(time_us);
  bytes_ += static_cast<int64_t>(keys.row(row).size() + sizeof(int64_t) + sizeof(uint64_t) +
                                 sizeof(uint32_t));
  return Status::OK();
}

Result<EncodedRows> ExpiryIndex::TakeReached(int64_t watermark_us) {
  EncodedRows reached;
  ClearKeys(&reached);
  while (!buckets_.empty() && buckets_.begin()->first <= BucketOf(watermark_us)) {
    const int64_t number = buckets_.begin()->first;
    Bucket bucket = std::move(buckets_.begin()->second);
    buckets_.erase(buckets_.begin());
    bytes_ -= SizeOf(bucket);
    ARROW_RETURN_NOT_OK(CheckRoom(reached, bucket.keys.bytes.size()));
    Bucket rest;
    for (int64_t i = 0; i < bucket.keys.size(); ++i) {
      if (bucket.times[i] <= watermark_us) {
        AppendKey(bucket.keys, i, &reached);
      } else {
        AppendKey(bucket.keys, i, &rest.keys);
        rest.times.push_back(bucket.times[i]);
      }
    }
    if (!rest.times.empty()) {  // the bucket that the watermark stands in
      bytes_ += SizeOf(rest);
      buckets_.emplace(number, std::move(rest));
      break;
    }
  }
  return reached;
}

int64_t ExpiryIndex::SizeOf(const Bucket& bucket) {
  return static_cast<int64_t>(bucket.keys.bytes.size() +
                              bucket.times.size() *
                                  (sizeof(int64_t) + sizeof(uint64_t) + sizeof(uint32_t)));
}

void ExpiryIndex::Clear() {
  buckets_.clear();
  bytes_ = 0;
}

}  // namespace headrace
