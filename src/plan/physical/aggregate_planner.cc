// Aggregations in two steps around an exchange; duplicates are removed the same way.
#include <numeric>
#include <utility>

#include "plan/physical/planner.h"

namespace headrace {
namespace {

std::vector<int> FirstColumns(size_t count) {
  std::vector<int> columns(count);
  std::iota(columns.begin(), columns.end(), 0);
  return columns;
}

Lowered Exchange(Lowered child, size_t key_count) {
  if (key_count == 0) return ExchangeToSingle(std::move(child));
  return ExchangeByHash(std::move(child), FirstColumns(key_count));
}

bool AnyDistinct(const std::vector<NamedAggregate>& aggregates) {
  for (const NamedAggregate& aggregate : aggregates) {
    if (aggregate.distinct) return true;
  }
  return false;
}

// Keys, then the columns that the aggregates read, so that whole groups can be exchanged.
Result<Lowered> ProjectKeysFirst(const ResolvedPlan& plan, Lowered child) {
  std::vector<ExpressionPtr> expressions;
  std::vector<Attribute> output;
  for (const NamedExpression& grouping : plan.groupings) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr bound, Bind(grouping.expression, child.output));
    expressions.push_back(std::move(bound));
    output.push_back(grouping.attribute);
  }
  AttributeSet read;
  for (const NamedAggregate& aggregate : plan.aggregates) {
    for (const ExpressionPtr& argument : aggregate.aggregate.arguments) {
      CollectReferences(argument, &read);
    }
    CollectReferences(aggregate.filter, &read);
  }
  for (const Attribute& attribute : child.output) {
    if (!read.contains(attribute.id)) continue;
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr bound, Bind(ToReference(attribute), child.output));
    expressions.push_back(std::move(bound));
    output.push_back(attribute);
  }
  return ProjectNode(std::move(child), std::move(expressions), std::move(output));
}

// Groupings and aggregates bound to the child; the result's columns are keys, then states.
Result<Lowered> PartialAggregate(const ResolvedPlan& plan, Lowered child, bool keys_are_first) {
  auto node = std::make_shared<PhysicalNode>();
  node->kind = PhysicalKind::kPartialAggregate;
  node->key_count = static_cast<int>(plan.groupings.size());
  std::vector<Attribute> output;
  for (size_t i = 0; i < plan.groupings.size(); ++i) {
    const NamedExpression& grouping = plan.groupings[i];
    ExpressionPtr key;
    if (keys_are_first) {
      const Attribute& column = child.output[i];
      key = std::make_shared<BoundReference>(static_cast<int>(i), column.name, column.type,
                                             column.nullable);
    } else {
      ARROW_ASSIGN_OR_RAISE(key, Bind(grouping.expression, child.output));
    }
    node->groupings.push_back(std::move(key));
    output.push_back(grouping.attribute);
  }
  for (const NamedAggregate& aggregate : plan.aggregates) {
    ARROW_ASSIGN_OR_RAISE(PhysicalAggregate bound, Bind(aggregate, child.output));
    for (size_t i = 0; i < bound.aggregate.state_types.size(); ++i) {
      Attribute state;
      state.id = NextAttributeId();
      state.name = aggregate.aggregate.name + "_state" + std::to_string(i);
      state.type = bound.aggregate.state_types[i];
      output.push_back(std::move(state));
    }
    node->aggregates.push_back(std::move(bound));
  }
  node->schema = PhysicalSchema(output);
  node->children = {std::move(child.node)};
  return Lowered{std::move(node), std::move(output)};
}

// From keys and states to keys and results.
Lowered MergingAggregate(PhysicalKind kind, const ResolvedPlan& plan, Lowered child,
                         const PhysicalNode& partial) {
  auto node = std::make_shared<PhysicalNode>();
  node->kind = kind;
  node->key_count = partial.key_count;
  node->aggregates = partial.aggregates;
  for (int i = 0; i < partial.key_count; ++i) {
    const Attribute& key = child.output[i];
    node->groupings.push_back(
        std::make_shared<BoundReference>(i, key.name, key.type, key.nullable));
  }
  node->schema = PhysicalSchema(plan.output);
  node->children = {std::move(child.node)};
  return {std::move(node), plan.output};
}

}  // namespace

Result<Lowered> PhysicalPlanner::LowerAggregate(const ResolvedPlan& plan) {
  const bool stateful = options_.streaming && IsStreaming(*plan.children[0]);
  ARROW_ASSIGN_OR_RAISE(Lowered child, Lower(plan.children[0]));
  const size_t key_count = plan.groupings.size();
  // Values can be told apart only where all rows of a group meet, so rows are exchanged then.
  const bool distinct = AnyDistinct(plan.aggregates);
  if (distinct) {
    ARROW_ASSIGN_OR_RAISE(child, ProjectKeysFirst(plan, std::move(child)));
    child = Exchange(std::move(child), key_count);
  }
  ARROW_ASSIGN_OR_RAISE(Lowered partial, PartialAggregate(plan, std::move(child), distinct));
  const MutableNode partial_node = partial.node;
  Lowered merged = distinct ? std::move(partial) : Exchange(std::move(partial), key_count);
  Lowered result =
      MergingAggregate(stateful ? PhysicalKind::kStatefulAggregate : PhysicalKind::kFinalAggregate,
                       plan, std::move(merged), *partial_node);
  // In complete mode nothing is late and nothing leaves the state.
  if (stateful && options_.output_mode != OutputMode::kComplete) {
    for (size_t i = 0; i < key_count; ++i) {
      const Attribute& key = plan.groupings[i].attribute;
      if (!key.watermark_delay_us) continue;
      result.node->event_time_key = static_cast<int>(i);
      result.node->event_time_is_window = key.is_window;
    }
  }
  return result;
}

// SELECT DISTINCT: grouping by all columns, aggregating nothing.
Result<Lowered> PhysicalPlanner::LowerDistinct(const ResolvedPlan& plan) {
  const ResolvedPlanPtr grouped =
      MakeAggregate(plan.children[0], PassThrough(plan.children[0]->output), {});
  return LowerAggregate(*grouped);
}

Result<Lowered> PhysicalPlanner::LowerDeduplicate(const ResolvedPlan& plan) {
  const bool stateful = options_.streaming && IsStreaming(*plan.children[0]);
  ARROW_ASSIGN_OR_RAISE(Lowered child, Lower(plan.children[0]));
  std::vector<int> keys;
  for (int64_t key : plan.keys) {
    ARROW_ASSIGN_OR_RAISE(const int column, PositionOf(key, child.output));
    keys.push_back(column);
  }
  Lowered exchanged =
      keys.empty() ? ExchangeToSingle(std::move(child)) : ExchangeByHash(std::move(child), keys);
  Lowered node =
      PassingNode(stateful ? PhysicalKind::kStatefulDeduplicate : PhysicalKind::kDeduplicate,
                  std::move(exchanged));
  node.node->key_columns = std::move(keys);
  node.node->key_count = static_cast<int>(node.node->key_columns.size());
  node.node->within_watermark = plan.within_watermark;
  for (size_t i = 0; stateful && i < node.output.size(); ++i) {
    if (!node.output[i].watermark_delay_us) continue;
    node.node->event_time_column = static_cast<int>(i);
    node.node->event_time_is_window = node.output[i].is_window;
    node.node->delay_us = *node.output[i].watermark_delay_us;
  }
  return node;
}

}  // namespace headrace
