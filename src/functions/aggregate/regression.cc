// regr_count, regr_avgx, …: the least-squares line through pairs, of which y is the first argument.
#include <cmath>
#include <vector>

#include "functions/aggregate/columns.h"
#include "functions/aggregate/registration.h"

namespace headrace::aggregate {
namespace {

enum class Regression { kSxx, kSxy, kSyy, kSlope, kIntercept, kR2 };

// Number of pairs, means, sums of products and of squares of deviations, in the order of
// operations that Spark uses for each function: R2 comes of its correlation, the others of its
// variance.
struct Pairs {
  double n = 0, x_mean = 0, y_mean = 0, xy = 0, xx = 0, yy = 0;

  void Add(Regression kind, double x, double y) {
    n += 1.0;
    const double dx = x - x_mean, dy = y - y_mean;
    const double dx_n = dx / n, dy_n = dy / n;
    x_mean += dx_n;
    y_mean += dy_n;
    xy += dx * (y - y_mean);
    const bool correlation = kind == Regression::kR2;
    xx += dx * (correlation ? x - x_mean : dx - dx_n);
    yy += dy * (correlation ? y - y_mean : dy - dy_n);
  }

  void Merge(const Pairs& other) {
    const double n1 = n, n2 = other.n;
    n = n1 + n2;
    const double dx = other.x_mean - x_mean, dy = other.y_mean - y_mean;
    const double dx_n = n == 0.0 ? 0.0 : dx / n, dy_n = n == 0.0 ? 0.0 : dy / n;
    x_mean += dx_n * n2;
    y_mean += dy_n * n2;
    xy += other.xy + dx * dy_n * n1 * n2;
    xx += other.xx + dx * dx_n * n1 * n2;
    yy += other.yy + dy * dy_n * n1 * n2;
  }

  // Whether there is a result: none without pairs, no line if x does not vary.
  bool Result(Regression kind, double* result) const {
    if (n == 0) return false;
    const double correlation = xy / std::sqrt(xx * yy);
    switch (kind) {
      case Regression::kSxx:
        *result = xx;
        return true;
      case Regression::kSxy:
        *result = xy;
        return true;
      case Regression::kSyy:
        *result = yy;
        return true;
      case Regression::kSlope:
        *result = xy / xx;
        return xx != 0;
      case Regression::kIntercept:
        *result = y_mean - xy / xx * x_mean;
        return xx != 0;
      case Regression::kR2:
        *result = yy == 0 ? 1.0 : correlation * correlation;
        return xx != 0;
    }
    return false;
  }
};

// State: the fields of Pairs as doubles.
class RegressionAccumulator final : public Accumulator {
 public:
  explicit RegressionAccumulator(Regression kind) : kind_(kind) {}

  Status Resize(int64_t groups) override {
    groups_.resize(static_cast<size_t>(groups));
    return Status::OK();
  }
  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    const double* y = Values<double>(*arguments[0]);
    const double* x = Values<double>(*arguments[1]);
    ForEachValid(*arguments[0], groups, length, filter, [&](int64_t i, uint32_t group) {
      if (arguments[1]->IsValid(i)) groups_[group].Add(kind_, x[i], y[i]);
    });
    return Status::OK();
  }
  Status Merge(const uint32_t* groups, int64_t length, const Arrays& states) override {
    for (int64_t i = 0; i < length; ++i) {
      Pairs other;
      for (size_t k = 0; k < kFieldCount; ++k) {
        other.*kFields[k] = Values<double>(*states[k])[i];
      }
      groups_[groups[i]].Merge(other);
    }
    return Status::OK();
  }
  Result<Arrays> States() const override {
    Arrays states;
    for (const auto field : kFields) {
      std::vector<double> column;
      column.reserve(groups_.size());
      for (const Pairs& group : groups_) column.push_back(group.*field);
      states.push_back(MakeFixedWidth(arrow::float64(), column, nullptr));
    }
    return states;
  }
  Result<ArrayPtr> Finish() const override {
    std::vector<double> results(groups_.size(), 0);
    std::vector<uint8_t> valid(groups_.size(), 0);
    for (size_t i = 0; i < groups_.size(); ++i) {
      valid[i] = groups_[i].Result(kind_, &results[i]);
      if (valid[i] == 0) results[i] = 0;
    }
    return MakeFixedWidth(arrow::float64(), results, &valid);
  }
  void Clear() override { groups_.clear(); }
  int64_t size_bytes() const override {
    return static_cast<int64_t>(groups_.capacity() * sizeof(Pairs));
  }

  static constexpr size_t kFieldCount = 6;

 private:
  static constexpr double Pairs::*kFields[kFieldCount] = {
      &Pairs::n, &Pairs::x_mean, &Pairs::y_mean, &Pairs::xy, &Pairs::xx, &Pairs::yy};
  const Regression kind_;
  std::vector<Pairs> groups_;
};

void AddRegression(FunctionRegistry* registry, const std::string& name, Regression kind,
                   std::string description) {
  AggregateFunction function;
  function.names = {name};
  function.documentation = {name + "(y, x) -> double", std::move(description), name + "(a, b)"};
  function.bind = [name, kind](Arguments arguments,
                               const BindContext& context) -> Result<BoundAggregate> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments, 2, 2));
    for (int i = 0; i < 2; ++i) {
      ARROW_ASSIGN_OR_RAISE(arguments[i], ToDouble(name, i, arguments[i], context));
    }
    BoundAggregate bound;
    bound.name = name;
    bound.type = arrow::float64();
    bound.state_types.assign(RegressionAccumulator::kFieldCount, arrow::float64());
    bound.make = [kind] { return std::make_unique<RegressionAccumulator>(kind); };
    bound.arguments = std::move(arguments);
    return bound;
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
