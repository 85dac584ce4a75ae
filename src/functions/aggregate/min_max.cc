// min(x), max(x) over every type that has an order.
#include <type_traits>
#include <vector>

#include "functions/aggregate/columns.h"
#include "functions/aggregate/kept_rows.h"
#include "functions/aggregate/registration.h"
#include "functions/compare_values.h"

namespace headrace::aggregate {
namespace {

template <typename T, bool kMax>
inline bool Better(T candidate, T best) {
  if constexpr (std::is_floating_point_v<T>) {
    const int order = CompareNumbers(candidate, best);
    return kMax ? order > 0 : order < 0;
  } else {
    return kMax ? candidate > best : candidate < best;
  }
}

// State and result: the value.
template <typename T, bool kMax>
class NumberExtreme final : public Accumulator {
 public:
  explicit NumberExtreme(DataTypePtr type) : type_(std::move(type)) {}

  Status Resize(int64_t groups) override {
    best_.resize(static_cast<size_t>(groups), T{});
    seen_.resize(static_cast<size_t>(groups), 0);
    return Status::OK();
  }
  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    const T* values = Values<T>(*arguments[0]);
    T* best = best_.data();
    uint8_t* seen = seen_.data();
    ForEachValid(*arguments[0], groups, length, filter, [&](int64_t i, uint32_t group) {
      if (seen[group] == 0 || Better<T, kMax>(values[i], best[group])) best[group] = values[i];
      seen[group] = 1;
    });
    return Status::OK();
  }
  Status Merge(const uint32_t* groups, int64_t length, const Arrays& states) override {
    return Update(groups, length, states, nullptr);
  }
  Result<Arrays> States() const override { return Arrays{Column()}; }
  Result<ArrayPtr> Finish() const override { return Column(); }
  void Clear() override {
    best_.clear();
    seen_.clear();
  }
  int64_t size_bytes() const override {
    return static_cast<int64_t>(best_.capacity() * sizeof(T) + seen_.capacity());
  }

 private:
  ArrayPtr Column() const { return MakeFixedWidth(type_, best_, &seen_); }

  const DataTypePtr type_;
  std::vector<T> best_;
  std::vector<uint8_t> seen_;
};

// Any ordered type: the best row of each group by reference.
template <bool kMax>
class RowExtreme final : public Accumulator {
 public:
  explicit RowExtreme(const DataTypePtr& type) : best_(type) {}

  Status Resize(int64_t groups) override {
    best_.Resize(groups);
    return Status::OK();
  }
  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    const arrow::Array& values = *arguments[0];
    ARROW_RETURN_NOT_OK(best_.Begin(arguments[0]));
    ForEachValid(values, groups, length, filter, [&](int64_t i, uint32_t group) {
      if (best_.has(group)) {
        const int order = CompareValues(values, i, best_.array(group), best_.row(group));
        if (kMax ? order <= 0 : order >= 0) return;
      }
      best_.Set(group, i);
    });
    return Status::OK();
  }
  Status Merge(const uint32_t* groups, int64_t length, const Arrays& states) override {
    return Update(groups, length, states, nullptr);
  }
  Result<Arrays> States() const override {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr values, best_.Values());
    return Arrays{std::move(values)};
  }
  Result<ArrayPtr> Finish() const override { return best_.Values(); }
  void Clear() override { best_.Clear(); }
  int64_t size_bytes() const override { return best_.size_bytes(); }

 private:
  KeptRows best_;
};

template <bool kMax>
std::unique_ptr<Accumulator> MakeExtreme(const DataTypePtr& type) {
  switch (type->id()) {
    case arrow::Type::INT8:
      return std::make_unique<NumberExtreme<int8_t, kMax>>(type);
    case arrow::Type::INT16:
      return std::make_unique<NumberExtreme<int16_t, kMax>>(type);
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
    case arrow::Type::INTERVAL_MONTHS:
      return std::make_unique<NumberExtreme<int32_t, kMax>>(type);
    case arrow::Type::INT64:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DURATION:
      return std::make_unique<NumberExtreme<int64_t, kMax>>(type);
    case arrow::Type::FLOAT:
      return std::make_unique<NumberExtreme<float, kMax>>(type);
    case arrow::Type::DOUBLE:
      return std::make_unique<NumberExtreme<double, kMax>>(type);
    default:
      return std::make_unique<RowExtreme<kMax>>(type);
  }
}

Result<BoundAggregate> BindExtreme(bool maximum, Arguments arguments) {
  const std::string name = maximum ? "max" : "min";
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments, 1, 1));
  const DataTypePtr type = arguments[0]->type();
  if (!IsOrderable(*type)) {
    return AnalysisError("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
                         name + " needs values that can be ordered; " + arguments[0]->ToString() +
                             " is " + SqlName(*type) + ".",
                         {{"functionName", "`" + name + "`"},
                          {"dataType", "\"" + SqlName(*type) + "\""},
                          {"sqlExpr", "\"" + name + "(" + arguments[0]->ToString() + ")\""}});
  }
  BoundAggregate bound;
  bound.name = name;
  bound.type = type;
  bound.state_types = {type};
  bound.make = [type, maximum] {
    return maximum ? MakeExtreme<true>(type) : MakeExtreme<false>(type);
  };
  bound.arguments = std::move(arguments);
  return bound;
}

}  // namespace

void RegisterMinMax(FunctionRegistry* registry) {
  AggregateFunction minimum;
  minimum.names = {"min"};
  minimum.documentation = {"min(any ordered type) -> same type",
                           "The smallest value that is not null; null if there is none.", "min(a)"};
  minimum.bind = [](Arguments arguments, const BindContext&) {
    return BindExtreme(false, std::move(arguments));
  };
  registry->Add(std::move(minimum));

  AggregateFunction maximum;
  maximum.names = {"max"};
  maximum.documentation = {"max(any ordered type) -> same type",
                           "The largest value that is not null; null if there is none.", "max(a)"};
  maximum.bind = [](Arguments arguments, const BindContext&) {
    return BindExtreme(true, std::move(arguments));
  };
  registry->Add(std::move(maximum));
}

}  // namespace headrace::aggregate
