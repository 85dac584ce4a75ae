// max_by(x, y), min_by(x, y): the x of the row with the largest or smallest y.
#include <vector>

#include "functions/aggregate/columns.h"
#include "functions/aggregate/kept_rows.h"
#include "functions/aggregate/registration.h"
#include "functions/compare_values.h"

namespace headrace::aggregate {
namespace {

// State: value, order. Of rows with equal order the last one wins, as in Spark.
class ExtremeBy final : public Accumulator {
 public:
  ExtremeBy(const DataTypePtr& value, const DataTypePtr& order, bool maximum)
      : values_(value), orders_(order), maximum_(maximum) {}

  Status Resize(int64_t groups) override {
    values_.Resize(groups);
    orders_.Resize(groups);
    return Status::OK();
  }
  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    ARROW_RETURN_NOT_OK(values_.Begin(arguments[0]));
    ARROW_RETURN_NOT_OK(orders_.Begin(arguments[1]));
    const arrow::Array& orders = *arguments[1];
    ForEachValid(orders, groups, length, filter, [&](int64_t i, uint32_t group) {
      if (orders_.has(group)) {
        const int order = CompareValues(orders, i, orders_.array(group), orders_.row(group));
        if (maximum_ ? order < 0 : order > 0) return;
      }
      values_.Set(group, i);
      orders_.Set(group, i);
    });
    return Status::OK();
  }
  Status Merge(const uint32_t* groups, int64_t length, const Arrays& states) override {
    return Update(groups, length, states, nullptr);
  }
  Result<Arrays> States() const override {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr values, values_.Values());
    ARROW_ASSIGN_OR_RAISE(ArrayPtr orders, orders_.Values());
    return Arrays{std::move(values), std::move(orders)};
  }
  Result<ArrayPtr> Finish() const override { return values_.Values(); }
  void Clear() override {
    values_.Clear();
    orders_.Clear();
  }
  int64_t size_bytes() const override { return values_.size_bytes() + orders_.size_bytes(); }

 private:
  KeptRows values_, orders_;
  const bool maximum_;
};

void Add(FunctionRegistry* registry, const std::string& name, bool maximum) {
  AggregateFunction function;
  function.names = {name};
  function.documentation = {name + "(any, any ordered type) -> type of the first argument",
                            std::string("The first argument in the row where the second is ") +
                                (maximum ? "largest." : "smallest."),
                            name + "(a, b)"};
  function.bind = [name, maximum](Arguments arguments,
                                  const BindContext&) -> Result<BoundAggregate> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments, 2, 2));
    const DataTypePtr value = arguments[0]->type(), order = arguments[1]->type();
    if (!IsOrderable(*order)) {
      return AnalysisError("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
                           name + " orders by " + arguments[1]->ToString() + ", which is " +
                               SqlName(*order) + " and has no order.",
                           {{"functionName", "`" + name + "`"},
                            {"dataType", "\"" + SqlName(*order) + "\""},
                            {"sqlExpr", "\"" + name + "(" + arguments[0]->ToString() + ", " +
                                            arguments[1]->ToString() + ")\""}});
    }
    BoundAggregate bound;
    bound.name = name;
    bound.type = value;
    bound.state_types = {value, order};
    bound.make = [value, order, maximum] {
      return std::make_unique<ExtremeBy>(value, order, maximum);
    };
    bound.arguments = std::move(arguments);
    return bound;
  };
  registry->Add(std::move(function));
}

}  // namespace

void RegisterMaxBy(FunctionRegistry* registry) {
  Add(registry, "max_by", true);
  Add(registry, "min_by", false);
}

}  // namespace headrace::aggregate
