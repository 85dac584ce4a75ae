#include "plan/conjuncts.h"

#include <arrow/scalar.h>

namespace headrace {
namespace {

void Split(const ExpressionPtr& condition, std::vector<ExpressionPtr>* conjuncts) {
  if (!IsAnd(*condition)) {
    conjuncts->push_back(condition);
    return;
  }
  for (const ExpressionPtr& child : condition->children()) Split(child, conjuncts);
}

}  // namespace

std::vector<ExpressionPtr> SplitConjuncts(const ExpressionPtr& condition) {
  std::vector<ExpressionPtr> conjuncts;
  if (condition) Split(condition, &conjuncts);
  return conjuncts;
}

ExpressionPtr JoinConjuncts(const std::vector<ExpressionPtr>& conjuncts) {
  ExpressionPtr joined;
  for (const ExpressionPtr& conjunct : conjuncts) {
    joined = joined ? MakeAnd(joined, conjunct) : conjunct;
  }
  return joined;
}

bool IsTrue(const ExpressionPtr& expression) {
  const auto* literal = dynamic_cast<const Literal*>(expression.get());
  return literal && literal->value()->is_valid &&
         literal->value()->type->id() == arrow::Type::BOOL &&
         static_cast<const arrow::BooleanScalar&>(*literal->value()).value;
}

}  // namespace headrace
