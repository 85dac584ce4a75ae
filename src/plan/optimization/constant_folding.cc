#include <utility>

#include "plan/conjuncts.h"
#include "plan/optimization/rules.h"

namespace headrace {
namespace {

bool IsLiteral(const ExpressionPtr& expression) {
  return dynamic_cast<const Literal*>(expression.get()) != nullptr;
}

ExpressionPtr FoldNode(const ExpressionPtr& node) {
  if (IsLiteral(node) || !node->foldable() || !node->deterministic()) return nullptr;
  Result<std::shared_ptr<arrow::Scalar>> value = Fold(*node);
  if (!value.ok() || !(*value)->type->Equals(*node->type())) return nullptr;
  return MakeLiteral(std::move(*value));
}

}  // namespace

ResolvedPlanPtr FoldConstants(const ResolvedPlanPtr& plan) {
  return RewriteBottomUp(plan, [](const ResolvedPlanPtr& node) -> ResolvedPlanPtr {
    ResolvedPlanPtr folded = MapExpressions(
        node, [](const ExpressionPtr& expression) { return Transform(expression, FoldNode); });
    if (folded->kind != ResolvedKind::kFilter) return folded;
    std::vector<ExpressionPtr> conjuncts = SplitConjuncts(folded->condition);
    const size_t before = conjuncts.size();
    std::erase_if(conjuncts, IsTrue);
    if (conjuncts.empty()) return folded->children[0];
    if (conjuncts.size() == before) return folded;
    return MakeFilter(folded->children[0], JoinConjuncts(conjuncts));
  });
}

}  // namespace headrace
