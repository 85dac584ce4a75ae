// stddev, variance, skewness, kurtosis: central moments, updated and merged without cancellation
// (Welford; Chan, Golub and LeVeque for merging), in the order of operations that Spark uses.
#include <cmath>
#include <vector>

#include "functions/aggregate/columns.h"
#include "functions/aggregate/registration.h"

namespace headrace::aggregate {
namespace {

enum class Moment {
  kStddevSample,
  kStddevPopulation,
  kVarianceSample,
  kVariancePopulation,
  kSkewness,
  kKurtosis
};

int OrderOf(Moment moment) {
  if (moment == Moment::kSkewness) return 3;
  return moment == Moment::kKurtosis ? 4 : 2;
}

// Number, mean, sums of the powers of deviations.
struct Moments {
  double n = 0, mean = 0, m2 = 0, m3 = 0, m4 = 0;

  void Add(double x) {
    const double new_n = n + 1.0;
    const double delta = x - mean;
    const double delta_n = delta / new_n;
    const double new_m2 = m2 + delta * (delta - delta_n);
    const double delta2 = delta * delta, delta_n2 = delta_n * delta_n;
    const double new_m3 = m3 - 3.0 * delta_n * new_m2 + delta * (delta2 - delta_n2);
    m4 = m4 - 4.0 * delta_n * new_m3 - 6.0 * delta_n2 * new_m2 +
         delta * (delta * delta2 - delta_n * delta_n2);
    m3 = new_m3;
    m2 = new_m2;
    mean += delta_n;
    n = new_n;
  }

  void Merge(const Moments& other) {
    const double n1 = n, n2 = other.n, total = n1 + n2;
    const double delta = other.mean - mean;
    const double delta_n = total == 0.0 ? 0.0 : delta / total;
    const double new_m2 = m2 + other.m2 + delta * delta_n * n1 * n2;
    const double new_m3 = m3 + other.m3 + delta_n * delta_n * delta * n1 * n2 * (n1 - n2) +
                          3.0 * delta_n * (n1 * other.m2 - n2 * m2);
    m4 = m4 + other.m4 +
         delta_n * delta_n * delta_n * delta * n1 * n2 * (n1 * n1 - n1 * n2 + n2 * n2) +
         6.0 * delta_n * delta_n * (n1 * n1 * other.m2 + n2 * n2 * m2) +
         4.0 * delta_n * (n1 * other.m3 - n2 * m3);
    m3 = new_m3;
    m2 = new_m2;
    mean += delta_n * n2;
    n = total;
  }

  // Whether there is a result; the sample versions need two values.
  bool Result(Moment moment, double* result) const {
    if (n == 0) return false;
    switch (moment) {
      case Moment::kStddevPopulation:
        *result = std::sqrt(m2 / n);
        return true;
      case Moment::kVariancePopulation:
        *result = m2 / n;
        return true;
      case Moment::kStddevSample:
        *result = std::sqrt(m2 / (n - 1.0));
        return n > 1;
      case Moment::kVarianceSample:
        *result = m2 / (n - 1.0);
        return n > 1;
      case Moment::kSkewness:
        *result = std::sqrt(n) * m3 / std::sqrt(m2 * m2 * m2);
        return m2 != 0;
      case Moment::kKurtosis:
        *result = n * m4 / (m2 * m2) - 3.0;
        return m2 != 0;
    }
    return false;
  }
};

// State: number, mean and as many moments as are needed, as doubles.
class MomentAccumulator final : public Accumulator {
 public:
  explicit MomentAccumulator(Moment moment) : moment_(moment) {}

  Status Resize(int64_t groups) override {
    groups_.resize(static_cast<size_t>(groups));
    return Status::OK();
  }
  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    const double* values = Values<double>(*arguments[0]);
    ForEachValid(*arguments[0], groups, length, filter,
                 [&](int64_t i, uint32_t group) { groups_[group].Add(values[i]); });
    return Status::OK();
  }
  Status Merge(const uint32_t* groups, int64_t length, const Arrays& states) override {
    for (int64_t i = 0; i < length; ++i) {
      Moments other;
      for (size_t k = 0; k < states.size(); ++k) {
        other.*kFields[k] = Values<double>(*states[k])[i];
      }
      groups_[groups[i]].Merge(other);
    }
    return Status::OK();
  }
  Result<Arrays> States() const override {
    Arrays states;
    for (int k = 0; k <= OrderOf(moment_); ++k) {
      std::vector<double> column;
      column.reserve(groups_.size());
      for (const Moments& group : groups_) column.push_back(group.*kFields[k]);
      states.push_back(MakeFixedWidth(arrow::float64(), column, nullptr));
    }
    return states;
  }
  Result<ArrayPtr> Finish() const override {
    std::vector<double> results(groups_.size(), 0);
    std::vector<uint8_t> valid(groups_.size(), 0);
    for (size_t i = 0; i < groups_.size(); ++i) {
      valid[i] = groups_[i].Result(moment_, &results[i]);
      if (valid[i] == 0) results[i] = 0;
    }
    return MakeFixedWidth(arrow::float64(), results, &valid);
  }
  void Clear() override { groups_.clear(); }
  int64_t size_bytes() const override {
    return static_cast<int64_t>(groups_.capacity() * sizeof(Moments));
  }

 private:
  static constexpr double Moments::*kFields[] = {&Moments::n, &Moments::mean, &Moments::m2,
                                                 &Moments::m3, &Moments::m4};
  const Moment moment_;
  std::vector<Moments> groups_;
};

void Add(FunctionRegistry* registry, const std::string& name, Moment moment,
         std::string description) {
  AggregateFunction function;
  function.names = {name};
  function.documentation = {name + "(numeric) -> double", std::move(description), name + "(a)"};
  function.bind = [name, moment](Arguments arguments,
                                 const BindContext& context) -> Result<BoundAggregate> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments, 1, 1));
    ARROW_ASSIGN_OR_RAISE(arguments[0], ToDouble(name, 0, arguments[0], context));
    BoundAggregate bound;
    bound.name = name;
    bound.type = arrow::float64();
    bound.state_types.assign(static_cast<size_t>(OrderOf(moment)) + 1, arrow::float64());
    bound.make = [moment] { return std::make_unique<MomentAccumulator>(moment); };
    bound.arguments = std::move(arguments);
    return bound;
  };
  registry->Add(std::move(function));
}

}  // namespace

void RegisterMoments(FunctionRegistry* registry) {
  for (const char* name : {"stddev", "stddev_samp", "std"}) {
    Add(registry, name, Moment::kStddevSample,
        "The sample standard deviation; null for fewer than two values.");
  }
  for (const char* name : {"variance", "var_samp"}) {
    Add(registry, name, Moment::kVarianceSample,
        "The sample variance; null for fewer than two values.");
  }
  Add(registry, "stddev_pop", Moment::kStddevPopulation, "The population standard deviation.");
  Add(registry, "var_pop", Moment::kVariancePopulation, "The population variance.");
  Add(registry, "skewness", Moment::kSkewness, "How lopsided the values lie about their mean.");
  Add(registry, "kurtosis", Moment::kKurtosis, "How heavy the tails of the values are.");
}

}  // namespace headrace::aggregate
