// percentile(x, p[, frequency]), percentile_cont, percentile_disc, median(x): exact.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>

#include "functions/aggregate/grouped_values.h"
#include "functions/aggregate/ordering_argument.h"
#include "functions/aggregate/percentage.h"
#include "functions/compare_values.h"
#include "functions/signature.h"

namespace headrace::aggregate {
namespace {

struct PercentileRule {
  Percentages percentages;
  bool descending = false;  // percentages count from the largest value
  bool discrete = false;    // one of the values, not a mean of two
  bool weighted = false;    // the second argument tells how often the value counts
};

// The values of a group in order; the value at a place of the list in which each stands as often
// as it counts.
class OrderedValues {
 public:
  OrderedValues(const PercentileRule& rule, const double* values, const int64_t* weights,
                int64_t length)
      : order_(static_cast<size_t>(length)) {
    std::iota(order_.begin(), order_.end(), int64_t{0});
    std::sort(order_.begin(), order_.end(), [&](int64_t a, int64_t b) {
      const int comparison = CompareNumbers(values[a], values[b]);
      return rule.descending ? comparison > 0 : comparison < 0;
    });
    values_ = values;
    if (weights == nullptr) {
      count_ = length;
      return;
    }
    for (const int64_t row : order_) ends_.push_back(count_ += weights[row]);
  }

  int64_t count() const { return count_; }
  double At(int64_t place) const {
    if (ends_.empty()) return values_[order_[static_cast<size_t>(place)]];
    const auto end = std::upper_bound(ends_.begin(), ends_.end(), place);
    return values_[order_[static_cast<size_t>(end - ends_.begin())]];
  }

  double Interpolated(double percentage) const {
    const double position = static_cast<double>(count_ - 1) * percentage;
    const double lower = std::floor(position), higher = std::ceil(position);
    const double low = At(static_cast<int64_t>(lower)), high = At(static_cast<int64_t>(higher));
    if (lower == higher || low == high) return low;
    return (higher - position) * low + (position - lower) * high;
  }
  // The first value up to which at least that part of all lies.
  double Discrete(double percentage) const {
    const auto place = static_cast<int64_t>(std::ceil(static_cast<double>(count_) * percentage));
    return At(std::max<int64_t>(place, 1) - 1);
  }

 private:
  const double* values_;
  std::vector<int64_t> order_;
  std::vector<int64_t> ends_;  // with weights: one past the last place of each value in order
  int64_t count_ = 0;
};

// State: the list of the values as doubles, each with its frequency if there are frequencies.
class PercentileAccumulator final : public Accumulator {
 public:
  explicit PercentileAccumulator(PercentileRule rule)
      : rule_(std::move(rule)), values_(Columns(rule_)) {}

  static std::vector<DataTypePtr> Columns(const PercentileRule& rule) {
    if (rule.weighted) return {arrow::float64(), arrow::int64()};
    return {arrow::float64()};
  }

  Status Resize(int64_t groups) override {
    values_.Resize(groups);
    return Status::OK();
  }
  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    rows_.clear();
    const int64_t* weights = rule_.weighted ? Values<int64_t>(*arguments[1]) : nullptr;
    Status status;
    ForEachValid(*arguments[0], groups, length, filter, [&](int64_t i, uint32_t) {
      if (weights != nullptr) {
        if (arguments[1]->IsNull(i) || weights[i] == 0) return;
        if (weights[i] < 0 && status.ok()) status = NegativeFrequency(weights[i]);
      }
      rows_.push_back(static_cast<uint32_t>(i));
    });
    ARROW_RETURN_NOT_OK(status);
    return values_.Append(groups, arguments, rows_);
  }
  Status Merge(const uint32_t* groups, int64_t, const Arrays& states) override {
    return values_.AppendLists(groups, *states[0]);
  }
  Result<Arrays> States() const override {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr lists, values_.Lists(GroupedValues::ListType(values_.types())));
    return Arrays{std::move(lists)};
  }

  Result<ArrayPtr> Finish() const override {
    std::vector<uint32_t> groups;
    ARROW_ASSIGN_OR_RAISE(const Arrays columns, values_.Sorted(&groups));
    const double* all = Values<double>(*columns[0]);
    const int64_t* weights = rule_.weighted ? Values<int64_t>(*columns[1]) : nullptr;
    std::vector<double> results;
    std::vector<uint8_t> valid;
    std::vector<int32_t> offsets = {0};
    size_t begin = 0;
    for (int64_t group = 0; group < values_.groups(); ++group) {
      size_t end = begin;
      while (end < groups.size() && groups[end] == group) ++end;
      const OrderedValues ordered(rule_, all + begin,
                                  weights == nullptr ? nullptr : weights + begin,
                                  static_cast<int64_t>(end - begin));
      valid.push_back(begin != end);
      for (const double percentage : rule_.percentages.values) {
        if (begin != end) {
          results.push_back(rule_.discrete ? ordered.Discrete(percentage)
                                           : ordered.Interpolated(percentage));
        } else if (!rule_.percentages.is_array) {
          results.push_back(0);
        }
      }
      offsets.push_back(static_cast<int32_t>(results.size()));
      begin = end;
    }
    if (!rule_.percentages.is_array) return MakeFixedWidth(arrow::float64(), results, &valid);
    int64_t nulls = 0;
    const auto bitmap = BitmapOf(valid, &nulls);
    return std::make_shared<arrow::ListArray>(ArrayOf(arrow::float64(), false), values_.groups(),
                                              arrow::Buffer::FromVector(std::move(offsets)),
                                              MakeFixedWidth(arrow::float64(), results, nullptr),
                                              bitmap, nulls);
  }

  void Clear() override { values_.Clear(); }
  int64_t size_bytes() const override { return values_.size_bytes(); }

 private:
  static Status NegativeFrequency(int64_t value) {
    const std::string text = std::to_string(value);
    return IllegalArgument(
        "NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION",
        "The frequency of percentile is " + text + "; no value counts less than 0 times.",
        {{"frequencyExpression", "\"" + text + "\""}, {"negativeValue", text + "L"}});
  }

  const PercentileRule rule_;
  GroupedValues values_;
  std::vector<uint32_t> rows_;
};

// `arguments`: the values, and their frequencies if the rule has any.
Result<BoundAggregate> BindRule(const std::string& name, Arguments arguments, PercentileRule rule,
                                const BindContext& context) {
  BoundAggregate bound;
  bound.name = name;
  ARROW_ASSIGN_OR_RAISE(arguments[0], ToDouble(name, 0, std::move(arguments[0]), context));
  bound.arguments = std::move(arguments);
  bound.type = rule.percentages.is_array ? ArrayOf(arrow::float64(), false) : arrow::float64();
  bound.state_types = {GroupedValues::ListType(PercentileAccumulator::Columns(rule))};
  bound.make = [rule] { return std::make_unique<PercentileAccumulator>(rule); };
  return bound;
}

// Clients send a frequency of 1 when none is given.
Result<bool> IsOne(const Expression& frequency) {
  if (!frequency.foldable() || !IsIntegral(*frequency.type())) return false;
  ARROW_ASSIGN_OR_RAISE(const auto value, Fold(frequency));
  return value->is_valid && value->ToString() == "1";
}

Result<BoundAggregate> BindPercentile(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("percentile", arguments, 2, 3));
  PercentileRule rule;
  ARROW_ASSIGN_OR_RAISE(rule.percentages, ConstantPercentages("percentile", arguments[1], context));
  if (arguments.size() == 2) {
    return BindRule("percentile", {arguments[0]}, std::move(rule), context);
  }
  const ExpressionPtr& frequency = arguments[2];
  if (!IsIntegral(*frequency->type()) && !IsNullType(*frequency->type())) {
    return UnexpectedInputType("percentile", 2, "INTEGRAL", *frequency);
  }
  ARROW_ASSIGN_OR_RAISE(const bool one, IsOne(*frequency));
  if (one) return BindRule("percentile", {arguments[0]}, std::move(rule), context);
  rule.weighted = true;
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr weight,
                        MakeCast(frequency, arrow::int64(), context.cast_options()));
  return BindRule("percentile", {arguments[0], std::move(weight)}, std::move(rule), context);
}

void AddWithinGroup(FunctionRegistry* registry, const std::string& name, bool discrete,
                    std::string description) {
  AggregateFunction function;
  function.names = {name};
  function.documentation = {
      name +
          "(percentage or array of them) WITHIN GROUP (ORDER BY numeric) -> double or "
          "array<double>",
      std::move(description), name + "(0.5) WITHIN GROUP (ORDER BY a)"};
  function.bind = [name, discrete](Arguments arguments,
                                   const BindContext& context) -> Result<BoundAggregate> {
    Arguments ordered;
    const std::vector<Ordering> orderings = TakeOrderings(&arguments, &ordered);
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments, 1, 1));
    PercentileRule rule;
    ARROW_ASSIGN_OR_RAISE(rule.percentages, ConstantPercentages(name, arguments[0], context));
    rule.descending = !orderings[0].ascending;
    rule.discrete = discrete;
    return BindRule(name, {ordered[0]}, std::move(rule), context);
  };
  registry->Add(std::move(function));
}

}  // namespace

void RegisterPercentile(FunctionRegistry* registry) {
  AggregateFunction percentile;
  percentile.names = {"percentile"};
  percentile.documentation = {
      "percentile(numeric, percentage or array of them[, frequency]) -> double or array<double>",
      "The exact percentile, interpolated between the two nearest values.", "percentile(a, 0.5)"};
  percentile.bind = BindPercentile;
  percentile.display = [](const std::vector<std::string>& arguments) {
    std::string text = "percentile(";
    for (size_t i = 0; i < arguments.size(); ++i) text += (i == 0 ? "" : ", ") + arguments[i];
    return text + (arguments.size() == 3 ? ")" : ", 1)");
  };
  registry->Add(std::move(percentile));
  AddWithinGroup(registry, "percentile_cont", false,
                 "The exact percentile, interpolated between the two nearest values.");
  AddWithinGroup(registry, "percentile_disc", true,
                 "The first value in order up to which that part of all values lies.");

  AggregateFunction median;
  median.names = {"median"};
  median.documentation = {"median(numeric) -> double",
                          "The value in the middle, or the mean of the two there.", "median(a)"};
  median.bind = [](Arguments arguments, const BindContext& context) -> Result<BoundAggregate> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount("median", arguments, 1, 1));
    PercentileRule rule;
    rule.percentages = Percentages{{0.5}, false};
    return BindRule("median", std::move(arguments), std::move(rule), context);
  };
  registry->Add(std::move(median));
}

}  // namespace headrace::aggregate
