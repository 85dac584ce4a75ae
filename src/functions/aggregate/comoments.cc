#include "functions/aggregate/comoments.h"

namespace headrace::aggregate {
namespace {

constexpr double Comoments::*kFields[] = {&Comoments::n,        &Comoments::x_mean,
                                          &Comoments::y_mean,   &Comoments::product,
                                          &Comoments::x_square, &Comoments::y_square};
constexpr size_t kFieldCount = std::size(kFields);

}  // namespace

void Comoments::Merge(const Comoments& other) {
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

Status PairAccumulator::Merge(const uint32_t* groups, int64_t length, const Arrays& states) {
  for (int64_t i = 0; i < length; ++i) {
    Comoments other;
    for (size_t k = 0; k < kFieldCount; ++k) {
      other.*kFields[k] = Values<double>(*states[k])[i];
    }
    groups_[groups[i]].Merge(other);
  }
  return Status::OK();
}

Result<Arrays> PairAccumulator::States() const {
  Arrays states;
  for (const auto field : kFields) {
    std::vector<double> column;
    column.reserve(groups_.size());
    for (const Comoments& group : groups_) column.push_back(group.*field);
    states.push_back(MakeFixedWidth(arrow::float64(), column, nullptr));
  }
  return states;
}

Result<BoundAggregate> BindPairs(const std::string& name, Arguments arguments,
                                 const BindContext& context,
                                 std::function<std::unique_ptr<PairAccumulator>()> make) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments, 2, 2));
  for (int i = 0; i < 2; ++i) {
    ARROW_ASSIGN_OR_RAISE(arguments[i], ToDouble(name, i, arguments[i], context));
  }
  BoundAggregate bound;
  bound.name = name;
  bound.type = arrow::float64();
  bound.state_types.assign(kFieldCount, arrow::float64());
  bound.make = std::move(make);
  bound.arguments = std::move(arguments);
  return bound;
}

}  // namespace headrace::aggregate
