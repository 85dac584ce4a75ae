// sum(x), try_sum(x): integers to bigint, decimal(p, s) to decimal(p + 10, s), others to double.
#include <algorithm>
#include <type_traits>
#include <vector>

#include <arrow/array/array_decimal.h>
#include <arrow/util/decimal.h>

#include "functions/aggregate/columns.h"
#include "functions/aggregate/registration.h"

namespace headrace::aggregate {
namespace {

// The largest sum of `Input`s is kept in `Sum`. A group without input is null.
template <typename Input, typename Sum>
class SumAccumulator final : public Accumulator {
 public:
  SumAccumulator(DataTypePtr type, bool ansi) : type_(std::move(type)), ansi_(ansi) {}

  Status Resize(int64_t groups) override {
    sums_.resize(static_cast<size_t>(groups), Sum{0});
    seen_.resize(static_cast<size_t>(groups), 0);
    return Status::OK();
  }
  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    return Add<Input>(groups, length, *arguments[0], filter);
  }
  Status Merge(const uint32_t* groups, int64_t length, const Arrays& states) override {
    return Add<Sum>(groups, length, *states[0], nullptr);
  }
  Result<Arrays> States() const override { return Arrays{Column()}; }
  Result<ArrayPtr> Finish() const override { return Column(); }
  void Clear() override {
    sums_.clear();
    seen_.clear();
  }
  int64_t size_bytes() const override {
    return static_cast<int64_t>(sums_.capacity() * sizeof(Sum) + seen_.capacity());
  }

 private:
  template <typename Value>
  Status Add(const uint32_t* groups, int64_t length, const arrow::Array& array,
             const uint8_t* filter) {
    const Value* values = Values<Value>(array);
    Sum* sums = sums_.data();
    uint8_t* seen = seen_.data();
    bool overflow = false;
    ForEachValid(array, groups, length, filter, [&](int64_t i, uint32_t group) {
      if constexpr (std::is_integral_v<Sum>) {
        overflow |= __builtin_add_overflow(sums[group], static_cast<Sum>(values[i]), &sums[group]);
      } else {
        sums[group] += static_cast<Sum>(values[i]);
      }
      seen[group] = 1;
    });
    if (overflow && ansi_) {
      return SumOverflow(std::is_same_v<Sum, int32_t> ? "integer overflow" : "long overflow");
    }
    return Status::OK();
  }

  ArrayPtr Column() const { return MakeFixedWidth(type_, sums_, &seen_); }

  const DataTypePtr type_;
  const bool ansi_;
  std::vector<Sum> sums_;
  std::vector<uint8_t> seen_;
};

// try_sum of integers and intervals: null once the sum has overflowed. State as in Spark: the sum,
// null once it has overflowed, and whether there was no input.
template <typename Input, typename Sum>
class TrySumAccumulator final : public Accumulator {
 public:
  explicit TrySumAccumulator(DataTypePtr type) : type_(std::move(type)) {}

  Status Resize(int64_t groups) override {
    sums_.resize(static_cast<size_t>(groups), Sum{0});
    fits_.resize(static_cast<size_t>(groups), 1);
    empty_.resize(static_cast<size_t>(groups), 1);
    return Status::OK();
  }
  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    const auto* values = Values<Input>(*arguments[0]);
    ForEachValid(*arguments[0], groups, length, filter,
                 [&](int64_t i, uint32_t group) { Add(group, static_cast<Sum>(values[i])); });
    return Status::OK();
  }
  Status Merge(const uint32_t* groups, int64_t length, const Arrays& states) override {
    const auto* values = Values<Sum>(*states[0]);
    for (int64_t i = 0; i < length; ++i) {
      if (BoolValue(*states[1], i)) continue;
      if (states[0]->IsNull(i)) {
        fits_[groups[i]] = 0;
        empty_[groups[i]] = 0;
      } else {
        Add(groups[i], values[i]);
      }
    }
    return Status::OK();
  }
  Result<Arrays> States() const override {
    return Arrays{MakeFixedWidth(type_, sums_, &fits_), MakeBoolean(empty_, nullptr)};
  }
  Result<ArrayPtr> Finish() const override {
    std::vector<uint8_t> valid(fits_.size());
    for (size_t i = 0; i < valid.size(); ++i) valid[i] = fits_[i] != 0 && empty_[i] == 0;
    return MakeFixedWidth(type_, sums_, &valid);
  }
  void Clear() override {
    sums_.clear();
    fits_.clear();
    empty_.clear();
  }
  int64_t size_bytes() const override {
    return static_cast<int64_t>(sums_.capacity() * (sizeof(Sum) + 2));
  }

 private:
  void Add(uint32_t group, Sum value) {
    empty_[group] = 0;
    if (__builtin_add_overflow(sums_[group], value, &sums_[group])) fits_[group] = 0;
  }

  const DataTypePtr type_;
  std::vector<Sum> sums_;
  std::vector<uint8_t> fits_, empty_;
};

// State as in Spark: the sum, null once it has overflowed, and whether there was no input.
class DecimalSumAccumulator final : public Accumulator {
 public:
  DecimalSumAccumulator(DataTypePtr type, bool ansi)
      : type_(std::move(type)),
        precision_(static_cast<const arrow::Decimal128Type&>(*type_).precision()),
        ansi_(ansi) {}

  Status Resize(int64_t groups) override {
    sums_.resize(static_cast<size_t>(groups), arrow::Decimal128(0));
    fits_.resize(static_cast<size_t>(groups), 1);
    empty_.resize(static_cast<size_t>(groups), 1);
    return Status::OK();
  }

  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    const auto& values = static_cast<const arrow::Decimal128Array&>(*arguments[0]);
    ForEachValid(values, groups, length, filter, [&](int64_t i, uint32_t group) {
      Add(group, arrow::Decimal128(values.GetValue(i)));
    });
    return Status::OK();
  }

  Status Merge(const uint32_t* groups, int64_t length, const Arrays& states) override {
    const auto& values = static_cast<const arrow::Decimal128Array&>(*states[0]);
    for (int64_t i = 0; i < length; ++i) {
      if (BoolValue(*states[1], i)) continue;
      if (values.IsNull(i)) {
        fits_[groups[i]] = 0;
        empty_[groups[i]] = 0;
      } else {
        Add(groups[i], arrow::Decimal128(values.GetValue(i)));
      }
    }
    return Status::OK();
  }

  Result<Arrays> States() const override {
    return Arrays{MakeFixedWidth(type_, sums_, &fits_), MakeBoolean(empty_, nullptr)};
  }

  Result<ArrayPtr> Finish() const override {
    if (ansi_ && std::find(fits_.begin(), fits_.end(), 0) != fits_.end()) {
      return SumOverflow("Overflow in sum of decimals");
    }
    std::vector<uint8_t> valid(fits_.size());
    for (size_t i = 0; i < valid.size(); ++i) valid[i] = fits_[i] != 0 && empty_[i] == 0;
    return MakeFixedWidth(type_, sums_, &valid);
  }

  void Clear() override {
    sums_.clear();
    fits_.clear();
    empty_.clear();
  }
  int64_t size_bytes() const override { return static_cast<int64_t>(sums_.capacity() * 18); }

 private:
  void Add(uint32_t group, const arrow::Decimal128& value) {
    empty_[group] = 0;
    if (fits_[group] == 0) return;
    // Both have at most 38 digits, so the 128 bits themselves cannot overflow twice over.
    sums_[group] += value;
    fits_[group] = sums_[group].FitsInPrecision(precision_) ? 1 : 0;
  }

  const DataTypePtr type_;
  const int32_t precision_;
  const bool ansi_;
  std::vector<arrow::Decimal128> sums_;
  std::vector<uint8_t> fits_, empty_;
};

template <typename Input, typename Sum>
void Use(BoundAggregate* bound, DataTypePtr type, bool ansi, bool quiet) {
  bound->type = type;
  if constexpr (std::is_integral_v<Sum>) {
    if (quiet) {
      bound->state_types = {type, arrow::boolean()};
      bound->make = [type] { return std::make_unique<TrySumAccumulator<Input, Sum>>(type); };
      return;
    }
  }
  bound->state_types = {type};
  bound->make = [type, ansi] { return std::make_unique<SumAccumulator<Input, Sum>>(type, ansi); };
}

// `quiet`: try_sum, null instead of an error.
Result<BoundAggregate> BindSum(const std::string& name, Arguments arguments,
                               const BindContext& context, bool quiet) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments, 1, 1));
  const DataTypePtr type = arguments[0]->type();
  const bool ansi = context.ansi && !quiet;
  BoundAggregate bound;
  bound.name = name;
  switch (type->id()) {
    case arrow::Type::INT8:
      Use<int8_t, int64_t>(&bound, arrow::int64(), ansi, quiet);
      break;
    case arrow::Type::INT16:
      Use<int16_t, int64_t>(&bound, arrow::int64(), ansi, quiet);
      break;
    case arrow::Type::INT32:
      Use<int32_t, int64_t>(&bound, arrow::int64(), ansi, quiet);
      break;
    case arrow::Type::INT64:
      Use<int64_t, int64_t>(&bound, arrow::int64(), ansi, quiet);
      break;
    case arrow::Type::FLOAT:
      Use<float, double>(&bound, arrow::float64(), ansi, quiet);
      break;
    case arrow::Type::DOUBLE:
      Use<double, double>(&bound, arrow::float64(), ansi, quiet);
      break;
    // Interval sums fail on overflow whatever the ANSI mode.
    case arrow::Type::DURATION:
      Use<int64_t, int64_t>(&bound, type, true, quiet);
      break;
    case arrow::Type::INTERVAL_MONTHS:
      Use<int32_t, int32_t>(&bound, type, true, quiet);
      break;
    case arrow::Type::DECIMAL128: {
      const auto& decimal = static_cast<const arrow::Decimal128Type&>(*type);
      bound.type = arrow::decimal128(std::min(38, decimal.precision() + 10), decimal.scale());
      bound.state_types = {bound.type, arrow::boolean()};
      bound.make = [result = bound.type, ansi] {
        return std::make_unique<DecimalSumAccumulator>(result, ansi);
      };
      break;
    }
    case arrow::Type::STRING:
    case arrow::Type::NA: {
      ARROW_ASSIGN_OR_RAISE(arguments[0], ToDouble(name, 0, arguments[0], context));
      Use<double, double>(&bound, arrow::float64(), ansi, quiet);
      break;
    }
    default:
      return UnexpectedInputType(name, 0, "(\"NUMERIC\" or \"ANSI INTERVAL\")", *arguments[0]);
  }
  bound.arguments = std::move(arguments);
  return bound;
}

}  // namespace

void RegisterSum(FunctionRegistry* registry) {
  AggregateFunction sum;
  sum.names = {"sum"};
  sum.documentation = {"sum(numeric or interval) -> bigint, decimal, double or interval",
                       "The sum of the values that are not null; null if there are none.",
                       "sum(a)"};
  sum.bind = [](Arguments arguments, const BindContext& context) {
    return BindSum("sum", std::move(arguments), context, false);
  };
  registry->Add(std::move(sum));

  AggregateFunction quiet;
  quiet.names = {"try_sum"};
  quiet.documentation = {
      "try_sum(numeric or interval) -> bigint, decimal, double or interval",
      "The sum of the values that are not null; null if it does not fit its type.", "try_sum(a)"};
  quiet.bind = [](Arguments arguments, const BindContext& context) {
    return BindSum("try_sum", std::move(arguments), context, true);
  };
  registry->Add(std::move(quiet));
}

}  // namespace headrace::aggregate
