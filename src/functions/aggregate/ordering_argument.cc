#include "functions/aggregate/ordering_argument.h"

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

std::optional<size_t> OrderingsOf(const std::string& aggregate) {
  if (aggregate == "listagg" || aggregate == "string_agg") return 0;
  if (aggregate == "mode" || aggregate == "percentile_cont" || aggregate == "percentile_disc") {
    return 1;
  }
  return std::nullopt;
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
