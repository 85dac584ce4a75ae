// DISTINCT inside an aggregate call: sum(DISTINCT x), count(DISTINCT x, y), …
#include <vector>

#include "functions/aggregate/aggregate.h"
#include "functions/aggregate/distinct_values.h"

namespace headrace {
namespace {

using aggregate::ArrayPtr;
using aggregate::Arrays;

// State: the list of the distinct arguments.
class DistinctAccumulator final : public Accumulator {
 public:
  DistinctAccumulator(std::vector<DataTypePtr> types, DataTypePtr state_type,
                      std::function<std::unique_ptr<Accumulator>()> make_inner)
      : distinct_(std::move(types)),
        state_type_(std::move(state_type)),
        make_inner_(std::move(make_inner)) {}

  Status Resize(int64_t groups) override {
    distinct_.Resize(groups);
    return Status::OK();
  }
  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    rows_.clear();
    for (int64_t i = 0; i < length; ++i) {
      if (filter == nullptr || filter[i] != 0) rows_.push_back(static_cast<uint32_t>(i));
    }
    return distinct_.Append(groups, arguments, rows_);
  }
  Status Merge(const uint32_t* groups, int64_t, const Arrays& states) override {
    return distinct_.AppendLists(groups, *states[0]);
  }
  Result<Arrays> States() const override {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr lists, distinct_.values().Lists(state_type_));
    return Arrays{std::move(lists)};
  }
  Result<ArrayPtr> Finish() const override {
    std::vector<uint32_t> groups;
    ARROW_ASSIGN_OR_RAISE(Arrays columns, distinct_.values().Sorted(&groups));
    const std::unique_ptr<Accumulator> inner = make_inner_();
    ARROW_RETURN_NOT_OK(inner->Resize(distinct_.values().groups()));
    ARROW_RETURN_NOT_OK(
        inner->Update(groups.data(), static_cast<int64_t>(groups.size()), columns, nullptr));
    return inner->Finish();
  }
  void Clear() override { distinct_.Clear(); }
  int64_t size_bytes() const override { return distinct_.size_bytes(); }

 private:
  aggregate::DistinctValues distinct_;
  const DataTypePtr state_type_;
  const std::function<std::unique_ptr<Accumulator>()> make_inner_;
  std::vector<uint32_t> rows_;
};

}  // namespace

BoundAggregate MakeDistinctAggregate(const BoundAggregate& inner) {
  BoundAggregate distinct = inner;
  // count(DISTINCT 1) has no argument left: all rows are alike.
  if (distinct.arguments.empty()) {
    distinct.arguments.push_back(MakeLiteral(std::make_shared<arrow::BooleanScalar>(true)));
  }
  std::vector<DataTypePtr> types;
  for (const ExpressionPtr& argument : distinct.arguments) types.push_back(argument->type());
  const DataTypePtr state_type = aggregate::GroupedValues::ListType(types);
  distinct.state_types = {state_type};
  distinct.make = [types, state_type, make = inner.make] {
    return std::make_unique<DistinctAccumulator>(types, state_type, make);
  };
  return distinct;
}

}  // namespace headrace
