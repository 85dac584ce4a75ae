// Aggregations in two steps around an exchange; duplicates are removed the same way.
#include <numeric>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

#include "plan/physical/planner.h"
#include "types/time.h"

namespace headrace {
namespace {

std::vector<int> FirstColumns(size_t count) {
  std::vector<int> columns(count);
  std::iota(columns.begin(), columns.end(), 0);
  return columns;
}

// Rows of equal keys meet in one partition; a session is no key, for it may grow.
Lowered Exchange(Lowered child, size_t key_count, int session_key) {
  std::vector<int> keys = FirstColumns(key_count);
  if (session_key >= 0) keys.erase(keys.begin() + session_key);
  if (keys.empty()) return ExchangeToSingle(std::move(child));
  return ExchangeByHash(std::move(child), std::move(keys));
}

int SessionKey(const ResolvedPlan& plan) {
  for (size_t i = 0; i < plan.groupings.size(); ++i) {
    if (plan.groupings[i].attribute.is_session) return static_cast<int>(i);
  }
  return -1;
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
// `event_time`: what the window (grouping number window_key of a pane aggregate) is computed from.
Result<Lowered> PartialAggregate(const ResolvedPlan& plan, Lowered child, bool keys_are_first,
                                 int window_key = -1, const ExpressionPtr& event_time = nullptr) {
  auto node = std::make_shared<PhysicalNode>();
  node->kind = window_key >= 0 ? PhysicalKind::kPaneAggregate : PhysicalKind::kPartialAggregate;
  node->window_key = window_key;
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
      const bool is_window = static_cast<int>(i) == window_key;
      ARROW_ASSIGN_OR_RAISE(key, Bind(is_window ? event_time : grouping.expression, child.output));
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

// The generated column is used by nothing but this one grouping.
std::optional<int> OnlyGrouping(const ResolvedPlan& plan, int64_t id) {
  std::optional<int> place;
  for (size_t i = 0; i < plan.groupings.size(); ++i) {
    if (!ReferencesOf(plan.groupings[i].expression).contains(id)) continue;
    const bool whole =
        dynamic_cast<const AttributeReference*>(plan.groupings[i].expression.get()) != nullptr;
    if (place || !whole) return std::nullopt;
    place = static_cast<int>(i);
  }
  for (const NamedAggregate& aggregate : plan.aggregates) {
    AttributeSet used = ReferencesOf(aggregate.filter);
    for (const ExpressionPtr& argument : aggregate.aggregate.arguments) {
      CollectReferences(argument, &used);
    }
    if (used.contains(id)) return std::nullopt;
  }
  return place;
}

// May its states be merged pane by pane instead of row by row?
bool MergesByPanes(const NamedAggregate& aggregate) {
  static const std::unordered_set<std::string> kFirstOrLast = {"first", "first_value", "last",
                                                               "last_value"};
  // clang-format off
  static const std::unordered_set<std::string> kAnyOrder = {
      "count", "count_if", "sum", "avg", "mean", "min", "max", "any_value", "bool_and", "bool_or",
      "every", "some", "any", "bit_and", "bit_or", "bit_xor", "stddev", "stddev_pop", "std",
      "stddev_samp", "variance", "var_pop", "var_samp", "skewness", "kurtosis", "corr",
      "covar_pop", "covar_samp", "try_sum", "try_avg", "percentile", "median",
      "approx_count_distinct", "product", "regr_sxx", "regr_sxy", "regr_syy", "regr_slope",
      "regr_intercept", "regr_r2", "mode", "percentile_cont", "percentile_disc"};
  // clang-format on
  const std::string& name = aggregate.aggregate.name;
  if (aggregate.distinct) return false;
  return kAnyOrder.contains(name) || (kFirstOrLast.contains(name) && !aggregate.filter);
}

int64_t MicrosecondsOf(const Expression& literal) {
  const auto interval =
      ParseInterval(static_cast<const Literal&>(literal).value()->ToString()).ValueOrDie();
  return interval.microseconds;
}

Status SeveralEventTimes(const std::string& names) {
  return AnalysisError("_LEGACY_ERROR_TEMP_3077",
                       "More than one event time columns are available: " + names +
                           " have a watermark. Keep the watermark's column or one window of it.");
}

// -1: none has a watermark. `several`: an error if more than one has.
int EventTimeKey(const std::vector<NamedExpression>& groupings, Status* several) {
  int key = -1;
  for (size_t i = 0; i < groupings.size(); ++i) {
    if (!groupings[i].attribute.watermark_delay_us) continue;
    if (key >= 0 && !SameExpression(*groupings[i].expression, *groupings[key].expression)) {
      *several =
          SeveralEventTimes(groupings[key].attribute.name + " and " + groupings[i].attribute.name);
    }
    key = static_cast<int>(i);
  }
  return key;
}

Status NoWatermarkToAppend() {
  return AnalysisError("UNSUPPORTED_STREAMING_OPERATOR_WITHOUT_WATERMARK",
                       "In output mode append, an aggregation on a stream needs a watermark among "
                       "its groups: without it no group is ever finished.",
                       {{"outputMode", "Append"}, {"statefulOperator", "aggregations"}});
}

}  // namespace

// For groups of sliding windows that are made right below, if they consist of whole panes.
Result<std::optional<Lowered>> PhysicalPlanner::PaneAggregate(const ResolvedPlan& plan) {
  const ResolvedPlan* generate = plan.children[0].get();
  // The columns that are not used are projected away in between.
  if (generate->kind == ResolvedKind::kProject) {
    for (const NamedExpression& column : generate->projections) {
      const auto* reference = dynamic_cast<const AttributeReference*>(column.expression.get());
      if (!reference || reference->id() != column.attribute.id) return std::nullopt;
    }
    generate = generate->children[0].get();
  }
  if (generate->kind != ResolvedKind::kGenerate || generate->generator.name != "__sliding_window") {
    return std::nullopt;
  }
  const std::vector<ExpressionPtr>& arguments = generate->generator.arguments;
  const int64_t duration = MicrosecondsOf(*arguments[1]), slide = MicrosecondsOf(*arguments[2]);
  const std::optional<int> window_key = OnlyGrouping(plan, generate->output.back().id);
  if (!window_key || duration % slide != 0) return std::nullopt;
  for (const NamedAggregate& aggregate : plan.aggregates) {
    if (!MergesByPanes(aggregate)) return std::nullopt;
  }
  ARROW_ASSIGN_OR_RAISE(Lowered child, Lower(generate->children[0]));
  ARROW_ASSIGN_OR_RAISE(Lowered panes,
                        PartialAggregate(plan, std::move(child), false, *window_key, arguments[0]));
  panes.node->window_us = {duration, slide, MicrosecondsOf(*arguments[3])};
  return panes;
}

Result<Lowered> PhysicalPlanner::LowerAggregate(const ResolvedPlan& plan) {
  const bool stateful = options_.streaming && IsStreaming(*plan.children[0]);
  const size_t key_count = plan.groupings.size();
  const int session_key = SessionKey(plan);
  if (stateful && session_key >= 0 && key_count == 1) {
    FailFirstBatch(AnalysisError("_LEGACY_ERROR_TEMP_3081",
                                 "Global aggregation with session window in streaming query is "
                                 "not supported. Group by another column beside "
                                 "session_window()."));
  }
  // Values can be told apart only where all rows of a group meet, so rows are exchanged then.
  const bool distinct = AnyDistinct(plan.aggregates);
  ARROW_ASSIGN_OR_RAISE(std::optional<Lowered> panes, PaneAggregate(plan));
  Lowered partial;
  if (panes) {
    partial = std::move(*panes);
  } else {
    ARROW_ASSIGN_OR_RAISE(Lowered child, Lower(plan.children[0]));
    if (distinct) {
      ARROW_ASSIGN_OR_RAISE(child, ProjectKeysFirst(plan, std::move(child)));
      child = Exchange(std::move(child), key_count, session_key);
    }
    ARROW_ASSIGN_OR_RAISE(partial, PartialAggregate(plan, std::move(child), distinct));
  }
  const MutableNode partial_node = partial.node;
  Lowered merged =
      distinct ? std::move(partial) : Exchange(std::move(partial), key_count, session_key);
  PhysicalKind kind = stateful ? PhysicalKind::kStatefulAggregate : PhysicalKind::kFinalAggregate;
  if (session_key >= 0) {
    kind = stateful ? PhysicalKind::kStatefulSessionAggregate : PhysicalKind::kSessionAggregate;
  }
  Lowered result = MergingAggregate(kind, plan, std::move(merged), *partial_node);
  result.node->session_key = session_key;
  // In complete mode nothing is late and nothing leaves the state.
  if (stateful && options_.output_mode != OutputMode::kComplete) {
    Status several;
    const int key = EventTimeKey(plan.groupings, &several);
    FailFirstBatch(std::move(several));
    if (key < 0 && options_.output_mode == OutputMode::kAppend) {
      FailFirstBatch(NoWatermarkToAppend());
    }
    result.node->event_time_key = key;
    result.node->event_time_is_window = key >= 0 && plan.groupings[key].attribute.is_window;
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
  if (!stateful) return node;
  Status several;
  const int event_time = EventTimeKey(PassThrough(node.output), &several);
  FailFirstBatch(std::move(several));
  node.node->event_time_column = event_time;
  if (event_time >= 0) {
    node.node->event_time_is_window = node.output[event_time].is_window;
    node.node->delay_us = *node.output[event_time].watermark_delay_us;
  }
  return node;
}

}  // namespace headrace
