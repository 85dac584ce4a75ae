// percentile_approx(x, p[, accuracy]): a value of x, near enough to the percentile.
#include <algorithm>
#include <string>
#include <vector>

#include <arrow/array/array_binary.h>
#include <arrow/array/array_nested.h>
#include <arrow/array/builder_binary.h>
#include <arrow/scalar.h>

#include "functions/aggregate/columns.h"
#include "functions/aggregate/percentage.h"
#include "functions/aggregate/quantile_summary.h"

namespace headrace::aggregate {
namespace {

bool HasNumber(const DataType& type) {
  switch (type.id()) {
    case arrow::Type::DATE32:
    case arrow::Type::TIMESTAMP:
      return true;
    default:
      return IsNumeric(type) || IsString(type) || type.id() == arrow::Type::NA;
  }
}

// Between the values' type and double: dates and timestamps go through their numbers.
Result<ArrayPtr> AsDoubles(const ArrayPtr& values, const CastOptions& options) {
  ArrayPtr numbers = values;
  if (values->type_id() == arrow::Type::DATE32) {
    ARROW_ASSIGN_OR_RAISE(numbers, values->View(arrow::int32()));
  } else if (values->type_id() == arrow::Type::TIMESTAMP) {
    ARROW_ASSIGN_OR_RAISE(numbers, values->View(arrow::int64()));
  }
  ARROW_ASSIGN_OR_RAISE(Datum doubles, CastValues(numbers, arrow::float64(), options));
  return doubles.make_array();
}

Result<ArrayPtr> FromDoubles(const ArrayPtr& doubles, const DataTypePtr& type,
                             const CastOptions& options) {
  DataTypePtr numbers = type;
  if (type->id() == arrow::Type::DATE32) numbers = arrow::int32();
  if (type->id() == arrow::Type::TIMESTAMP) numbers = arrow::int64();
  ARROW_ASSIGN_OR_RAISE(Datum values, CastValues(doubles, numbers, options));
  return values.make_array()->View(type);
}

// State: the summary as a binary.
class ApproximatePercentile final : public Accumulator {
 public:
  ApproximatePercentile(DataTypePtr value_type, Percentages percentages, double relative_error,
                        CastOptions options)
      : value_type_(std::move(value_type)),
        percentages_(std::move(percentages)),
        relative_error_(relative_error),
        options_(std::move(options)) {}

  Status Resize(int64_t groups) override {
    summaries_.resize(static_cast<size_t>(groups), QuantileSummary(relative_error_));
    return Status::OK();
  }
  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr doubles, AsDoubles(arguments[0], options_));
    const double* values = Values<double>(*doubles);
    ForEachValid(*doubles, groups, length, filter,
                 [&](int64_t i, uint32_t group) { summaries_[group].Insert(values[i]); });
    return Status::OK();
  }
  Status Merge(const uint32_t* groups, int64_t length, const Arrays& states) override {
    const auto& binaries = static_cast<const arrow::BinaryArray&>(*states[0]);
    for (int64_t i = 0; i < length; ++i) {
      QuantileSummary other(relative_error_);
      if (!QuantileSummary::Parse(binaries.GetView(i), &other)) {
        return Status::Invalid("the state of percentile_approx cannot be read");
      }
      summaries_[groups[i]].Merge(std::move(other));
    }
    return Status::OK();
  }
  Result<Arrays> States() const override {
    arrow::BinaryBuilder builder;
    std::string bytes;
    for (const QuantileSummary& summary : summaries_) {
      bytes.clear();
      summary.AppendTo(&bytes);
      ARROW_RETURN_NOT_OK(builder.Append(bytes));
    }
    ARROW_ASSIGN_OR_RAISE(ArrayPtr column, builder.Finish());
    return Arrays{std::move(column)};
  }
  Result<ArrayPtr> Finish() const override {
    std::vector<double> results;
    std::vector<uint8_t> valid;
    std::vector<int32_t> offsets = {0};
    for (const QuantileSummary& summary : summaries_) {
      const std::vector<double> values = summary.Query(percentages_.values);
      valid.push_back(summary.count() > 0);
      results.insert(results.end(), values.begin(), values.end());
      if (!percentages_.is_array && values.empty()) results.push_back(0);
      offsets.push_back(static_cast<int32_t>(results.size()));
    }
    if (!percentages_.is_array) {
      return FromDoubles(MakeFixedWidth(arrow::float64(), results, &valid), value_type_, options_);
    }
    ARROW_ASSIGN_OR_RAISE(
        ArrayPtr elements,
        FromDoubles(MakeFixedWidth(arrow::float64(), results, nullptr), value_type_, options_));
    int64_t nulls = 0;
    const auto bitmap = BitmapOf(valid, &nulls);
    return std::make_shared<arrow::ListArray>(
        ArrayOf(value_type_, false), static_cast<int64_t>(summaries_.size()),
        arrow::Buffer::FromVector(std::move(offsets)), elements, bitmap, nulls);
  }
  void Clear() override { summaries_.clear(); }
  int64_t size_bytes() const override {
    int64_t bytes = 0;
    for (const QuantileSummary& summary : summaries_) bytes += summary.size_bytes();
    return bytes;
  }

 private:
  const DataTypePtr value_type_;
  const Percentages percentages_;
  const double relative_error_;
  const CastOptions options_;
  std::vector<QuantileSummary> summaries_;
};

Result<int64_t> ConstantAccuracy(const std::string& name, const ExpressionPtr& argument,
                                 const BindContext& context) {
  int64_t accuracy = 0;
  if (argument->foldable() && IsIntegral(*argument->type())) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr casted,
                          MakeCast(argument, arrow::int64(), context.cast_options()));
    ARROW_ASSIGN_OR_RAISE(auto value, Fold(*casted));
    if (value->is_valid) accuracy = static_cast<const arrow::Int64Scalar&>(*value).value;
  }
  if (accuracy >= 1 && accuracy <= 2147483647) return accuracy;
  return AnalysisError("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                       "The accuracy of " + name +
                           " is a constant integer from 1 to 2147483647, "
                           "not " +
                           argument->ToString() + ".",
                       {{"exprName", "accuracy"},
                        {"valueRange", "(0, 2147483647]"},
                        {"currentValue", argument->ToString()},
                        {"sqlExpr", "\"" + name + "\""}});
}

}  // namespace

void RegisterPercentileApprox(FunctionRegistry* registry) {
  for (const std::string name : {"percentile_approx", "approx_percentile"}) {
    AggregateFunction function;
    function.names = {name};
    function.documentation = {
        name +
            "(numeric, date or timestamp, percentage or array of them[, accuracy]) -> type of "
            "the first argument, or array of it",
        "A value whose rank is off by at most count / accuracy (10000).", name + "(a, 0.5)"};
    function.bind = [name](Arguments arguments,
                           const BindContext& context) -> Result<BoundAggregate> {
      ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments, 2, 3));
      ARROW_ASSIGN_OR_RAISE(Percentages percentages,
                            ConstantPercentages(name, arguments[1], context));
      int64_t accuracy = 10000;
      if (arguments.size() == 3) {
        ARROW_ASSIGN_OR_RAISE(accuracy, ConstantAccuracy(name, arguments[2], context));
      }
      if (!HasNumber(*arguments[0]->type())) {
        return UnexpectedInputType(name, 0, "(\"NUMERIC\", \"DATE\" or \"TIMESTAMP\")",
                                   *arguments[0]);
      }
      if (IsString(*arguments[0]->type())) {
        ARROW_ASSIGN_OR_RAISE(arguments[0], ToDouble(name, 0, arguments[0], context));
      }
      const DataTypePtr type = arguments[0]->type();
      BoundAggregate bound;
      bound.name = name;
      bound.arguments = {arguments[0]};
      bound.type = percentages.is_array ? ArrayOf(type, false) : type;
      bound.state_types = {arrow::binary()};
      bound.make = [type, percentages, accuracy, options = context.cast_options()] {
        return std::make_unique<ApproximatePercentile>(
            type, percentages, 1.0 / static_cast<double>(accuracy), options);
      };
      return bound;
    };
    function.display = [name](const std::vector<std::string>& arguments) {
      std::string text = name + "(";
      for (size_t i = 0; i < arguments.size(); ++i) text += (i == 0 ? "" : ", ") + arguments[i];
      return text + (arguments.size() == 2 ? ", 10000)" : ")");
    };
    registry->Add(std::move(function));
  }
}

}  // namespace headrace::aggregate
