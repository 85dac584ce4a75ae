// Pairs of numbers: their means and the sums of products and squares of deviations from these.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "functions/aggregate/columns.h"
#include "functions/aggregate/registration.h"

namespace headrace::aggregate {

// Updated and merged without cancellation, in the order of operations that Spark uses.
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
  void Merge(const Comoments& other);
};

// State: the fields of Comoments as doubles.
class PairAccumulator : public Accumulator {
 public:
  Status Resize(int64_t groups) override {
    groups_.resize(static_cast<size_t>(groups));
    return Status::OK();
  }
  Status Merge(const uint32_t* groups, int64_t length, const Arrays& states) override;
  Result<Arrays> States() const override;
  void Clear() override { groups_.clear(); }
  int64_t size_bytes() const override {
    return static_cast<int64_t>(groups_.capacity() * sizeof(Comoments));
  }

 protected:
  // Calls add(the group's comoments, first argument, second argument) for pairs without nulls.
  template <typename F>
  void ForEachPair(const uint32_t* groups, int64_t length, const Arrays& arguments,
                   const uint8_t* filter, F&& add) {
    const double* first = Values<double>(*arguments[0]);
    const double* second = Values<double>(*arguments[1]);
    ForEachValid(*arguments[0], groups, length, filter, [&](int64_t i, uint32_t group) {
      if (arguments[1]->IsValid(i)) add(&groups_[group], first[i], second[i]);
    });
  }

  std::vector<Comoments> groups_;
};

// A function of two numbers that gives a double.
Result<BoundAggregate> BindPairs(const std::string& name, Arguments arguments,
                                 const BindContext& context,
                                 std::function<std::unique_ptr<PairAccumulator>()> make);

}  // namespace headrace::aggregate
