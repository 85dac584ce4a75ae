#include "functions/aggregate/hyper_log_log.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#include "functions/aggregate/hyper_log_log_bias.h"

namespace headrace::aggregate {
namespace {

// Cardinalities up to which linear counting beats the corrected estimate, by precision from 4 on.
constexpr double kThresholds[] = {10,   20,   40,    80,    220,   400,    900,   1800,
                                  3100, 6500, 15500, 20000, 50000, 120000, 350000};
constexpr int kLargestCorrectedPrecision = 18;
constexpr size_t kNeighbours = 6;

constexpr char kSparse = 0, kDense = 1;

double AlphaSquared(int precision) {
  const double m = static_cast<double>(uint64_t{1} << precision);
  switch (precision) {
    case 4:
      return 0.673 * m * m;
    case 5:
      return 0.697 * m * m;
    case 6:
      return 0.709 * m * m;
    default:
      return (0.7213 / (1.0 + 1.079 / m)) * m * m;
  }
}

// The mean bias at the raw estimates that are nearest to `estimate`.
double BiasOf(double estimate, int precision) {
  const std::span<const double> raw = RawEstimates(precision);
  const auto distance = [&](size_t i) { return (estimate - raw[i]) * (estimate - raw[i]); };
  const auto nearest =
      static_cast<size_t>(std::lower_bound(raw.begin(), raw.end(), estimate) - raw.begin());
  size_t low = nearest + 1 > kNeighbours ? nearest + 1 - kNeighbours : 0;
  size_t high = std::min(low + kNeighbours, raw.size());
  while (high < raw.size() && distance(high) < distance(low)) {
    ++low;
    ++high;
  }
  double sum = 0;
  for (size_t i = low; i < high; ++i) {
    sum += raw[i] - static_cast<double>(MeasuredCardinality(precision, static_cast<int64_t>(i)));
  }
  return sum / static_cast<double>(high - low);
}

}  // namespace

int HyperLogLog::PrecisionFor(double relative_deviation) {
  return static_cast<int>(std::ceil(2.0 * std::log(1.106 / relative_deviation) / std::log(2.0)));
}

void HyperLogLog::AddHash(uint64_t hash, int precision) {
  const auto index = static_cast<uint32_t>(hash >> (64 - precision));
  const uint64_t rest = (hash << precision) | (uint64_t{1} << (precision - 1));
  Raise(index, static_cast<uint8_t>(std::countl_zero(rest) + 1), precision);
}

void HyperLogLog::Raise(uint32_t index, uint8_t rank, int precision) {
  if (dense_ != nullptr) {
    dense_[index] = std::max(dense_[index], rank);
    return;
  }
  const auto place = std::lower_bound(sparse_.begin(), sparse_.end(), index << 8);
  if (place != sparse_.end() && (*place >> 8) == index) {
    *place = std::max(*place, (index << 8) | rank);
    return;
  }
  sparse_.insert(place, (index << 8) | rank);
  if (sparse_.size() * 8 > (size_t{1} << precision)) MakeDense(precision);
}

void HyperLogLog::MakeDense(int precision) {
  dense_ = std::make_unique<uint8_t[]>(size_t{1} << precision);
  for (const uint32_t entry : sparse_) dense_[entry >> 8] = static_cast<uint8_t>(entry & 0xff);
  sparse_ = {};
}

void HyperLogLog::Merge(const HyperLogLog& other, int precision) {
  if (other.dense_ == nullptr) {
    for (const uint32_t entry : other.sparse_) {
      Raise(entry >> 8, static_cast<uint8_t>(entry & 0xff), precision);
    }
    return;
  }
  if (dense_ == nullptr) MakeDense(precision);
  for (size_t i = 0; i < size_t{1} << precision; ++i) {
    dense_[i] = std::max(dense_[i], other.dense_[i]);
  }
}

int64_t HyperLogLog::Estimate(int precision) const {
  const uint64_t registers = uint64_t{1} << precision;
  const double m = static_cast<double>(registers);
  double inverse_sum = 0, zeros = 0;
  const auto add = [&](uint8_t rank) {
    // Java's shift of an int takes the count modulo 32.
    inverse_sum += 1.0 / static_cast<double>(static_cast<int32_t>(uint32_t{1} << (rank & 31)));
    if (rank == 0) zeros += 1;
  };
  if (dense_ != nullptr) {
    for (uint64_t i = 0; i < registers; ++i) add(dense_[i]);
  } else {
    zeros = m - static_cast<double>(sparse_.size());
    inverse_sum = zeros;
    for (const uint32_t entry : sparse_) add(static_cast<uint8_t>(entry & 0xff));
  }
  const double raw = AlphaSquared(precision) / inverse_sum;
  const bool corrected = precision <= kLargestCorrectedPrecision;
  double estimate = raw;
  if (corrected && raw < 5.0 * m) estimate -= BiasOf(raw, precision);
  if (zeros > 0) {
    // Linear counting, up to the measured thresholds or (as Spark has it) to HyperLogLog's own.
    const double linear = m * std::log(m / zeros);
    const bool small = corrected && linear <= kThresholds[precision - kMinimumPrecision];
    if (small || raw <= 2.5 * m) estimate = linear;
  }
  return static_cast<int64_t>(std::floor(estimate + 0.5));
}

void HyperLogLog::AppendTo(std::string* bytes, int precision) const {
  bytes->push_back(dense_ != nullptr ? kDense : kSparse);
  bytes->push_back(static_cast<char>(precision));
  if (dense_ != nullptr) {
    bytes->append(reinterpret_cast<const char*>(dense_.get()), size_t{1} << precision);
  } else {
    bytes->append(reinterpret_cast<const char*>(sparse_.data()), sparse_.size() * sizeof(uint32_t));
  }
}

bool HyperLogLog::Parse(std::string_view bytes, int precision, HyperLogLog* sketch) {
  if (bytes.size() < 2 || bytes[1] != static_cast<char>(precision)) return false;
  const std::string_view content = bytes.substr(2);
  const size_t registers = size_t{1} << precision;
  if (bytes[0] == kDense) {
    if (content.size() != registers) return false;
    sketch->dense_ = std::make_unique<uint8_t[]>(registers);
    std::memcpy(sketch->dense_.get(), content.data(), registers);
    return true;
  }
  if (bytes[0] != kSparse || content.size() % sizeof(uint32_t) != 0) return false;
  sketch->sparse_.resize(content.size() / sizeof(uint32_t));
  // A vector of none may have no address, which memcpy must not be given.
  if (!content.empty()) std::memcpy(sketch->sparse_.data(), content.data(), content.size());
  return std::all_of(sketch->sparse_.begin(), sketch->sparse_.end(),
                     [&](uint32_t entry) { return (entry >> 8) < registers; });
}

int64_t HyperLogLog::size_bytes(int precision) const {
  return static_cast<int64_t>(sizeof(*this) + sparse_.capacity() * sizeof(uint32_t) +
                              (dense_ != nullptr ? size_t{1} << precision : 0));
}

}  // namespace headrace::aggregate
