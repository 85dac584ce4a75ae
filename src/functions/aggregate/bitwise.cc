// bit_and(x), bit_or(x), bit_xor(x) over integers.
#include <vector>

#include "functions/aggregate/columns.h"
#include "functions/aggregate/registration.h"

namespace headrace::aggregate {
namespace {

enum class Bitwise { kAnd, kOr, kXor };

// State and result: the combination of the values that are not null.
template <typename T>
class BitwiseAccumulator final : public Accumulator {
 public:
  BitwiseAccumulator(DataTypePtr type, Bitwise operation)
      : type_(std::move(type)), operation_(operation) {}

  Status Resize(int64_t groups) override {
    const T neutral = operation_ == Bitwise::kAnd ? static_cast<T>(-1) : T{0};
    values_.resize(static_cast<size_t>(groups), neutral);
    seen_.resize(static_cast<size_t>(groups), 0);
    return Status::OK();
  }
  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    const T* input = Values<T>(*arguments[0]);
    ForEachValid(*arguments[0], groups, length, filter, [&](int64_t i, uint32_t group) {
      T& value = values_[group];
      if (operation_ == Bitwise::kAnd) value = static_cast<T>(value & input[i]);
      if (operation_ == Bitwise::kOr) value = static_cast<T>(value | input[i]);
      if (operation_ == Bitwise::kXor) value = static_cast<T>(value ^ input[i]);
      seen_[group] = 1;
    });
    return Status::OK();
  }
  Status Merge(const uint32_t* groups, int64_t length, const Arrays& states) override {
    return Update(groups, length, states, nullptr);
  }
  Result<Arrays> States() const override { return Arrays{MakeFixedWidth(type_, values_, &seen_)}; }
  Result<ArrayPtr> Finish() const override { return MakeFixedWidth(type_, values_, &seen_); }
  void Clear() override {
    values_.clear();
    seen_.clear();
  }
  int64_t size_bytes() const override {
    return static_cast<int64_t>(values_.capacity() * sizeof(T) + seen_.capacity());
  }

 private:
  const DataTypePtr type_;
  const Bitwise operation_;
  std::vector<T> values_;
  std::vector<uint8_t> seen_;
};

std::unique_ptr<Accumulator> Make(const DataTypePtr& type, Bitwise operation) {
  switch (type->id()) {
    case arrow::Type::INT8:
      return std::make_unique<BitwiseAccumulator<int8_t>>(type, operation);
    case arrow::Type::INT16:
      return std::make_unique<BitwiseAccumulator<int16_t>>(type, operation);
    case arrow::Type::INT32:
      return std::make_unique<BitwiseAccumulator<int32_t>>(type, operation);
    default:
      return std::make_unique<BitwiseAccumulator<int64_t>>(type, operation);
  }
}

void Add(FunctionRegistry* registry, const std::string& name, Bitwise operation) {
  AggregateFunction function;
  function.names = {name};
  function.documentation = {name + "(integral) -> same type",
                            "The bits of all values that are not null, combined.", name + "(a)"};
  function.bind = [name, operation](Arguments arguments,
                                    const BindContext&) -> Result<BoundAggregate> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments, 1, 1));
    if (!IsIntegral(*arguments[0]->type())) {
      return UnexpectedInputType(name, 0, "\"INTEGRAL\"", *arguments[0]);
    }
    const DataTypePtr type = arguments[0]->type();
    BoundAggregate bound;
    bound.name = name;
    bound.type = type;
    bound.state_types = {type};
    bound.make = [type, operation] { return Make(type, operation); };
    bound.arguments = std::move(arguments);
    return bound;
  };
  registry->Add(std::move(function));
}

}  // namespace

void RegisterBitwise(FunctionRegistry* registry) {
  Add(registry, "bit_and", Bitwise::kAnd);
  Add(registry, "bit_or", Bitwise::kOr);
  Add(registry, "bit_xor", Bitwise::kXor);
}

}  // namespace headrace::aggregate
