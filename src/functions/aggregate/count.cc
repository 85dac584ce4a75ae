// count(x, …), count(*), count_if(condition).
#include <vector>

#include "functions/aggregate/columns.h"
#include "functions/aggregate/registration.h"

namespace headrace::aggregate {
namespace {

class CountAccumulator final : public Accumulator {
 public:
  explicit CountAccumulator(bool only_true) : only_true_(only_true) {}

  Status Resize(int64_t groups) override {
    counts_.resize(static_cast<size_t>(groups), 0);
    return Status::OK();
  }

  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    int64_t* counts = counts_.data();
    if (arguments.empty()) {
      for (int64_t i = 0; i < length; ++i) counts[groups[i]] += filter == nullptr || filter[i] != 0;
    } else if (only_true_) {
      ForEachValid(*arguments[0], groups, length, filter, [&](int64_t i, uint32_t group) {
        counts[group] += BoolValue(*arguments[0], i);
      });
    } else if (arguments.size() == 1) {
      ForEachValid(*arguments[0], groups, length, filter,
                   [&](int64_t, uint32_t group) { ++counts[group]; });
    } else {
      for (int64_t i = 0; i < length; ++i) {
        bool counted = filter == nullptr || filter[i] != 0;
        for (const ArrayPtr& argument : arguments) counted = counted && argument->IsValid(i);
        counts[groups[i]] += counted;
      }
    }
    return Status::OK();
  }

  Status Merge(const uint32_t* groups, int64_t length, const Arrays& states) override {
    const int64_t* values = Values<int64_t>(*states[0]);
    for (int64_t i = 0; i < length; ++i) counts_[groups[i]] += values[i];
    return Status::OK();
  }

  Result<Arrays> States() const override { return Arrays{Column()}; }
  Result<ArrayPtr> Finish() const override { return Column(); }
  void Clear() override { counts_.clear(); }
  int64_t size_bytes() const override { return static_cast<int64_t>(counts_.capacity() * 8); }

 private:
  ArrayPtr Column() const { return MakeFixedWidth(arrow::int64(), counts_, nullptr); }

  const bool only_true_;
  std::vector<int64_t> counts_;
};

BoundAggregate BindCount(std::string name, Arguments arguments, bool only_true) {
  BoundAggregate bound;
  bound.name = std::move(name);
  bound.arguments = std::move(arguments);
  bound.type = arrow::int64();
  bound.nullable = false;
  bound.state_types = {arrow::int64()};
  bound.make = [only_true] { return std::make_unique<CountAccumulator>(only_true); };
  return bound;
}

bool IsVoid(const Expression& expression) { return expression.type()->id() == arrow::Type::NA; }

}  // namespace

void RegisterCount(FunctionRegistry* registry) {
  AggregateFunction count;
  count.names = {"count"};
  count.documentation = {"count(expression, ...) -> bigint",
                         "The number of rows in which no argument is null; of all rows for *.",
                         "count(*)"};
  count.bind = [](Arguments arguments, const BindContext&) -> Result<BoundAggregate> {
    // A constant that is not null counts every row, as count(*) does. (A column that is never null
    // stays: count(DISTINCT x) needs its values.)
    Arguments columns;
    for (ExpressionPtr& argument : arguments) {
      if (argument->nullable() || IsVoid(*argument) || !argument->foldable()) {
        columns.push_back(std::move(argument));
      }
    }
    return BindCount("count", std::move(columns), false);
  };
  count.display = [](const std::vector<std::string>& arguments) {
    std::string text = "count(";
    for (size_t i = 0; i < arguments.size(); ++i) text += (i == 0 ? "" : ", ") + arguments[i];
    return arguments.empty() || (arguments.size() == 1 && arguments[0] == "*") ? "count(1)"
                                                                               : text + ")";
  };
  registry->Add(std::move(count));

  AggregateFunction count_if;
  count_if.names = {"count_if"};
  count_if.documentation = {"count_if(condition) -> bigint",
                            "The number of rows in which the condition is true.",
                            "count_if(a > 1)"};
  count_if.bind = [](Arguments arguments, const BindContext&) -> Result<BoundAggregate> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount("count_if", arguments, 1, 1));
    if (arguments[0]->type()->id() != arrow::Type::BOOL && !IsVoid(*arguments[0])) {
      return UnexpectedInputType("count_if", 0, "\"BOOLEAN\"", *arguments[0]);
    }
    return BindCount("count_if", std::move(arguments), true);
  };
  registry->Add(std::move(count_if));
}

}  // namespace headrace::aggregate
