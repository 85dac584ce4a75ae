// product(x): the product of the values as doubles.
#include <vector>

#include "functions/aggregate/columns.h"
#include "functions/aggregate/registration.h"

namespace headrace::aggregate {
namespace {

// State and result: the product; null without input.
class ProductAccumulator final : public Accumulator {
 public:
  Status Resize(int64_t groups) override {
    products_.resize(static_cast<size_t>(groups), 1.0);
    seen_.resize(static_cast<size_t>(groups), 0);
    return Status::OK();
  }
  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    const double* values = Values<double>(*arguments[0]);
    ForEachValid(*arguments[0], groups, length, filter, [&](int64_t i, uint32_t group) {
      products_[group] *= values[i];
      seen_[group] = 1;
    });
    return Status::OK();
  }
  Status Merge(const uint32_t* groups, int64_t length, const Arrays& states) override {
    return Update(groups, length, states, nullptr);
  }
  Result<Arrays> States() const override { return Arrays{Column()}; }
  Result<ArrayPtr> Finish() const override { return Column(); }
  void Clear() override {
    products_.clear();
    seen_.clear();
  }
  int64_t size_bytes() const override { return static_cast<int64_t>(products_.capacity() * 9); }

 private:
  ArrayPtr Column() const { return MakeFixedWidth(arrow::float64(), products_, &seen_); }

  std::vector<double> products_;
  std::vector<uint8_t> seen_;
};

}  // namespace

void RegisterProduct(FunctionRegistry* registry) {
  AggregateFunction product;
  product.names = {"product"};
  product.documentation = {"product(numeric) -> double",
                           "The product of the values that are not null; null if there are none.",
                           "product(a)"};
  product.bind = [](Arguments arguments, const BindContext& context) -> Result<BoundAggregate> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount("product", arguments, 1, 1));
    ARROW_ASSIGN_OR_RAISE(arguments[0], ToDouble("product", 0, arguments[0], context));
    BoundAggregate bound;
    bound.name = "product";
    bound.type = arrow::float64();
    bound.state_types = {arrow::float64()};
    bound.make = [] { return std::make_unique<ProductAccumulator>(); };
    bound.arguments = std::move(arguments);
    return bound;
  };
  registry->Add(std::move(product));
}

}  // namespace headrace::aggregate
