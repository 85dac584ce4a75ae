// WITHIN GROUP (ORDER BY …): how an ordering comes to the aggregate that it belongs to.
//
// The analyser puts the orderings behind the other arguments; binders take them off again, so that
// nobody evaluates one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "expression/expression.h"

namespace headrace {

class OrderingArgument final : public Expression {
 public:
  OrderingArgument(ExpressionPtr value, bool ascending, bool nulls_first);
  const ExpressionPtr& value() const { return children()[0]; }
  bool ascending() const { return ascending_; }
  bool nulls_first() const { return nulls_first_; }

  Result<Datum> Evaluate(const arrow::RecordBatch& input,
                         const EvaluationContext& context) const override;
  ExpressionPtr WithChildren(std::vector<ExpressionPtr> children) const override;
  std::string ToString() const override;

 private:
  bool ascending_, nulls_first_;
};

// One sort key, without its value.
struct Ordering {
  bool ascending = true;
  bool nulls_first = true;
};

// The functions that take WITHIN GROUP: the number of orderings that they need (0: any number).
// No value: the function takes none.
std::optional<size_t> OrderingsOf(const std::string& aggregate);

// Takes the orderings off the end of `arguments`: their values go to `values`.
std::vector<Ordering> TakeOrderings(std::vector<ExpressionPtr>* arguments,
                                    std::vector<ExpressionPtr>* values);

}  // namespace headrace
