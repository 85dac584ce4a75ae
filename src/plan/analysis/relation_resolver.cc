#include "plan/analysis/relation_resolver.h"

#include <utility>

#include "plan/analysis/resolution_errors.h"

namespace headrace {
namespace {

bool KeepsIdentity(const NamedExpression& named, const Attribute& input) {
  const auto* reference = dynamic_cast<const AttributeReference*>(named.expression.get());
  return reference && reference->id() == input.id && named.attribute.id == input.id &&
         named.attribute.name == input.name;
}

}  // namespace

Relation Above(const Relation& below, ResolvedPlanPtr plan) {
  Relation relation;
  relation.boundary = below.boundary;
  relation.plan = std::move(plan);
  return relation;
}

Relation Passing(const Relation& below, ResolvedPlanPtr plan) {
  Relation relation = Above(below, std::move(plan));
  relation.hidden = below.hidden;
  return relation;
}

Relation Closed(ResolvedPlanPtr plan) {
  Relation relation;
  relation.boundary = plan;
  relation.plan = std::move(plan);
  return relation;
}

bool IsIdentity(const std::vector<NamedExpression>& projections,
                const std::vector<Attribute>& input) {
  if (projections.size() != input.size()) return false;
  for (size_t i = 0; i < input.size(); ++i) {
    if (!KeepsIdentity(projections[i], input[i])) return false;
  }
  return true;
}

Result<std::vector<NamedExpression>> CastColumns(const std::vector<Attribute>& columns,
                                                 const std::vector<DataTypePtr>& types,
                                                 const AnalyzerContext& context) {
  std::vector<NamedExpression> projections;
  for (size_t i = 0; i < columns.size(); ++i) {
    const Attribute& column = columns[i];
    if (SameType(*column.type, *types[i])) {
      projections.push_back(PassThrough(column));
      continue;
    }
    const CastOptions options = context.bind.cast_options();
    ARROW_RETURN_NOT_OK(CheckCast(*column.type, *types[i], options.mode));
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr cast, MakeCast(ToReference(column), types[i], options));
    projections.push_back(Computed(std::move(cast), column.name));
  }
  return projections;
}

Result<std::vector<Attribute>> RelationResolver::ColumnsNamed(
    const std::vector<std::string>& names, const std::vector<Attribute>& output) const {
  if (names.empty()) return output;
  std::vector<Attribute> columns;
  for (const std::string& name : names) {
    bool found = false;
    for (const Attribute& attribute : output) {
      if (!SameName(attribute.name, name, context_->case_sensitive)) continue;
      columns.push_back(attribute);
      found = true;
    }
    if (!found) return UnresolvedColumn({name}, output);
  }
  return columns;
}

Result<Relation> RelationResolver::Preview(const LogicalPlanPtr& plan) {
  std::vector<PlanOriginPtr>* const origins = std::exchange(origins_, nullptr);
  Result<Relation> relation = Resolve(plan);
  origins_ = origins;
  return relation;
}

Result<Relation> RelationResolver::Resolve(const LogicalPlanPtr& plan) {
  std::vector<PlanOriginPtr> child_origins;
  std::vector<PlanOriginPtr>* const siblings = std::exchange(origins_, &child_origins);
  Result<Relation> resolved = ResolveOperator(plan);
  origins_ = siblings;
  if (!resolved.ok()) return WithContext(resolved.status(), plan->query_context);
  Relation relation = std::move(*resolved);
  auto origin = std::make_shared<PlanOrigin>();
  origin->plan_id = plan->plan_id;
  origin->plan = relation.plan;
  origin->hidden = relation.hidden;
  origin->is_union = plan->kind == LogicalKind::kUnion;
  origin->children = std::move(child_origins);
  relation.origin = std::move(origin);
  relation.outer = outer_;
  if (siblings) siblings->push_back(relation.origin);
  return relation;
}

Result<Relation> RelationResolver::ResolveOperator(const LogicalPlanPtr& plan) {
  switch (plan->kind) {
    case LogicalKind::kRead:
      return ResolveRead(plan);
    case LogicalKind::kNamedTable:
      return ResolveTable(plan);
    case LogicalKind::kLocalData:
      return ResolveLocalData(*plan);
    case LogicalKind::kRange:
      return ResolveRange(*plan);
    case LogicalKind::kCachedRemote:
      return ResolveCached(*plan);
    case LogicalKind::kCatalog:
      return ResolveCatalog(plan);
    case LogicalKind::kProject:
      return ResolveProject(*plan);
    case LogicalKind::kWithColumns:
      return ResolveWithColumns(*plan);
    case LogicalKind::kCollectMetrics:
      return ResolveCollectMetrics(*plan);
    case LogicalKind::kMapPython:
      return ResolveMapPython(*plan);
    case LogicalKind::kGroupMapPython:
      return ResolveGroupMapPython(*plan);
    case LogicalKind::kLateralView:
      return ResolveLateralView(*plan);
    case LogicalKind::kFilter:
      return ResolveFilter(*plan);
    case LogicalKind::kAggregate:
      return ResolveAggregate(*plan);
    case LogicalKind::kSort:
      return ResolveSort(*plan);
    case LogicalKind::kLimit:
    case LogicalKind::kOffset:
    case LogicalKind::kTail:
      return ResolveCounted(*plan);
    case LogicalKind::kUnion:
    case LogicalKind::kIntersect:
    case LogicalKind::kExcept:
      return ResolveSetOperation(*plan);
    case LogicalKind::kJoin:
      return plan->name == "LATERAL" ? ResolveLateralJoin(*plan) : ResolveJoin(*plan);
    case LogicalKind::kDeduplicate:
      return ResolveDeduplicate(*plan);
    case LogicalKind::kSubqueryAlias:
      return ResolveAlias(*plan);
    case LogicalKind::kToDf:
      return ResolveToDf(*plan);
    case LogicalKind::kRenameColumns:
      return ResolveRenameColumns(*plan);
    case LogicalKind::kDrop:
      return ResolveDrop(*plan);
    case LogicalKind::kToSchema:
      return ResolveToSchema(*plan);
    case LogicalKind::kWatermark:
      return ResolveWatermark(*plan);
    case LogicalKind::kSample:
      return ResolveSample(*plan);
    case LogicalKind::kFillNa:
      return ResolveFillNa(*plan);
    case LogicalKind::kDropNa:
      return ResolveDropNa(*plan);
    case LogicalKind::kReplaceNa:
      return ResolveReplaceNa(*plan);
    case LogicalKind::kRepartition:
    case LogicalKind::kHint: {
      // Neither changes the rows; how they lie over partitions is the engine's own affair.
      ARROW_ASSIGN_OR_RAISE(Relation child, ResolveChild(*plan));
      return Passing(child, child.plan);
    }
    case LogicalKind::kShowString:
    case LogicalKind::kHtmlString:
      return NotSupported("show() as the input of another operation");
    case LogicalKind::kUnpivot:
      return ResolveUnpivot(*plan);
    case LogicalKind::kDescribe:
      return ResolveStatistic(*plan);
    case LogicalKind::kGroupsWithState:
      return ResolveGroupsWithState(*plan);
    case LogicalKind::kUnsupported:
      return NotSupported(plan->name);
  }
  return Status::Invalid("unknown kind of relation");
}

}  // namespace headrace
