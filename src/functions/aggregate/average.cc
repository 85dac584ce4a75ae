// avg(x), try_avg(x): double, decimal(p + 4, s + 4) for decimal(p, s), or an interval.
#include <algorithm>
#include <vector>

#include <arrow/array/array_decimal.h>
#include <arrow/util/decimal.h>

#include "functions/aggregate/columns.h"
#include "functions/aggregate/registration.h"

namespace headrace::aggregate {
namespace {

// State: sum as double, number of values.
template <typename Input>
class AverageAccumulator final : public Accumulator {
 public:
  Status Resize(int64_t groups) override {
    sums_.resize(static_cast<size_t>(groups), 0);
    counts_.resize(static_cast<size_t>(groups), 0);
    return Status::OK();
  }
  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    const Input* values = Values<Input>(*arguments[0]);
    double* sums = sums_.data();
    int64_t* counts = counts_.data();
    ForEachValid(*arguments[0], groups, length, filter, [&](int64_t i, uint32_t group) {
      sums[group] += static_cast<double>(values[i]);
      ++counts[group];
    });
    return Status::OK();
  }
  Status Merge(const uint32_t* groups, int64_t length, const Arrays& states) override {
    const double* sums = Values<double>(*states[0]);
    const int64_t* counts = Values<int64_t>(*states[1]);
    for (int64_t i = 0; i < length; ++i) {
      sums_[groups[i]] += sums[i];
      counts_[groups[i]] += counts[i];
    }
    return Status::OK();
  }
  Result<Arrays> States() const override {
    return Arrays{MakeFixedWidth(arrow::float64(), sums_, nullptr),
                  MakeFixedWidth(arrow::int64(), counts_, nullptr)};
  }
  Result<ArrayPtr> Finish() const override {
    std::vector<double> averages(sums_.size(), 0);
    std::vector<uint8_t> valid(sums_.size());
    for (size_t i = 0; i < averages.size(); ++i) {
      valid[i] = counts_[i] != 0;
      if (valid[i] != 0) averages[i] = sums_[i] / static_cast<double>(counts_[i]);
    }
    return MakeFixedWidth(arrow::float64(), averages, &valid);
  }
  void Clear() override {
    sums_.clear();
    counts_.clear();
  }
  int64_t size_bytes() const override { return static_cast<int64_t>(sums_.capacity() * 16); }

 private:
  std::vector<double> sums_;
  std::vector<int64_t> counts_;
};

// State: sum (null once it has overflowed), number of values.
class DecimalAverageAccumulator final : public Accumulator {
 public:
  DecimalAverageAccumulator(DataTypePtr sum_type, DataTypePtr type, bool ansi)
      : sum_type_(std::move(sum_type)), type_(std::move(type)), ansi_(ansi) {}

  Status Resize(int64_t groups) override {
    sums_.resize(static_cast<size_t>(groups), arrow::Decimal128(0));
    fits_.resize(static_cast<size_t>(groups), 1);
    counts_.resize(static_cast<size_t>(groups), 0);
    return Status::OK();
  }
  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    const auto& values = static_cast<const arrow::Decimal128Array&>(*arguments[0]);
    ForEachValid(values, groups, length, filter, [&](int64_t i, uint32_t group) {
      Add(group, arrow::Decimal128(values.GetValue(i)));
      ++counts_[group];
    });
    return Status::OK();
  }
  Status Merge(const uint32_t* groups, int64_t length, const Arrays& states) override {
    const auto& sums = static_cast<const arrow::Decimal128Array&>(*states[0]);
    const int64_t* counts = Values<int64_t>(*states[1]);
    for (int64_t i = 0; i < length; ++i) {
      counts_[groups[i]] += counts[i];
      if (sums.IsNull(i)) {
        fits_[groups[i]] = 0;
      } else {
        Add(groups[i], arrow::Decimal128(sums.GetValue(i)));
      }
    }
    return Status::OK();
  }
  Result<Arrays> States() const override {
    return Arrays{MakeFixedWidth(sum_type_, sums_, &fits_),
                  MakeFixedWidth(arrow::int64(), counts_, nullptr)};
  }
  Result<ArrayPtr> Finish() const override {
    const auto& sum_type = static_cast<const arrow::Decimal128Type&>(*sum_type_);
    const auto& type = static_cast<const arrow::Decimal128Type&>(*type_);
    std::vector<arrow::Decimal128> averages(sums_.size(), arrow::Decimal128(0));
    std::vector<uint8_t> valid(sums_.size(), 0);
    for (size_t i = 0; i < averages.size(); ++i) {
      if (counts_[i] == 0) continue;
      if (fits_[i] == 0) {
        if (ansi_) return SumOverflow("Overflow in sum of decimals");
        continue;
      }
      ARROW_ASSIGN_OR_RAISE(averages[i],
                            Quotient(sums_[i], counts_[i], type.scale() - sum_type.scale()));
      valid[i] = averages[i].FitsInPrecision(type.precision());
      if (valid[i] == 0 && ansi_) return SumOverflow("Overflow in average of decimals");
    }
    return MakeFixedWidth(type_, averages, &valid);
  }
  void Clear() override {
    sums_.clear();
    fits_.clear();
    counts_.clear();
  }
  int64_t size_bytes() const override { return static_cast<int64_t>(sums_.capacity() * 25); }

 private:
  void Add(uint32_t group, const arrow::Decimal128& value) {
    if (fits_[group] == 0) return;
    sums_[group] += value;
    fits_[group] = sums_[group].FitsInPrecision(
                       static_cast<const arrow::Decimal128Type&>(*sum_type_).precision())
                       ? 1
                       : 0;
  }

  // sum * 10^shift / count, rounded half up (away from zero).
  static Result<arrow::Decimal128> Quotient(const arrow::Decimal128& sum, int64_t count,
                                            int32_t shift) {
    arrow::Decimal256 numerator(sum);
    numerator *= arrow::Decimal256(arrow::Decimal256::GetScaleMultiplier(shift));
    const arrow::Decimal256 denominator(count);
    ARROW_ASSIGN_OR_RAISE(auto parts, numerator.Divide(denominator));
    arrow::Decimal256 twice(parts.second);
    twice += parts.second;
    if (arrow::Decimal256(twice.Abs(twice)) >= denominator) {
      parts.first += arrow::Decimal256(sum.IsNegative() ? -1 : 1);
    }
    const auto words = parts.first.little_endian_array();
    return arrow::Decimal128(static_cast<int64_t>(words[1]), words[0]);
  }

  const DataTypePtr sum_type_, type_;
  const bool ansi_;
  std::vector<arrow::Decimal128> sums_;
  std::vector<uint8_t> fits_;
  std::vector<int64_t> counts_;
};

// Intervals, as their number of units. State: sum (null once it has overflowed), number of values.
template <typename Unit>
class IntervalAverageAccumulator final : public Accumulator {
 public:
  IntervalAverageAccumulator(DataTypePtr type, bool quiet)
      : type_(std::move(type)), quiet_(quiet) {}

  Status Resize(int64_t groups) override {
    sums_.resize(static_cast<size_t>(groups), 0);
    fits_.resize(static_cast<size_t>(groups), 1);
    counts_.resize(static_cast<size_t>(groups), 0);
    return Status::OK();
  }
  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    const Unit* values = Values<Unit>(*arguments[0]);
    ForEachValid(*arguments[0], groups, length, filter,
                 [&](int64_t i, uint32_t group) { Add(group, values[i], 1); });
    return CheckSums();
  }
  Status Merge(const uint32_t* groups, int64_t length, const Arrays& states) override {
    const Unit* sums = Values<Unit>(*states[0]);
    const int64_t* counts = Values<int64_t>(*states[1]);
    for (int64_t i = 0; i < length; ++i) {
      if (states[0]->IsNull(i)) fits_[groups[i]] = 0;
      Add(groups[i], sums[i], counts[i]);
    }
    return CheckSums();
  }
  Result<Arrays> States() const override {
    return Arrays{MakeFixedWidth(type_, sums_, &fits_),
                  MakeFixedWidth(arrow::int64(), counts_, nullptr)};
  }
  Result<ArrayPtr> Finish() const override {
    std::vector<Unit> averages(sums_.size(), 0);
    std::vector<uint8_t> valid(sums_.size());
    for (size_t i = 0; i < averages.size(); ++i) {
      valid[i] = counts_[i] != 0 && fits_[i] != 0;
      if (valid[i] != 0) averages[i] = Quotient(sums_[i], counts_[i]);
    }
    return MakeFixedWidth(type_, averages, &valid);
  }
  void Clear() override {
    sums_.clear();
    fits_.clear();
    counts_.clear();
    overflow_ = false;
  }
  int64_t size_bytes() const override { return static_cast<int64_t>(sums_.capacity() * 17); }

 private:
  void Add(uint32_t group, Unit value, int64_t count) {
    counts_[group] += count;
    if (__builtin_add_overflow(sums_[group], value, &sums_[group])) {
      fits_[group] = 0;
      overflow_ = true;
    }
  }
  // Whatever the ANSI mode.
  Status CheckSums() const {
    if (!overflow_ || quiet_) return Status::OK();
    return MakeError(ErrorKind::kArithmetic, "INTERVAL_ARITHMETIC_OVERFLOW.WITH_SUGGESTION",
                     "The sum that avg needs exceeds the range of intervals; try_avg gives null "
                     "then.",
                     {{"functionName", "`try_avg`"}});
  }
  // Rounded half up (away from zero).
  static Unit Quotient(Unit sum, int64_t count) {
    const int64_t quotient = sum / count, rest = sum % count;
    const int64_t distance = rest < 0 ? -rest : rest;
    return static_cast<Unit>(quotient + (distance >= count - distance ? (sum < 0 ? -1 : 1) : 0));
  }

  const DataTypePtr type_;
  const bool quiet_;
  bool overflow_ = false;
  std::vector<Unit> sums_;
  std::vector<uint8_t> fits_;
  std::vector<int64_t> counts_;
};

template <typename Unit>
void UseInterval(BoundAggregate* bound, const DataTypePtr& type, bool quiet) {
  bound->type = type;
  bound->state_types = {type, arrow::int64()};
  bound->make = [type, quiet] {
    return std::make_unique<IntervalAverageAccumulator<Unit>>(type, quiet);
  };
}

template <typename Input>
void Use(BoundAggregate* bound) {
  bound->type = arrow::float64();
  bound->state_types = {arrow::float64(), arrow::int64()};
  bound->make = [] { return std::make_unique<AverageAccumulator<Input>>(); };
}

// `quiet`: try_avg, null instead of an error.
Result<BoundAggregate> BindAverage(const std::string& name, Arguments arguments,
                                   const BindContext& context, bool quiet) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments, 1, 1));
  BoundAggregate bound;
  bound.name = name;
  switch (arguments[0]->type()->id()) {
    case arrow::Type::INT8:
      Use<int8_t>(&bound);
      break;
    case arrow::Type::INT16:
      Use<int16_t>(&bound);
      break;
    case arrow::Type::INT32:
      Use<int32_t>(&bound);
      break;
    case arrow::Type::INT64:
      Use<int64_t>(&bound);
      break;
    case arrow::Type::FLOAT:
      Use<float>(&bound);
      break;
    case arrow::Type::DECIMAL128: {
      const auto& decimal = static_cast<const arrow::Decimal128Type&>(*arguments[0]->type());
      const int32_t precision = decimal.precision(), scale = decimal.scale();
      auto sum_type = arrow::decimal128(std::min(38, precision + 10), scale);
      bound.type = arrow::decimal128(std::min(38, precision + 4), std::min(38, scale + 4));
      bound.state_types = {sum_type, arrow::int64()};
      bound.make = [sum_type, type = bound.type, ansi = context.ansi && !quiet] {
        return std::make_unique<DecimalAverageAccumulator>(sum_type, type, ansi);
      };
      break;
    }
    case arrow::Type::DURATION:
      UseInterval<int64_t>(&bound, arguments[0]->type(), quiet);
      break;
    case arrow::Type::INTERVAL_MONTHS:
      UseInterval<int32_t>(&bound, arguments[0]->type(), quiet);
      break;
    case arrow::Type::DOUBLE:
    case arrow::Type::STRING:
    case arrow::Type::NA: {
      ARROW_ASSIGN_OR_RAISE(arguments[0], ToDouble(name, 0, arguments[0], context));
      Use<double>(&bound);
      break;
    }
    default:
      return UnexpectedInputType(name, 0, "(\"NUMERIC\" or \"ANSI INTERVAL\")", *arguments[0]);
  }
  bound.arguments = std::move(arguments);
  return bound;
}

}  // namespace

void RegisterAverage(FunctionRegistry* registry) {
  AggregateFunction average;
  average.names = {"avg", "mean"};
  average.documentation = {"avg(numeric or interval) -> double, decimal or interval",
                           "The mean of the values that are not null; null if there are none.",
                           "avg(a)"};
  average.bind = [](Arguments arguments, const BindContext& context) {
    return BindAverage("avg", std::move(arguments), context, false);
  };
  registry->Add(std::move(average));

  AggregateFunction quiet;
  quiet.names = {"try_avg"};
  quiet.documentation = {"try_avg(numeric or interval) -> double, decimal or interval",
                         "The mean of the values that are not null; null if their sum overflows.",
                         "try_avg(a)"};
  quiet.bind = [](Arguments arguments, const BindContext& context) {
    return BindAverage("try_avg", std::move(arguments), context, true);
  };
  registry->Add(std::move(quiet));
}

}  // namespace headrace::aggregate
