#include "functions/aggregate/quantile_summary.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <utility>

namespace headrace::aggregate {
namespace {

constexpr size_t kHeadSize = 50000;
constexpr size_t kSamplesBeforeCompression = 10000;

template <typename T>
void AppendRaw(const T* values, size_t count, std::string* bytes) {
  bytes->append(reinterpret_cast<const char*>(values), count * sizeof(T));
}

// Java's order of doubles for sorting: NaN last.
bool Before(double a, double b) { return a < b || (b != b && a == a); }

}  // namespace

void QuantileSummary::Insert(double value) {
  head_.push_back(value);
  compressed_ = false;
  if (head_.size() < kHeadSize) return;
  InsertHead();
  if (samples_.size() >= kSamplesBeforeCompression) Compress();
}

void QuantileSummary::InsertHead() {
  if (head_.empty()) return;
  std::sort(head_.begin(), head_.end(), Before);
  std::vector<Sample> merged;
  merged.reserve(samples_.size() + head_.size());
  size_t next = 0;
  for (size_t i = 0; i < head_.size(); ++i) {
    while (next < samples_.size() && samples_[next].value <= head_[i]) {
      merged.push_back(samples_[next++]);
    }
    ++count_;
    const bool at_end = merged.empty() || (next == samples_.size() && i + 1 == head_.size());
    const auto delta =
        at_end
            ? 0
            : static_cast<int64_t>(std::floor(2 * relative_error_ * static_cast<double>(count_)));
    merged.push_back({head_[i], 1, delta});
  }
  merged.insert(merged.end(), samples_.begin() + static_cast<std::ptrdiff_t>(next), samples_.end());
  samples_ = std::move(merged);
  head_.clear();
}

void QuantileSummary::Compress() {
  InsertHead();
  samples_ = Compressed(samples_, 2 * relative_error_ * static_cast<double>(count_));
  compressed_ = true;
}

std::vector<QuantileSummary::Sample> QuantileSummary::Compressed(const std::vector<Sample>& samples,
                                                                 double threshold) {
  if (samples.empty()) return {};
  std::vector<Sample> kept;  // from the last on
  Sample head = samples.back();
  for (size_t i = samples.size() - 1; i-- > 1;) {
    const Sample& sample = samples[i];
    if (static_cast<double>(sample.gap + head.gap + head.delta) < threshold) {
      head.gap += sample.gap;
    } else {
      kept.push_back(head);
      head = sample;
    }
  }
  kept.push_back(head);
  // The smallest value always stays.
  if (samples.size() > 1 && samples.front().value <= head.value) kept.push_back(samples.front());
  std::reverse(kept.begin(), kept.end());
  return kept;
}

void QuantileSummary::Merge(QuantileSummary other) {
  if (other.count() == 0) return;
  if (!compressed_) Compress();
  if (!other.compressed_) other.Compress();
  if (count_ == 0) {
    *this = std::move(other);
    return;
  }
  // Ranks on one side are uncertain by what the other side has lost.
  const auto lost = [](const QuantileSummary& side) {
    return static_cast<int64_t>(
        std::floor(2 * side.relative_error_ * static_cast<double>(side.count_)));
  };
  const int64_t own_delta = lost(other), other_delta = lost(*this);
  std::vector<Sample> merged;
  size_t i = 0, k = 0;
  while (i < samples_.size() && k < other.samples_.size()) {
    const bool own = samples_[i].value < other.samples_[k].value;
    Sample sample = own ? samples_[i++] : other.samples_[k++];
    if (own ? k > 0 : i > 0) sample.delta += own ? own_delta : other_delta;
    merged.push_back(sample);
  }
  merged.insert(merged.end(), samples_.begin() + static_cast<std::ptrdiff_t>(i), samples_.end());
  merged.insert(merged.end(), other.samples_.begin() + static_cast<std::ptrdiff_t>(k),
                other.samples_.end());
  relative_error_ = std::max(relative_error_, other.relative_error_);
  count_ += other.count_;
  samples_ = Compressed(merged, 2 * relative_error_ * static_cast<double>(count_));
}

std::vector<double> QuantileSummary::Query(const std::vector<double>& percentages) const {
  if (!compressed_) {
    QuantileSummary copy = *this;
    copy.Compress();
    return copy.Query(percentages);
  }
  if (samples_.empty()) return {};
  int64_t widest = std::numeric_limits<int64_t>::min();
  for (const Sample& sample : samples_) widest = std::max(widest, sample.delta + sample.gap);
  const double target_error = static_cast<double>(widest) / 2;

  std::vector<size_t> order(percentages.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return percentages[a] < percentages[b]; });
  std::vector<double> values(percentages.size());
  size_t i = 0;
  int64_t least_rank = samples_[0].gap;
  for (const size_t place : order) {
    const double percentage = percentages[place];
    if (percentage <= relative_error_ || samples_.size() == 1) {
      values[place] = samples_.front().value;
      continue;
    }
    if (percentage >= 1 - relative_error_) {
      values[place] = samples_.back().value;
      continue;
    }
    const double rank = std::ceil(percentage * static_cast<double>(count_));
    for (; i + 1 < samples_.size(); ++i, least_rank += samples_[i].gap) {
      const double largest_rank = static_cast<double>(least_rank + samples_[i].delta);
      if (largest_rank - target_error <= rank &&
          rank <= static_cast<double>(least_rank) + target_error) {
        break;
      }
    }
    values[place] = samples_[i].value;
  }
  return values;
}

void QuantileSummary::AppendTo(std::string* bytes) const {
  if (!compressed_) {
    QuantileSummary copy = *this;
    copy.Compress();
    copy.AppendTo(bytes);
    return;
  }
  AppendRaw(&relative_error_, 1, bytes);
  AppendRaw(&count_, 1, bytes);
  AppendRaw(samples_.data(), samples_.size(), bytes);
}

bool QuantileSummary::Parse(std::string_view bytes, QuantileSummary* summary) {
  constexpr size_t kHeader = sizeof(double) + sizeof(int64_t);
  if (bytes.size() < kHeader || (bytes.size() - kHeader) % sizeof(Sample) != 0) return false;
  std::memcpy(&summary->relative_error_, bytes.data(), sizeof(double));
  std::memcpy(&summary->count_, bytes.data() + sizeof(double), sizeof(int64_t));
  summary->samples_.resize((bytes.size() - kHeader) / sizeof(Sample));
  if (!summary->samples_.empty()) {
    std::memcpy(summary->samples_.data(), bytes.data() + kHeader, bytes.size() - kHeader);
  }
  summary->head_.clear();
  summary->compressed_ = true;
  return true;
}

int64_t QuantileSummary::size_bytes() const {
  return static_cast<int64_t>(sizeof(*this) + samples_.capacity() * sizeof(Sample) +
                              head_.capacity() * sizeof(double));
}

}  // namespace headrace::aggregate
