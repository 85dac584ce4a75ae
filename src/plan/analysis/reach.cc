#include "plan/analysis/reach.h"

#include <utility>

namespace headrace {
namespace {

bool PassesColumns(ResolvedKind kind) {
  switch (kind) {
    case ResolvedKind::kProject:
    case ResolvedKind::kFilter:
    case ResolvedKind::kSort:
    case ResolvedKind::kLimit:
    case ResolvedKind::kOffset:
    case ResolvedKind::kTail:
    case ResolvedKind::kGenerate:
    case ResolvedKind::kWatermark:
    case ResolvedKind::kSample:
    case ResolvedKind::kCollectMetrics:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::vector<std::vector<Attribute>> ReachableBelow(const Relation& relation) {
  std::vector<std::vector<Attribute>> levels;
  ResolvedPlanPtr plan = relation.plan;
  while (plan != relation.boundary && PassesColumns(plan->kind)) {
    const bool drops = plan->kind == ResolvedKind::kProject;
    plan = plan->children[0];
    if (drops) levels.push_back(plan->output);
  }
  return levels;
}

namespace {

ResolvedPlanPtr AddToScan(const ResolvedPlanPtr& scan, const AttributeSet& missing,
                          const std::vector<Attribute>& hidden) {
  auto wider = std::make_shared<ResolvedPlan>(*scan);
  for (const Attribute& attribute : hidden) {
    if (missing.contains(attribute.id)) wider->output.push_back(attribute);
  }
  return wider->output.size() == scan->output.size() ? scan : wider;
}

}  // namespace

ResolvedPlanPtr AddMissing(const ResolvedPlanPtr& plan, const AttributeSet& wanted,
                           const std::vector<Attribute>& hidden) {
  AttributeSet missing;
  for (int64_t id : wanted) {
    if (!FindAttribute(plan->output, id)) missing.insert(id);
  }
  if (missing.empty()) return plan;
  if (plan->kind == ResolvedKind::kScan) return AddToScan(plan, missing, hidden);
  if (!PassesColumns(plan->kind)) return plan;
  ResolvedPlanPtr child = AddMissing(plan->children[0], missing, hidden);
  if (plan->kind != ResolvedKind::kProject) return WithChildren(plan, {std::move(child)});
  std::vector<NamedExpression> projections = plan->projections;
  for (const Attribute& attribute : child->output) {
    if (missing.erase(attribute.id) > 0) projections.push_back(PassThrough(attribute));
  }
  return MakeProject(std::move(child), std::move(projections));
}

AttributeSet IdsIn(const AttributeSet& ids, const std::vector<Attribute>& attributes) {
  AttributeSet found;
  for (const Attribute& attribute : attributes) {
    if (ids.contains(attribute.id)) found.insert(attribute.id);
  }
  return found;
}

}  // namespace headrace
