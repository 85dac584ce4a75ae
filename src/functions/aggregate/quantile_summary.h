// Approximate quantiles in bounded memory (Greenwald and Khanna, SIGMOD 2001), step by step as
// Spark computes them, so that answers agree.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace headrace::aggregate {

class QuantileSummary {
 public:
  // A quantile's rank is wrong by at most relative_error * count.
  explicit QuantileSummary(double relative_error) : relative_error_(relative_error) {}

  void Insert(double value);
  void Merge(QuantileSummary other);
  int64_t count() const { return count_ + static_cast<int64_t>(head_.size()); }
  // One value for each percentage (0 to 1); empty when nothing was inserted.
  std::vector<double> Query(const std::vector<double>& percentages) const;

  void AppendTo(std::string* bytes) const;
  static bool Parse(std::string_view bytes, QuantileSummary* summary);
  int64_t size_bytes() const;

 private:
  // A value that stands for `gap` values up to it; its rank is uncertain by `delta`.
  struct Sample {
    double value;
    int64_t gap, delta;
  };

  void InsertHead();
  void Compress();
  static std::vector<Sample> Compressed(const std::vector<Sample>& samples, double threshold);

  double relative_error_;
  std::vector<Sample> samples_;  // ascending
  int64_t count_ = 0;            // of what is in samples_
  std::vector<double> head_;     // not sorted in yet
  bool compressed_ = true;
};

}  // namespace headrace::aggregate
