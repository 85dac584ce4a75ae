// approx_count_distinct(x[, relative standard deviation]).
#include <string>
#include <vector>

#include <arrow/array/array_binary.h>
#include <arrow/array/builder_binary.h>
#include <arrow/scalar.h>

#include "functions/aggregate/columns.h"
#include "functions/aggregate/hyper_log_log.h"
#include "functions/aggregate/registration.h"
#include "functions/introspection/spark_hash.h"

namespace headrace::aggregate {
namespace {

constexpr int64_t kSeed = 42;

// State: the sketch as a binary.
class ApproximateCountAccumulator final : public Accumulator {
 public:
  explicit ApproximateCountAccumulator(int precision) : precision_(precision) {}

  Status Resize(int64_t groups) override {
    sketches_.resize(static_cast<size_t>(groups));
    return Status::OK();
  }
  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    const arrow::Array& values = *arguments[0];
    ForEachValid(values, groups, length, filter, [&](int64_t i, uint32_t group) {
      const int64_t hash = XxHash64OfValue(values, i, kSeed);
      sketches_[group].AddHash(static_cast<uint64_t>(hash), precision_);
    });
    return Status::OK();
  }
  Status Merge(const uint32_t* groups, int64_t length, const Arrays& states) override {
    const auto& binaries = static_cast<const arrow::BinaryArray&>(*states[0]);
    for (int64_t i = 0; i < length; ++i) {
      HyperLogLog other;
      if (!HyperLogLog::Parse(binaries.GetView(i), precision_, &other)) {
        return Status::Invalid(
            "the state of approx_count_distinct was made with another relative deviation");
      }
      sketches_[groups[i]].Merge(other, precision_);
    }
    return Status::OK();
  }
  Result<Arrays> States() const override {
    arrow::BinaryBuilder builder;
    std::string bytes;
    for (const HyperLogLog& sketch : sketches_) {
      bytes.clear();
      sketch.AppendTo(&bytes, precision_);
      ARROW_RETURN_NOT_OK(builder.Append(bytes));
    }
    ARROW_ASSIGN_OR_RAISE(ArrayPtr column, builder.Finish());
    return Arrays{std::move(column)};
  }
  Result<ArrayPtr> Finish() const override {
    std::vector<int64_t> estimates;
    estimates.reserve(sketches_.size());
    for (const HyperLogLog& sketch : sketches_) estimates.push_back(sketch.Estimate(precision_));
    return MakeFixedWidth(arrow::int64(), estimates, nullptr);
  }
  void Clear() override { sketches_.clear(); }
  int64_t size_bytes() const override {
    int64_t bytes = 0;
    for (const HyperLogLog& sketch : sketches_) bytes += sketch.size_bytes(precision_);
    return bytes;
  }

 private:
  const int precision_;
  std::vector<HyperLogLog> sketches_;
};

Result<double> RelativeDeviation(const ExpressionPtr& argument, const BindContext& context) {
  const arrow::Type::type type = argument->type()->id();
  if (!argument->foldable() || (type != arrow::Type::DOUBLE && type != arrow::Type::DECIMAL128)) {
    return AnalysisError("_LEGACY_ERROR_TEMP_1104",
                         "The second argument of approx_count_distinct is the relative standard "
                         "deviation, a constant number such as 0.05; it is " +
                             argument->ToString() + ".");
  }
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr number,
                        MakeCast(argument, arrow::float64(), context.cast_options()));
  ARROW_ASSIGN_OR_RAISE(auto value, Fold(*number));
  return value->is_valid ? static_cast<const arrow::DoubleScalar&>(*value).value : 0.0;
}

Result<BoundAggregate> BindApproximateCount(Arguments arguments, const BindContext& context) {
  const std::string name = "approx_count_distinct";
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments, 1, 2));
  double deviation = 0.05;
  if (arguments.size() == 2) {
    ARROW_ASSIGN_OR_RAISE(deviation, RelativeDeviation(arguments[1], context));
    arguments.pop_back();
  }
  const int precision = deviation > 0 ? HyperLogLog::PrecisionFor(deviation) : 0;
  // More than 2^24 registers a group serve no one.
  if (precision < HyperLogLog::kMinimumPrecision || precision > 24) {
    return AnalysisError("FAILED_FUNCTION_CALL",
                         name +
                             " takes a relative standard deviation of at most 0.39 and at least "
                             "0.0003, not " +
                             std::to_string(deviation) + ".",
                         {{"funcName", "`" + name + "`"}});
  }
  if (ContainsMap(*arguments[0]->type())) {
    return AnalysisError("DATATYPE_MISMATCH.HASH_MAP_TYPE",
                         name + " cannot hash maps; " + arguments[0]->ToString() + " is " +
                             SqlName(*arguments[0]->type()) + ".",
                         {{"functionName", "`" + name + "`"},
                          {"sqlExpr", "\"" + name + "(" + arguments[0]->ToString() + ")\""}});
  }
  BoundAggregate bound;
  bound.name = name;
  bound.type = arrow::int64();
  bound.nullable = false;
  bound.state_types = {arrow::binary()};
  bound.make = [precision] { return std::make_unique<ApproximateCountAccumulator>(precision); };
  bound.arguments = std::move(arguments);
  return bound;
}

}  // namespace

void RegisterApproximateCountDistinct(FunctionRegistry* registry) {
  AggregateFunction function;
  function.names = {"approx_count_distinct"};
  function.documentation = {
      "approx_count_distinct(any[, relativeSD]) -> bigint",
      "About how many distinct values there are (HyperLogLog++), 5 % off as a rule.",
      "approx_count_distinct(a)"};
  function.bind = BindApproximateCount;
  function.display = [](const std::vector<std::string>& arguments) {
    return "approx_count_distinct(" + (arguments.empty() ? "" : arguments[0]) + ")";
  };
  registry->Add(std::move(function));
}

}  // namespace headrace::aggregate
