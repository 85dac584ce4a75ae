#include "functions/aggregate/ordering_argument.h"

#include <map>
#include <utility>

namespace headrace {

OrderingArgument::OrderingArgument(ExpressionPtr value, bool ascending, bool nulls_first)
    : Expression(value->type(), value->nullable(), {value}),
      ascending_(ascending),
      nulls_first_(nulls_first) {}

Result<Datum> OrderingArgument::Evaluate(const arrow::RecordBatch& input,
                                         const EvaluationContext& context) const {
  return value()->Evaluate(input, context);
}

ExpressionPtr OrderingArgument::WithChildren(std::vector<ExpressionPtr> children) const {
  return std::make_shared<OrderingArgument>(std::move(children[0]), ascending_, nulls_first_);
}

std::string OrderingArgument::ToString() const {
  return value()->ToString() + (ascending_ ? " ASC" : " DESC") +
         (nulls_first_ ? " NULLS FIRST" : " NULLS LAST");
}

const int* OrderingsOf(const std::string& aggregate) {
  static const auto& orderings = *new std::map<std::string, int>{{"listagg", 0},
                                                                 {"string_agg", 0},
                                                                 {"mode", 1},
                                                                 {"percentile_cont", 1},
                                                                 {"percentile_disc", 1}};
  const auto found = orderings.find(aggregate);
  return found == orderings.end() ? nullptr : &found->second;
}

std::vector<Ordering> TakeOrderings(std::vector<ExpressionPtr>* arguments,
                                    std::vector<ExpressionPtr>* values) {
  size_t first = arguments->size();
  while (first > 0 && dynamic_cast<const OrderingArgument*>((*arguments)[first - 1].get())) --first;
  std::vector<Ordering> orderings;
  for (size_t i = first; i < arguments->size(); ++i) {
    const auto& ordering = static_cast<const OrderingArgument&>(*(*arguments)[i]);
    orderings.push_back({ordering.ascending(), ordering.nulls_first()});
    values->push_back(ordering.value());
  }
  arguments->resize(first);
  return orderings;
}

}  // namespace headrace
