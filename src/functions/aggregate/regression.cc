// regr_count, regr_avgx, …: the least-squares line through pairs, of which y is the first argument.
#include <cmath>
#include <vector>

#include "functions/aggregate/comoments.h"

namespace headrace::aggregate {
namespace {

enum class Regression { kSxx, kSxy, kSyy, kSlope, kIntercept, kR2 };

// As Spark's variance adds, of which all but R2 come.
void AddDeviations(Comoments* pairs, double x, double y) {
  pairs->n += 1.0;
  const double dx = x - pairs->x_mean, dy = y - pairs->y_mean;
  const double dx_n = dx / pairs->n, dy_n = dy / pairs->n;
  pairs->x_mean += dx_n;
  pairs->y_mean += dy_n;
  pairs->product += dx * (y - pairs->y_mean);
  pairs->x_square += dx * (dx - dx_n);
  pairs->y_square += dy * (dy - dy_n);
}

// Whether there is a result: none without pairs, no line if x does not vary.
bool ResultOf(const Comoments& pairs, Regression kind, double* result) {
  if (pairs.n == 0) return false;
  const double slope = pairs.product / pairs.x_square;
  const double correlation = pairs.product / std::sqrt(pairs.x_square * pairs.y_square);
  switch (kind) {
    case Regression::kSxx:
      *result = pairs.x_square;
      return true;
    case Regression::kSxy:
      *result = pairs.product;
      return true;
    case Regression::kSyy:
      *result = pairs.y_square;
      return true;
    case Regression::kSlope:
      *result = slope;
      return pairs.x_square != 0;
    case Regression::kIntercept:
      *result = pairs.y_mean - slope * pairs.x_mean;
      return pairs.x_square != 0;
    case Regression::kR2:
      *result = pairs.y_square == 0 ? 1.0 : correlation * correlation;
      return pairs.x_square != 0;
  }
  return false;
}

// The arguments are y, then x.
class RegressionAccumulator final : public PairAccumulator {
 public:
  explicit RegressionAccumulator(Regression kind) : kind_(kind) {}

  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    if (kind_ == Regression::kR2) {
      ForEachPair(groups, length, arguments, filter,
                  [](Comoments* pairs, double y, double x) { pairs->Add(x, y); });
    } else {
      ForEachPair(groups, length, arguments, filter,
                  [](Comoments* pairs, double y, double x) { AddDeviations(pairs, x, y); });
    }
    return Status::OK();
  }
  Result<ArrayPtr> Finish() const override {
    std::vector<double> results(groups_.size(), 0);
    std::vector<uint8_t> valid(groups_.size(), 0);
    for (size_t i = 0; i < groups_.size(); ++i) {
      valid[i] = ResultOf(groups_[i], kind_, &results[i]);
      if (valid[i] == 0) results[i] = 0;
    }
    return MakeFixedWidth(arrow::float64(), results, &valid);
  }

 private:
  const Regression kind_;
};

void AddRegression(FunctionRegistry* registry, const std::string& name, Regression kind,
                   std::string description) {
  AggregateFunction function;
  function.names = {name};
  function.documentation = {name + "(y, x) -> double", std::move(description), name + "(a, b)"};
  function.bind = [name, kind](Arguments arguments, const BindContext& context) {
    return BindPairs(name, std::move(arguments), context,
                     [kind] { return std::make_unique<RegressionAccumulator>(kind); });
  };
  registry->Add(std::move(function));
}

// Both arguments as numbers.
Status ToNumbers(const std::string& name, Arguments* arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, *arguments, 2, 2));
  for (int i = 0; i < 2; ++i) {
    if (IsNumeric(*(*arguments)[i]->type())) continue;
    ARROW_ASSIGN_OR_RAISE((*arguments)[i], ToDouble(name, i, (*arguments)[i], context));
  }
  return Status::OK();
}

// avg of one side of the pairs that are whole; decimals stay decimals.
void AddMean(FunctionRegistry* registry, const std::string& name, size_t side) {
  AggregateFunction function;
  function.names = {name};
  function.documentation = {
      name + "(y, x) -> double or decimal",
      std::string("The mean of ") + (side == 0 ? "y" : "x") + " over the pairs without nulls.",
      name + "(a, b)"};
  function.bind = [registry, name, side](Arguments arguments,
                                         const BindContext& context) -> Result<BoundAggregate> {
    ARROW_RETURN_NOT_OK(ToNumbers(name, &arguments, context));
    Arguments present;
    for (const ExpressionPtr& argument : arguments) {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr test, registry->Call("isnotnull", {argument}, context));
      present.push_back(std::move(test));
    }
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr whole, registry->Call("and", present, context));
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr value,
                          registry->Call("when", {std::move(whole), arguments[side]}, context));
    return registry->FindAggregate("avg")->bind({std::move(value)}, context);
  };
  registry->Add(std::move(function));
}

}  // namespace

void RegisterRegression(FunctionRegistry* registry) {
  AggregateFunction count;
  count.names = {"regr_count"};
  count.documentation = {"regr_count(y, x) -> bigint", "The number of pairs without nulls.",
                         "regr_count(a, b)"};
  count.bind = [registry](Arguments arguments,
                          const BindContext& context) -> Result<BoundAggregate> {
    ARROW_RETURN_NOT_OK(ToNumbers("regr_count", &arguments, context));
    return registry->FindAggregate("count")->bind(std::move(arguments), context);
  };
  registry->Add(std::move(count));
  AddMean(registry, "regr_avgx", 1);
  AddMean(registry, "regr_avgy", 0);
  AddRegression(registry, "regr_sxx", Regression::kSxx,
                "The sum of the squares of x's deviations from its mean.");
  AddRegression(registry, "regr_sxy", Regression::kSxy,
                "The sum of the products of both sides' deviations from their means.");
  AddRegression(registry, "regr_syy", Regression::kSyy,
                "The sum of the squares of y's deviations from its mean.");
  AddRegression(registry, "regr_slope", Regression::kSlope, "The slope of the line.");
  AddRegression(registry, "regr_intercept", Regression::kIntercept, "The line's y where x is 0.");
  AddRegression(registry, "regr_r2", Regression::kR2,
                "The square of the correlation, 1 if y does not vary.");
}

}  // namespace headrace::aggregate
