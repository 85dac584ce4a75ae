// corr(x, y), covar_pop(x, y), covar_samp(x, y).
#include <cmath>
#include <vector>

#include "functions/aggregate/columns.h"
#include "functions/aggregate/registration.h"

namespace headrace::aggregate {
namespace {

enum class Comoment { kCorrelation, kPopulation, kSample };

// Number of pairs, means, sum of products and of squares of deviations.
struct Comoments {
  double n = 0, x_mean = 0, y_mean = 0, product = 0, x_square = 0, y_square = 0;

  void Add(double x, double y) {
    n += 1.0;
    const double dx = x - x_mean, dy = y - y_mean;
    x_mean += dx / n;
    y_mean += dy / n;
    product += dx * (y - y_mean);
    x_square += dx * (x - x_mean);
    y_square += dy * (y - y_mean);
  }

  void Merge(const Comoments& other) {
    const double n1 = n, n2 = other.n;
    n = n1 + n2;
    const double dx = other.x_mean - x_mean, dy = other.y_mean - y_mean;
    const double dx_n = n == 0.0 ? 0.0 : dx / n, dy_n = n == 0.0 ? 0.0 : dy / n;
    x_mean += dx_n * n2;
    y_mean += dy_n * n2;
    product += other.product + dx * dy_n * n1 * n2;
    x_square += other.x_square + dx * dx_n * n1 * n2;
    y_square += other.y_square + dy * dy_n * n1 * n2;
  }

  // One side does not vary: there is no correlation.
  bool constant() const { return std::sqrt(x_square * y_square) == 0; }

  bool Result(Comoment kind, double* result) const {
    if (n == 0 || (n == 1 && kind != Comoment::kPopulation)) return false;
    switch (kind) {
      case Comoment::kCorrelation:
        *result = product / std::sqrt(x_square * y_square);
        return true;
      case Comoment::kPopulation:
        *result = product / n;
        return true;
      case Comoment::kSample:
        *result = product / (n - 1.0);
        return true;
    }
    return false;
  }
};

// State: the fields of Comoments as doubles.
class ComomentAccumulator final : public Accumulator {
 public:
  ComomentAccumulator(Comoment kind, bool ansi) : kind_(kind), ansi_(ansi) {}

  Status Resize(int64_t groups) override {
    groups_.resize(static_cast<size_t>(groups));
    return Status::OK();
  }
  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    const double* x = Values<double>(*arguments[0]);
    const double* y = Values<double>(*arguments[1]);
    ForEachValid(*arguments[0], groups, length, filter, [&](int64_t i, uint32_t group) {
      if (arguments[1]->IsValid(i)) groups_[group].Add(x[i], y[i]);
    });
    return Status::OK();
  }
  Status Merge(const uint32_t* groups, int64_t length, const Arrays& states) override {
    for (int64_t i = 0; i < length; ++i) {
      Comoments other;
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
      for (const Comoments& group : groups_) column.push_back(group.*field);
      states.push_back(MakeFixedWidth(arrow::float64(), column, nullptr));
    }
    return states;
  }
  Result<ArrayPtr> Finish() const override {
    std::vector<double> results(groups_.size(), 0);
    std::vector<uint8_t> valid(groups_.size(), 0);
    for (size_t i = 0; i < groups_.size(); ++i) {
      valid[i] = groups_[i].Result(kind_, &results[i]);
      if (valid[i] == 0 || kind_ != Comoment::kCorrelation || !groups_[i].constant()) continue;
      if (ansi_) return DivideByZero();
      valid[i] = 0;
    }
    return MakeFixedWidth(arrow::float64(), results, &valid);
  }
  void Clear() override { groups_.clear(); }
  int64_t size_bytes() const override {
    return static_cast<int64_t>(groups_.capacity() * sizeof(Comoments));
  }

  static constexpr size_t kFieldCount = 6;

 private:
  static constexpr double Comoments::*kFields[kFieldCount] = {
      &Comoments::n,       &Comoments::x_mean,   &Comoments::y_mean,
      &Comoments::product, &Comoments::x_square, &Comoments::y_square};
  // Spark divides by the deviations, with the ANSI rules for division.
  static Status DivideByZero() {
    return MakeError(ErrorKind::kArithmetic, "DIVIDE_BY_ZERO",
                     "corr divides by the deviations of its arguments, and one of them is constant "
                     "within a group. Filter such groups out, or set spark.sql.ansi.enabled to "
                     "false to get null.",
                     {{"config", "\"spark.sql.ansi.enabled\""}});
  }

  const Comoment kind_;
  const bool ansi_;
  std::vector<Comoments> groups_;
};

void Add(FunctionRegistry* registry, const std::string& name, Comoment kind,
         std::string description) {
  AggregateFunction function;
  function.names = {name};
  function.documentation = {name + "(numeric, numeric) -> double", std::move(description),
                            name + "(a, b)"};
  function.bind = [name, kind](Arguments arguments,
                               const BindContext& context) -> Result<BoundAggregate> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments, 2, 2));
    for (int i = 0; i < 2; ++i) {
      ARROW_ASSIGN_OR_RAISE(arguments[i], ToDouble(name, i, arguments[i], context));
    }
    BoundAggregate bound;
    bound.name = name;
    bound.type = arrow::float64();
    bound.state_types.assign(ComomentAccumulator::kFieldCount, arrow::float64());
    bound.make = [kind, ansi = context.ansi] {
      return std::make_unique<ComomentAccumulator>(kind, ansi);
    };
    bound.arguments = std::move(arguments);
    return bound;
  };
  registry->Add(std::move(function));
}

}  // namespace

void RegisterCorrelation(FunctionRegistry* registry) {
  Add(registry, "corr", Comoment::kCorrelation, "Pearson's coefficient of correlation.");
  Add(registry, "covar_pop", Comoment::kPopulation, "The population covariance.");
  Add(registry, "covar_samp", Comoment::kSample,
      "The sample covariance; null for fewer than two pairs.");
}

}  // namespace headrace::aggregate
