#include "operators/leaf_readers.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "functions/aggregate/columns.h"
#include "operators/rows.h"

namespace headrace {
namespace {

class LocalDataReader final : public PartitionReader {
 public:
  explicit LocalDataReader(std::vector<BatchPtr> batches) : batches_(std::move(batches)) {}
  Result<BatchPtr> Next() override {
    return next_ < batches_.size() ? batches_[next_++] : BatchPtr();
  }

 private:
  const std::vector<BatchPtr> batches_;
  size_t next_ = 0;
};

class RangeReader final : public PartitionReader {
 public:
  // The values start + i * step with first <= i < last.
  RangeReader(SchemaPtr schema, int64_t start, int64_t step, uint64_t first, uint64_t last)
      : schema_(std::move(schema)), start_(start), step_(step), next_(first), last_(last) {}

  Result<BatchPtr> Next() override {
    if (next_ >= last_) return BatchPtr();
    const uint64_t rows = std::min<uint64_t>(last_ - next_, kBatchRows);
    std::vector<int64_t> values(rows);
    for (uint64_t i = 0; i < rows; ++i) {
      // Wraps around on the way if need be; the value itself fits.
      values[i] = static_cast<int64_t>(static_cast<uint64_t>(start_) +
                                       (next_ + i) * static_cast<uint64_t>(step_));
    }
    next_ += rows;
    return MakeBatch(schema_, static_cast<int64_t>(rows),
                     {aggregate::MakeFixedWidth(arrow::int64(), values, nullptr)});
  }

 private:
  const SchemaPtr schema_;
  const int64_t start_, step_;
  uint64_t next_;
  const uint64_t last_;
};

uint64_t CountValues(int64_t start, int64_t end, int64_t step) {
  if (step == 0 || (step > 0 ? start >= end : start <= end)) return 0;
  const auto from = static_cast<unsigned __int128>(static_cast<__int128>(step > 0 ? start : end));
  const auto to = static_cast<unsigned __int128>(static_cast<__int128>(step > 0 ? end : start));
  const auto width = static_cast<unsigned __int128>(step > 0 ? static_cast<__int128>(step)
                                                             : -static_cast<__int128>(step));
  return static_cast<uint64_t>((to - from + width - 1) / width);
}

}  // namespace

PartitionReaders ReadLocalData(const PhysicalNode& node) {
  PartitionReaders readers;
  readers.push_back(std::make_unique<LocalDataReader>(node.batches));
  return readers;
}

PartitionReaders ReadRange(const PhysicalNode& node, int partitions) {
  const uint64_t values = CountValues(node.start, node.end, node.step);
  const uint64_t parts =
      std::clamp<uint64_t>(values / kBatchRows, 1, static_cast<uint64_t>(partitions));
  PartitionReaders readers;
  for (uint64_t part = 0; part < parts; ++part) {
    const auto bound = [&](uint64_t i) {
      return static_cast<uint64_t>(static_cast<unsigned __int128>(values) * i / parts);
    };
    readers.push_back(std::make_unique<RangeReader>(node.schema, node.start, node.step, bound(part),
                                                    bound(part + 1)));
  }
  return readers;
}

}  // namespace headrace
