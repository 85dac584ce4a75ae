#include <algorithm>
#include <utility>

#include <arrow/type_traits.h>

#include "plan/optimization/rules.h"
#include "plan/python_operation.h"
#include "plan/window_operation.h"

namespace headrace {
namespace {

ResolvedPlanPtr Prune(const ResolvedPlanPtr& plan, const AttributeSet& required);

// The columns that the node's own expressions read, added to `required`.
AttributeSet WithReferences(const ResolvedPlan& plan, AttributeSet required) {
  VisitExpressions(
      plan, [&](const ExpressionPtr& expression) { CollectReferences(expression, &required); });
  return required;
}

// Exactly the required columns of `columns`, in this order.
ResolvedPlanPtr Exactly(ResolvedPlanPtr plan, const std::vector<Attribute>& columns,
                        const AttributeSet& required) {
  std::vector<Attribute> wanted;
  for (const Attribute& column : columns) {
    if (required.contains(column.id)) wanted.push_back(column);
  }
  bool same = wanted.size() == plan->output.size();
  for (size_t i = 0; same && i < wanted.size(); ++i) {
    same = wanted[i].id == plan->output[i].id;
  }
  return same ? plan : MakeProject(std::move(plan), PassThrough(wanted));
}

// Pruned, and without what only the operators below needed: rows are copied or kept above.
ResolvedPlanPtr PruneExactly(const ResolvedPlanPtr& plan, const AttributeSet& required) {
  ResolvedPlanPtr pruned = Prune(plan, required);
  if (required.empty() || pruned->output.size() == required.size()) return pruned;
  return Exactly(pruned, pruned->output, required);
}

ResolvedPlanPtr PruneProject(const ResolvedPlanPtr& plan, const AttributeSet& required) {
  std::vector<NamedExpression> kept;
  for (const NamedExpression& projection : plan->projections) {
    if (required.contains(projection.attribute.id)) kept.push_back(projection);
  }
  // Only the number of rows counts.
  if (kept.empty()) return Prune(plan->children[0], {});
  AttributeSet below;
  for (const NamedExpression& projection : kept) CollectReferences(projection.expression, &below);
  return MakeProject(Prune(plan->children[0], below), std::move(kept));
}

ResolvedPlanPtr PruneAggregate(const ResolvedPlanPtr& plan, const AttributeSet& required) {
  std::vector<NamedAggregate> kept;
  for (const NamedAggregate& aggregate : plan->aggregates) {
    if (required.contains(aggregate.attribute.id)) kept.push_back(aggregate);
  }
  AttributeSet below;
  for (const NamedExpression& grouping : plan->groupings) {
    CollectReferences(grouping.expression, &below);
  }
  for (const NamedAggregate& aggregate : kept) {
    for (const ExpressionPtr& argument : aggregate.aggregate.arguments) {
      CollectReferences(argument, &below);
    }
    CollectReferences(aggregate.filter, &below);
  }
  return MakeAggregate(Prune(plan->children[0], below), plan->groupings, std::move(kept));
}

// The column by which a reader counts rows when nobody wants any: cheap to read, and not the one of
// malformed records, which is no column of the files.
const Attribute& ColumnToCount(const std::vector<Attribute>& columns) {
  const auto cost = [](const Attribute& column) {
    if (column.name == "_corrupt_record") return 3;
    if (column.type->num_fields() > 0) return 2;
    return arrow::is_fixed_width(*column.type) ? 0 : 1;
  };
  return *std::min_element(
      columns.begin(), columns.end(),
      [&](const Attribute& a, const Attribute& b) { return cost(a) < cost(b); });
}

ResolvedPlanPtr PruneScan(const ResolvedPlanPtr& plan, AttributeSet required) {
  for (const ExpressionPtr& filter : plan->pushed_filters) CollectReferences(filter, &required);
  auto scan = std::make_shared<ResolvedPlan>(*plan);
  std::erase_if(scan->output,
                [&](const Attribute& column) { return !required.contains(column.id); });
  if (scan->output.empty() && !plan->output.empty()) scan->output = {ColumnToCount(plan->output)};
  return scan->output.size() == plan->output.size() ? plan : ResolvedPlanPtr(std::move(scan));
}

ResolvedPlanPtr PruneUnion(const ResolvedPlanPtr& plan, const AttributeSet& required) {
  std::vector<bool> kept;
  bool any = false;
  for (const Attribute& column : plan->output) {
    kept.push_back(required.contains(column.id));
    any |= kept.back();
  }
  if (!any && !kept.empty()) kept[0] = true;
  std::vector<ResolvedPlanPtr> children;
  for (const ResolvedPlanPtr& child : plan->children) {
    std::vector<Attribute> columns;
    AttributeSet wanted;
    for (size_t i = 0; i < kept.size(); ++i) {
      if (!kept[i]) continue;
      columns.push_back(child->output[i]);
      wanted.insert(child->output[i].id);
    }
    ResolvedPlanPtr pruned = Prune(child, wanted);
    bool same = pruned->output.size() == columns.size();
    for (size_t i = 0; same && i < columns.size(); ++i) {
      same = pruned->output[i].id == columns[i].id;
    }
    children.push_back(same ? std::move(pruned)
                            : MakeProject(std::move(pruned), PassThrough(columns)));
  }
  return WithChildren(plan, std::move(children));
}

ResolvedPlanPtr PruneJoin(const ResolvedPlanPtr& plan, const AttributeSet& required) {
  AttributeSet used = WithReferences(*plan, required);
  std::vector<ResolvedPlanPtr> children;
  for (const ResolvedPlanPtr& child : plan->children) {
    AttributeSet side;
    for (const Attribute& column : child->output) {
      if (used.contains(column.id)) side.insert(column.id);
    }
    children.push_back(PruneExactly(child, side));
  }
  return WithChildren(plan, std::move(children));
}

// The child's columns stand before those that the function makes.
ResolvedPlanPtr PruneTableFunction(const ResolvedPlanPtr& plan, const AttributeSet& required) {
  const AttributeSet used = WithReferences(*plan, required);
  AttributeSet below;
  for (const Attribute& column : plan->children[0]->output) {
    if (used.contains(column.id)) below.insert(column.id);
  }
  auto pruned = std::make_shared<ResolvedPlan>(*plan);
  pruned->children = {Prune(plan->children[0], below)};
  pruned->output = pruned->children[0]->output;
  pruned->output.insert(pruned->output.end(),
                        plan->output.end() - std::ssize(plan->python->results), plan->output.end());
  return pruned;
}

ResolvedPlanPtr Prune(const ResolvedPlanPtr& plan, const AttributeSet& required) {
  switch (plan->kind) {
    case ResolvedKind::kScan:
      return PruneScan(plan, required);
    case ResolvedKind::kLocalData:
    case ResolvedKind::kRange:
      return plan;
    case ResolvedKind::kProject:
      return PruneProject(plan, required);
    case ResolvedKind::kAggregate:
      return PruneAggregate(plan, required);
    case ResolvedKind::kUnion:
      return PruneUnion(plan, required);
    case ResolvedKind::kJoin:
      return PruneJoin(plan, required);
    case ResolvedKind::kDistinct:
    case ResolvedKind::kIntersect:
    case ResolvedKind::kExcept:
    case ResolvedKind::kGroupsWithState: {
      // Whole rows are compared, or handed to a function.
      std::vector<ResolvedPlanPtr> children;
      for (const ResolvedPlanPtr& child : plan->children) {
        children.push_back(
            Exactly(Prune(child, IdsOf(child->output)), child->output, IdsOf(child->output)));
      }
      return WithChildren(plan, std::move(children));
    }
    case ResolvedKind::kDeduplicate: {
      AttributeSet below = required;
      below.insert(plan->keys.begin(), plan->keys.end());
      for (const Attribute& column : plan->output) {
        if (plan->within_watermark && column.watermark_delay_us) below.insert(column.id);
      }
      return WithChildren(plan, {PruneExactly(plan->children[0], below)});
    }
    case ResolvedKind::kWatermark: {
      AttributeSet below = required;
      below.insert(plan->event_time);
      return WithChildren(plan, {Prune(plan->children[0], below)});
    }
    case ResolvedKind::kWindow: {
      AttributeSet below = required;
      bool used = false;
      for (auto it = plan->output.end() - std::ssize(plan->window->functions);
           it != plan->output.end(); ++it) {
        used |= below.erase(it->id) > 0;
      }
      if (!used) return Prune(plan->children[0], required);
      return WithChildren(plan, {PruneExactly(plan->children[0], WithReferences(*plan, below))});
    }
    case ResolvedKind::kPython:
      if (plan->python->keeps_input) return PruneTableFunction(plan, required);
      return WithChildren(plan, {Prune(plan->children[0], WithReferences(*plan, {}))});
    case ResolvedKind::kSort:
      return WithChildren(plan, {PruneExactly(plan->children[0], WithReferences(*plan, required))});
    case ResolvedKind::kFilter:
    case ResolvedKind::kGenerate:
    case ResolvedKind::kCollectMetrics:
    case ResolvedKind::kLimit:
    case ResolvedKind::kOffset:
    case ResolvedKind::kTail:
    case ResolvedKind::kSample: {
      AttributeSet below = WithReferences(*plan, required);
      if (plan->kind == ResolvedKind::kGenerate) {
        for (auto it = plan->output.end() - plan->generator.output.size(); it != plan->output.end();
             ++it) {
          below.erase(it->id);
        }
      }
      return WithChildren(plan, {Prune(plan->children[0], below)});
    }
  }
  return plan;
}

}  // namespace

ResolvedPlanPtr PruneColumns(const ResolvedPlanPtr& plan) {
  ResolvedPlanPtr pruned = Prune(plan, IdsOf(plan->output));
  bool same = pruned->output.size() == plan->output.size();
  for (size_t i = 0; same && i < plan->output.size(); ++i) {
    same = pruned->output[i].id == plan->output[i].id;
  }
  return same ? pruned : MakeProject(std::move(pruned), PassThrough(plan->output));
}

}  // namespace headrace
