// collect_list(x), collect_set(x): arrays of the values that are not null.
#include <vector>

#include "functions/aggregate/distinct_values.h"
#include "functions/aggregate/grouped_values.h"
#include "functions/aggregate/registration.h"

namespace headrace::aggregate {
namespace {

// Collection is GroupedValues or DistinctValues. State and result: the list.
template <typename Collection>
class CollectAccumulator final : public Accumulator {
 public:
  CollectAccumulator(const DataTypePtr& element, DataTypePtr type)
      : collection_({element}), type_(std::move(type)) {}

  Status Resize(int64_t groups) override {
    collection_.Resize(groups);
    return Status::OK();
  }
  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    ValidRows(*arguments[0], groups, length, filter, &rows_);
    return collection_.Append(groups, arguments, rows_);
  }
  Status Merge(const uint32_t* groups, int64_t, const Arrays& states) override {
    return collection_.AppendLists(groups, *states[0]);
  }
  Result<Arrays> States() const override {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr lists, Finish());
    return Arrays{std::move(lists)};
  }
  Result<ArrayPtr> Finish() const override { return Values(collection_).Lists(type_); }
  void Clear() override { collection_.Clear(); }
  int64_t size_bytes() const override { return collection_.size_bytes(); }

 private:
  static const GroupedValues& Values(const GroupedValues& values) { return values; }
  static const GroupedValues& Values(const DistinctValues& values) { return values.values(); }

  Collection collection_;
  const DataTypePtr type_;
  std::vector<uint32_t> rows_;
};

Result<BoundAggregate> BindCollect(bool set, Arguments arguments) {
  const std::string name = set ? "collect_set" : "collect_list";
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments, 1, 1));
  const DataTypePtr element = arguments[0]->type();
  if (set && ContainsMap(*element)) {
    return AnalysisError("DATATYPE_MISMATCH.UNSUPPORTED_INPUT_TYPE",
                         "collect_set cannot tell equal maps; " + arguments[0]->ToString() +
                             " is " + SqlName(*element) + ".",
                         {{"functionName", "`collect_set`"},
                          {"dataType", "\"MAP\""},
                          {"sqlExpr", "\"collect_set(" + arguments[0]->ToString() + ")\""}});
  }
  BoundAggregate bound;
  bound.name = name;
  bound.type = ArrayOf(element, false);
  bound.nullable = false;
  bound.state_types = {bound.type};
  bound.deterministic = false;
  bound.make = [set, element, type = bound.type]() -> std::unique_ptr<Accumulator> {
    if (set) return std::make_unique<CollectAccumulator<DistinctValues>>(element, type);
    return std::make_unique<CollectAccumulator<GroupedValues>>(element, type);
  };
  bound.arguments = std::move(arguments);
  return bound;
}

}  // namespace

void RegisterCollect(FunctionRegistry* registry) {
  const auto add = [registry](std::vector<std::string> names, bool set, std::string description) {
    AggregateFunction function;
    const std::string name = names[0];
    function.names = std::move(names);
    function.documentation = {name + "(any) -> array", std::move(description), name + "(a)"};
    function.bind = [set](Arguments arguments, const BindContext&) {
      return BindCollect(set, std::move(arguments));
    };
    function.display = [name](const std::vector<std::string>& arguments) {
      return name + "(" + (arguments.empty() ? "" : arguments[0]) + ")";
    };
    registry->Add(std::move(function));
  };
  add({"collect_list", "array_agg"}, false,
      "All values that are not null, in the order in which they came.");
  add({"collect_set"}, true, "The distinct values that are not null.");
}

}  // namespace headrace::aggregate
