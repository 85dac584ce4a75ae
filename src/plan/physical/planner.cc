#include "plan/physical/planner.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "plan/group_function.h"

namespace headrace {
namespace {

Lowered LeafNode(PhysicalKind kind, const ResolvedPlan& plan) {
  auto node = std::make_shared<PhysicalNode>();
  node->kind = kind;
  node->schema = PhysicalSchema(plan.output);
  return {std::move(node), plan.output};
}

Result<std::vector<PhysicalSortOrder>> BindOrders(const std::vector<SortOrder>& orders,
                                                  const std::vector<Attribute>& input) {
  std::vector<PhysicalSortOrder> bound;
  for (const SortOrder& order : orders) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr expression, Bind(order.expression, input));
    bound.push_back({std::move(expression), order.ascending, order.nulls_first});
  }
  return bound;
}

PhysicalKind PhysicalKindOf(ResolvedKind kind) {
  switch (kind) {
    case ResolvedKind::kUnion:
      return PhysicalKind::kUnion;
    case ResolvedKind::kIntersect:
      return PhysicalKind::kIntersect;
    case ResolvedKind::kExcept:
      return PhysicalKind::kExcept;
    case ResolvedKind::kOffset:
      return PhysicalKind::kOffset;
    case ResolvedKind::kTail:
      return PhysicalKind::kTail;
    default:
      return PhysicalKind::kLimit;
  }
}

bool IsStateful(PhysicalKind kind) {
  switch (kind) {
    case PhysicalKind::kStatefulAggregate:
    case PhysicalKind::kStatefulSessionAggregate:
    case PhysicalKind::kStatefulDeduplicate:
    case PhysicalKind::kStatefulLimit:
    case PhysicalKind::kStreamJoin:
    case PhysicalKind::kGroupsWithState:
      return true;
    default:
      return false;
  }
}

// Does a watermark come out of the plan? Functions over groups may hold it back.
bool GivesWatermark(const ResolvedPlan& plan) {
  if (plan.kind == ResolvedKind::kWatermark) return true;
  if (plan.kind == ResolvedKind::kGroupsWithState && !plan.group_function->gives_watermark()) {
    return false;
  }
  return std::any_of(plan.children.begin(), plan.children.end(),
                     [](const ResolvedPlanPtr& child) { return GivesWatermark(*child); });
}

}  // namespace

Result<Lowered> PhysicalPlanner::Lower(const ResolvedPlanPtr& plan) {
  switch (plan->kind) {
    case ResolvedKind::kScan:
      return LowerScan(*plan);
    case ResolvedKind::kLocalData:
    case ResolvedKind::kRange:
      return LowerLeaf(*plan);
    case ResolvedKind::kProject:
      return LowerProject(*plan);
    case ResolvedKind::kFilter:
      return LowerFilter(*plan);
    case ResolvedKind::kAggregate:
      return LowerAggregate(*plan);
    case ResolvedKind::kDistinct:
      return LowerDistinct(*plan);
    case ResolvedKind::kDeduplicate:
      return LowerDeduplicate(*plan);
    case ResolvedKind::kGenerate:
      return LowerGenerate(*plan, nullptr);
    case ResolvedKind::kSort:
      return LowerSort(*plan);
    case ResolvedKind::kLimit:
    case ResolvedKind::kOffset:
    case ResolvedKind::kTail:
      return LowerCounted(*plan);
    case ResolvedKind::kExcept:
      return options_.streaming && IsStreaming(*plan) ? LowerStreamingExcept(*plan)
                                                      : LowerSetOperation(*plan);
    case ResolvedKind::kUnion:
    case ResolvedKind::kIntersect:
      return LowerSetOperation(*plan);
    case ResolvedKind::kJoin:
      return LowerJoin(*plan);
    case ResolvedKind::kWatermark:
      return LowerWatermark(*plan);
    case ResolvedKind::kSample:
      return LowerSample(*plan);
    case ResolvedKind::kCollectMetrics:
      return LowerCollectMetrics(*plan);
    case ResolvedKind::kPython:
      return LowerPython(*plan);
    case ResolvedKind::kWindow:
      return LowerWindow(*plan);
    case ResolvedKind::kGroupsWithState:
      return LowerGroupsWithState(*plan);
  }
  return Status::Invalid("unknown kind of resolved plan");
}

Result<Lowered> PhysicalPlanner::LowerScan(const ResolvedPlan& plan) {
  PhysicalScan scan;
  scan.streaming = plan.streaming;
  scan.provider = plan.provider;
  scan.specification = plan.specification;
  scan.source_schema = plan.source_schema;
  scan.batch_scan = plan.batch_scan;
  for (const Attribute& attribute : plan.output) scan.request.columns.push_back(attribute.name);
  ARROW_ASSIGN_OR_RAISE(scan.request.filters, Bind(plan.pushed_filters, plan.output));
  if (plan.streaming) {
    const int next = static_cast<int>(ordinal_of_relation_.size());
    scan.source_ordinal = ordinal_of_relation_.try_emplace(plan.relation_id, next).first->second;
  }
  Lowered leaf = LeafNode(PhysicalKind::kScan, plan);
  leaf.node->scan_index = static_cast<int>(scans_.size());
  scans_.push_back(std::move(scan));
  return leaf;
}

Result<Lowered> PhysicalPlanner::LowerLeaf(const ResolvedPlan& plan) {
  if (plan.kind == ResolvedKind::kLocalData) {
    Lowered leaf = LeafNode(PhysicalKind::kLocalData, plan);
    leaf.node->batches = plan.batches;
    return leaf;
  }
  Lowered leaf = LeafNode(PhysicalKind::kRange, plan);
  leaf.node->start = plan.start;
  leaf.node->end = plan.end;
  leaf.node->step = plan.step;
  return leaf;
}

Result<Lowered> PhysicalPlanner::LowerProject(const ResolvedPlan& plan) {
  Lowered child;
  if (plan.children[0]->kind == ResolvedKind::kGenerate) {
    AttributeSet required;
    for (const NamedExpression& projection : plan.projections) {
      CollectReferences(projection.expression, &required);
    }
    ARROW_ASSIGN_OR_RAISE(child, LowerGenerate(*plan.children[0], &required));
  } else {
    ARROW_ASSIGN_OR_RAISE(child, Lower(plan.children[0]));
  }
  std::vector<ExpressionPtr> expressions;
  for (const NamedExpression& projection : plan.projections) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr bound, Bind(projection.expression, child.output));
    expressions.push_back(std::move(bound));
  }
  return ProjectNode(std::move(child), std::move(expressions), plan.output);
}

Result<Lowered> PhysicalPlanner::LowerFilter(const ResolvedPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Lowered child, Lower(plan.children[0]));
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr condition, Bind(plan.condition, child.output));
  Lowered filter = PassingNode(PhysicalKind::kFilter, std::move(child));
  filter.node->expressions = {std::move(condition)};
  return filter;
}

Result<Lowered> PhysicalPlanner::LowerGenerate(const ResolvedPlan& plan,
                                               const AttributeSet* required) {
  ARROW_ASSIGN_OR_RAISE(Lowered child, Lower(plan.children[0]));
  auto node = std::make_shared<PhysicalNode>();
  node->kind = PhysicalKind::kGenerate;
  node->generator = plan.generator;
  ARROW_ASSIGN_OR_RAISE(node->generator.arguments, Bind(plan.generator.arguments, child.output));
  // The durations behind the time are for planning.
  if (plan.generator.name == "__sliding_window") node->generator.arguments.resize(1);
  std::vector<Attribute> output;
  for (size_t i = 0; i < child.output.size(); ++i) {
    if (required && !required->contains(child.output[i].id)) continue;
    node->required_columns.push_back(static_cast<int>(i));
    output.push_back(child.output[i]);
  }
  output.insert(output.end(), plan.output.end() - plan.generator.output.size(), plan.output.end());
  node->schema = PhysicalSchema(output);
  node->children = {std::move(child.node)};
  return Lowered{std::move(node), std::move(output)};
}

Result<Lowered> PhysicalPlanner::LowerSort(const ResolvedPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Lowered child, Lower(plan.children[0]));
  ARROW_ASSIGN_OR_RAISE(auto orders, BindOrders(plan.orders, child.output));
  auto sort = [&](Lowered input) {
    Lowered sorted = PassingNode(PhysicalKind::kSort, std::move(input));
    sorted.node->orders = orders;
    if (plan.number > 0) sorted.node->limit = plan.number;
    return sorted;
  };
  if (!plan.global_sort) return sort(std::move(child));
  // With a limit every partition hands on its best rows only.
  if (plan.number > 0) child = sort(std::move(child));
  return sort(ExchangeToSingle(std::move(child)));
}

Result<Lowered> PhysicalPlanner::LowerCounted(const ResolvedPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Lowered child, Lower(plan.children[0]));
  const PhysicalKind kind = PhysicalKindOf(plan.kind);
  if (CountsOverBatches(plan)) {
    Lowered limit = PassingNode(PhysicalKind::kStatefulLimit, ExchangeToSingle(std::move(child)));
    limit.node->number = plan.number;
    return limit;
  }
  auto counted = [&](Lowered input) {
    Lowered node = PassingNode(kind, std::move(input));
    node.node->number = plan.number;
    return node;
  };
  if (kind == PhysicalKind::kLimit) child = counted(std::move(child));
  return counted(ExchangeToSingle(std::move(child)));
}

// A limit is for all batches together unless each batch gives a whole result anew.
bool PhysicalPlanner::CountsOverBatches(const ResolvedPlan& plan) const {
  if (plan.kind != ResolvedKind::kLimit || !options_.streaming || !IsStreaming(plan)) return false;
  bool aggregated = false;
  VisitPlan(plan, [&](const ResolvedPlan& node) {
    aggregated |= node.kind == ResolvedKind::kAggregate || node.kind == ResolvedKind::kDistinct;
  });
  return options_.output_mode == OutputMode::kAppend || !aggregated;
}

Result<Lowered> PhysicalPlanner::LowerWatermark(const ResolvedPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Lowered child, Lower(plan.children[0]));
  ARROW_ASSIGN_OR_RAISE(const int column, PositionOf(plan.event_time, child.output));
  Lowered watermark = PassingNode(PhysicalKind::kWatermark, std::move(child));
  watermark.node->event_time_column = column;
  watermark.node->event_time_is_window = plan.output[column].is_window;
  watermark.node->delay_us = plan.delay_us;
  watermark.output = plan.output;
  has_watermark_ = true;
  if (GivesWatermark(*plan.children[0])) {
    watermark_failure_ =
        AnalysisError("_LEGACY_ERROR_TEMP_3076",
                      "Redefining watermark is disallowed: withWatermark() is called twice on the "
                      "way of one stream. Keep one of the calls.");
  }
  return watermark;
}

Result<Lowered> PhysicalPlanner::LowerSample(const ResolvedPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Lowered child, Lower(plan.children[0]));
  if (plan.with_replacement) return NotSupported("sample() with replacement");
  Lowered sample = PassingNode(PhysicalKind::kSample, std::move(child));
  sample.node->lower = plan.lower;
  sample.node->upper = plan.upper;
  sample.node->seed = plan.seed;
  return sample;
}

Result<Lowered> PhysicalPlanner::LowerCollectMetrics(const ResolvedPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Lowered child, Lower(plan.children[0]));
  std::vector<PhysicalAggregate> aggregates;
  std::vector<Attribute> results;
  for (const NamedAggregate& aggregate : plan.aggregates) {
    ARROW_ASSIGN_OR_RAISE(PhysicalAggregate bound, Bind(aggregate, child.output));
    aggregates.push_back(std::move(bound));
    results.push_back(aggregate.attribute);
  }
  std::vector<ExpressionPtr> metrics;
  arrow::FieldVector fields;
  for (const NamedExpression& metric : plan.projections) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr bound, Bind(metric.expression, results));
    metrics.push_back(std::move(bound));
    fields.push_back(arrow::field(metric.attribute.name, metric.attribute.type));
  }
  Lowered observed = PassingNode(PhysicalKind::kCollectMetrics, std::move(child));
  observed.node->aggregates = std::move(aggregates);
  observed.node->expressions = std::move(metrics);
  observed.node->metrics_schema = arrow::schema(std::move(fields));
  observed.node->metrics_name = plan.metrics_name;
  return observed;
}

Result<Lowered> PhysicalPlanner::LowerSetOperation(const ResolvedPlan& plan) {
  auto node = std::make_shared<PhysicalNode>();
  node->kind = PhysicalKindOf(plan.kind);
  node->all = plan.all;
  node->schema = PhysicalSchema(plan.output);
  for (const ResolvedPlanPtr& side : plan.children) {
    ARROW_ASSIGN_OR_RAISE(Lowered child, Lower(side));
    if (node->kind != PhysicalKind::kUnion) {
      // Equal rows of both sides meet in one partition.
      std::vector<int> columns(child.output.size());
      std::iota(columns.begin(), columns.end(), 0);
      child = columns.empty() ? ExchangeToSingle(std::move(child))
                              : ExchangeByHash(std::move(child), std::move(columns));
    }
    node->children.push_back(std::move(child.node));
  }
  return Lowered{std::move(node), plan.output};
}

// Pre-order from the sink, as Spark numbers them; their state directories carry the number.
void PhysicalPlanner::NumberStatefulOperators(const MutableNode& node) {
  if (IsStateful(node->kind)) node->operator_id = stateful_operators_++;
  for (const PhysicalNodePtr& child : node->children) {
    // The nodes are this planner's own until the plan is handed out.
    NumberStatefulOperators(std::const_pointer_cast<PhysicalNode>(child));
  }
}

Result<std::shared_ptr<const PhysicalPlan>> PhysicalPlanner::Plan(
    const ResolvedPlanPtr& optimized) {
  ARROW_ASSIGN_OR_RAISE(Lowered root, Lower(optimized));
  NumberStatefulOperators(root.node);
  auto plan = std::make_shared<PhysicalPlan>();
  plan->root = std::move(root.node);
  plan->scans = std::move(scans_);
  plan->source_count = static_cast<int>(ordinal_of_relation_.size());
  plan->output_mode = options_.output_mode;
  plan->streaming = options_.streaming;
  plan->has_watermark = has_watermark_;
  plan->stateful_operator_count = stateful_operators_;
  plan->failure = failure_;
  plan->watermark_failure = watermark_failure_;
  return plan;
}

Result<std::shared_ptr<const PhysicalPlan>> PlanPhysically(const ResolvedPlanPtr& optimized,
                                                           const PlannerOptions& options) {
  return PhysicalPlanner(options).Plan(optimized);
}

}  // namespace headrace
