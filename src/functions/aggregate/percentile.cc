// percentile(x, p), median(x): exact, interpolated.
#include <algorithm>
#include <cmath>
#include <vector>

#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>

#include "functions/aggregate/grouped_values.h"
#include "functions/aggregate/percentage.h"
#include "functions/compare_values.h"

namespace headrace::aggregate {
namespace {

// State: the list of the values as doubles.
class PercentileAccumulator final : public Accumulator {
 public:
  explicit PercentileAccumulator(Percentages percentages)
      : percentages_(std::move(percentages)), values_({arrow::float64()}) {}

  Status Resize(int64_t groups) override {
    values_.Resize(groups);
    return Status::OK();
  }
  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    rows_.clear();
    ForEachValid(*arguments[0], groups, length, filter,
                 [&](int64_t i, uint32_t) { rows_.push_back(static_cast<uint32_t>(i)); });
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
    ARROW_ASSIGN_OR_RAISE(ArrayPtr array, values_.Lists(GroupedValues::ListType(values_.types())));
    const auto& lists = static_cast<const arrow::ListArray&>(*array);
    const auto& all = static_cast<const arrow::DoubleArray&>(*lists.values());
    std::vector<double> sorted, results;
    std::vector<uint8_t> valid;
    std::vector<int32_t> offsets = {0};
    for (int64_t group = 0; group < lists.length(); ++group) {
      const double* begin = all.raw_values() + lists.value_offset(group);
      sorted.assign(begin, begin + lists.value_length(group));
      std::sort(sorted.begin(), sorted.end(),
                [](double a, double b) { return CompareNumbers(a, b) < 0; });
      valid.push_back(!sorted.empty());
      for (const double percentage : percentages_.values) {
        if (!sorted.empty()) {
          results.push_back(Interpolate(sorted, percentage));
        } else if (!percentages_.is_array) {
          results.push_back(0);
        }
      }
      offsets.push_back(static_cast<int32_t>(results.size()));
    }
    if (!percentages_.is_array) return MakeFixedWidth(arrow::float64(), results, &valid);
    int64_t nulls = 0;
    const auto bitmap = BitmapOf(valid, &nulls);
    return std::make_shared<arrow::ListArray>(ArrayOf(arrow::float64(), false), lists.length(),
                                              arrow::Buffer::FromVector(std::move(offsets)),
                                              MakeFixedWidth(arrow::float64(), results, nullptr),
                                              bitmap, nulls);
  }

  void Clear() override { values_.Clear(); }
  int64_t size_bytes() const override { return values_.size_bytes(); }

 private:
  static double Interpolate(const std::vector<double>& sorted, double percentage) {
    const double position = static_cast<double>(sorted.size() - 1) * percentage;
    const double lower = std::floor(position), higher = std::ceil(position);
    const double low = sorted[static_cast<size_t>(lower)];
    const double high = sorted[static_cast<size_t>(higher)];
    if (lower == higher || low == high) return low;
    return (higher - position) * low + (position - lower) * high;
  }

  const Percentages percentages_;
  GroupedValues values_;
  std::vector<uint32_t> rows_;
};

Result<BoundAggregate> Bind(const std::string& name, ExpressionPtr argument,
                            Percentages percentages, const BindContext& context) {
  BoundAggregate bound;
  bound.name = name;
  ARROW_ASSIGN_OR_RAISE(argument, ToDouble(name, 0, std::move(argument), context));
  bound.arguments = {std::move(argument)};
  bound.type = percentages.is_array ? ArrayOf(arrow::float64(), false) : arrow::float64();
  bound.state_types = {GroupedValues::ListType({arrow::float64()})};
  bound.make = [percentages] { return std::make_unique<PercentileAccumulator>(percentages); };
  return bound;
}

}  // namespace

void RegisterPercentile(FunctionRegistry* registry) {
  AggregateFunction percentile;
  percentile.names = {"percentile"};
  percentile.documentation = {
      "percentile(numeric, percentage or array of them) -> double or array<double>",
      "The exact percentile, interpolated between the two nearest values.", "percentile(a, 0.5)"};
  percentile.bind = [](Arguments arguments, const BindContext& context) -> Result<BoundAggregate> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount("percentile", arguments, 2, 3));
    if (arguments.size() == 3) {
      return NotSupported("percentile with a frequency", "Repeat the rows, or use two arguments.");
    }
    ARROW_ASSIGN_OR_RAISE(Percentages percentages,
                          ConstantPercentages("percentile", arguments[1], context));
    return Bind("percentile", arguments[0], std::move(percentages), context);
  };
  percentile.display = [](const std::vector<std::string>& arguments) {
    std::string text = "percentile(";
    for (const std::string& argument : arguments) text += argument + ", ";
    return text + "1)";
  };
  registry->Add(std::move(percentile));

  AggregateFunction median;
  median.names = {"median"};
  median.documentation = {"median(numeric) -> double",
                          "The value in the middle, or the mean of the two there.", "median(a)"};
  median.bind = [](Arguments arguments, const BindContext& context) -> Result<BoundAggregate> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount("median", arguments, 1, 1));
    return Bind("median", arguments[0], Percentages{{0.5}, false}, context);
  };
  registry->Add(std::move(median));
}

}  // namespace headrace::aggregate
