#include <unordered_map>
#include <utility>

#include "plan/optimization/rules.h"

namespace headrace {
namespace {

// How often each column is read.
std::unordered_map<int64_t, int> CountUses(const std::vector<NamedExpression>& projections) {
  std::unordered_map<int64_t, int> uses;
  for (const NamedExpression& projection : projections) {
    Visit(projection.expression, [&](const Expression& node) {
      if (const auto* reference = dynamic_cast<const AttributeReference*>(&node)) {
        ++uses[reference->id()];
      }
    });
  }
  return uses;
}

bool MayMerge(const ResolvedPlan& outer, const ResolvedPlan& inner) {
  const std::unordered_map<int64_t, int> uses = CountUses(outer.projections);
  for (const NamedExpression& projection : inner.projections) {
    if (!projection.expression->deterministic()) return false;
    const auto used = uses.find(projection.attribute.id);
    if (used != uses.end() && used->second > 1 && !IsCheap(*projection.expression)) return false;
  }
  return true;
}

// The same columns under the same names in the same order.
bool IsIdentity(const ResolvedPlan& project) {
  const std::vector<Attribute>& input = project.children[0]->output;
  if (project.projections.size() != input.size()) return false;
  for (size_t i = 0; i < input.size(); ++i) {
    const NamedExpression& projection = project.projections[i];
    const auto* reference = dynamic_cast<const AttributeReference*>(projection.expression.get());
    if (!reference || reference->id() != input[i].id || projection.attribute.id != input[i].id ||
        projection.attribute.name != input[i].name) {
      return false;
    }
  }
  return true;
}

ResolvedPlanPtr Merge(const ResolvedPlanPtr& node) {
  if (node->kind != ResolvedKind::kProject) return node;
  if (IsIdentity(*node)) return node->children[0];
  const ResolvedPlanPtr& inner = node->children[0];
  if (inner->kind != ResolvedKind::kProject || !MayMerge(*node, *inner)) return node;
  const Substitution definitions = DefinitionsOf(inner->projections);
  std::vector<NamedExpression> merged = node->projections;
  for (NamedExpression& projection : merged) {
    projection.expression = Substitute(projection.expression, definitions);
  }
  return Merge(MakeProject(inner->children[0], std::move(merged)));
}

}  // namespace

bool IsCheap(const Expression& expression) {
  if (dynamic_cast<const AttributeReference*>(&expression) ||
      dynamic_cast<const Literal*>(&expression)) {
    return true;
  }
  return StructFieldOrdinal(expression) >= 0 && IsCheap(*expression.children()[0]);
}

ResolvedPlanPtr MergeProjections(const ResolvedPlanPtr& plan) {
  return RewriteBottomUp(plan, Merge);
}

}  // namespace headrace
