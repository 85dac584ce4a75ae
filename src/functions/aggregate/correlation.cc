// corr(x, y), covar_pop(x, y), covar_samp(x, y).
#include <cmath>
#include <vector>

#include "functions/aggregate/comoments.h"

namespace headrace::aggregate {
namespace {

enum class Comoment { kCorrelation, kPopulation, kSample };

// One side does not vary: there is no correlation.
bool IsConstant(const Comoments& pairs) { return std::sqrt(pairs.x_square * pairs.y_square) == 0; }

bool ResultOf(const Comoments& pairs, Comoment kind, double* result) {
  if (pairs.n == 0 || (pairs.n == 1 && kind != Comoment::kPopulation)) return false;
  switch (kind) {
    case Comoment::kCorrelation:
      *result = pairs.product / std::sqrt(pairs.x_square * pairs.y_square);
      return true;
    case Comoment::kPopulation:
      *result = pairs.product / pairs.n;
      return true;
    case Comoment::kSample:
      *result = pairs.product / (pairs.n - 1.0);
      return true;
  }
  return false;
}

class ComomentAccumulator final : public PairAccumulator {
 public:
  ComomentAccumulator(Comoment kind, bool ansi) : kind_(kind), ansi_(ansi) {}

  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    ForEachPair(groups, length, arguments, filter,
                [](Comoments* pairs, double x, double y) { pairs->Add(x, y); });
    return Status::OK();
  }
  Result<ArrayPtr> Finish() const override {
    std::vector<double> results(groups_.size(), 0);
    std::vector<uint8_t> valid(groups_.size(), 0);
    for (size_t i = 0; i < groups_.size(); ++i) {
      valid[i] = ResultOf(groups_[i], kind_, &results[i]);
      if (valid[i] == 0 || kind_ != Comoment::kCorrelation || !IsConstant(groups_[i])) continue;
      if (ansi_) return DivideByZero();
      valid[i] = 0;
    }
    return MakeFixedWidth(arrow::float64(), results, &valid);
  }

 private:
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
};

void Add(FunctionRegistry* registry, const std::string& name, Comoment kind,
         std::string description) {
  AggregateFunction function;
  function.names = {name};
  function.documentation = {name + "(numeric, numeric) -> double", std::move(description),
                            name + "(a, b)"};
  function.bind = [name, kind](Arguments arguments, const BindContext& context) {
    return BindPairs(name, std::move(arguments), context, [kind, ansi = context.ansi] {
      return std::make_unique<ComomentAccumulator>(kind, ansi);
    });
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
