// bool_and(x), bool_or(x) and their other names.
#include <vector>

#include "functions/aggregate/columns.h"
#include "functions/aggregate/registration.h"

namespace headrace::aggregate {
namespace {

// State and result: the conjunction or disjunction of the values that are not null.
class BooleanAccumulator final : public Accumulator {
 public:
  explicit BooleanAccumulator(bool conjunction) : conjunction_(conjunction) {}

  Status Resize(int64_t groups) override {
    values_.resize(static_cast<size_t>(groups), conjunction_ ? 1 : 0);
    seen_.resize(static_cast<size_t>(groups), 0);
    return Status::OK();
  }
  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    const arrow::Array& array = *arguments[0];
    ForEachValid(array, groups, length, filter, [&](int64_t i, uint32_t group) {
      const bool value = BoolValue(array, i);
      if (value != conjunction_) values_[group] = value;
      seen_[group] = 1;
    });
    return Status::OK();
  }
  Status Merge(const uint32_t* groups, int64_t length, const Arrays& states) override {
    return Update(groups, length, states, nullptr);
  }
  Result<Arrays> States() const override { return Arrays{MakeBoolean(values_, &seen_)}; }
  Result<ArrayPtr> Finish() const override { return MakeBoolean(values_, &seen_); }
  void Clear() override {
    values_.clear();
    seen_.clear();
  }
  int64_t size_bytes() const override { return static_cast<int64_t>(values_.capacity() * 2); }

 private:
  const bool conjunction_;
  std::vector<uint8_t> values_, seen_;
};

void Add(FunctionRegistry* registry, const std::string& name, bool conjunction) {
  AggregateFunction function;
  function.names = {name};
  function.documentation = {
      name + "(boolean) -> boolean",
      conjunction ? "Whether all values that are not null are true; null if there are none."
                  : "Whether some value is true; null if all are null.",
      name + "(a > 1)"};
  function.bind = [name, conjunction](Arguments arguments,
                                      const BindContext&) -> Result<BoundAggregate> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments, 1, 1));
    const arrow::Type::type type = arguments[0]->type()->id();
    if (type != arrow::Type::BOOL && type != arrow::Type::NA) {
      return UnexpectedInputType(name, 0, "\"BOOLEAN\"", *arguments[0]);
    }
    BoundAggregate bound;
    bound.name = name;
    bound.type = arrow::boolean();
    bound.state_types = {arrow::boolean()};
    bound.make = [conjunction] { return std::make_unique<BooleanAccumulator>(conjunction); };
    bound.arguments = std::move(arguments);
    return bound;
  };
  registry->Add(std::move(function));
}

}  // namespace

void RegisterBoolean(FunctionRegistry* registry) {
  for (const char* name : {"bool_and", "every"}) Add(registry, name, true);
  for (const char* name : {"bool_or", "some", "any"}) Add(registry, name, false);
}

}  // namespace headrace::aggregate
