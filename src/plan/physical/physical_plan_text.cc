// explain(): the physical plan with Spark's operator names.
#include "plan/existence_join.h"
#include "plan/group_function.h"
#include "plan/physical_plan.h"
#include "plan/python_operation.h"
#include "plan/tree_text.h"
#include "plan/window_operation.h"

namespace headrace {
namespace {

std::string Text(const std::vector<ExpressionPtr>& expressions) {
  return "[" + JoinTexts(expressions, [](const ExpressionPtr& e) { return e->ToString(); }) + "]";
}

std::string Columns(const arrow::Schema& schema) {
  return "[" + JoinTexts(schema.fields(), [](const FieldPtr& f) { return f->name(); }) + "]";
}

std::string Columns(const arrow::Schema& schema, const std::vector<int>& positions) {
  return "[" + JoinTexts(positions, [&](int i) { return schema.field(i)->name(); }) + "]";
}

std::string Text(const PhysicalAggregate& aggregate) {
  const std::vector<ExpressionPtr>& arguments = aggregate.aggregate.arguments;
  std::string text = aggregate.aggregate.name + (aggregate.distinct ? "(distinct " : "(");
  // count(*) has no argument left.
  text += arguments.empty()
              ? "1"
              : JoinTexts(arguments, [](const ExpressionPtr& e) { return e->ToString(); });
  text += ")";
  if (aggregate.filter) text += " FILTER (WHERE " + aggregate.filter->ToString() + ")";
  return text;
}

std::string Aggregates(const PhysicalNode& node, const char* prefix) {
  return "[" +
         JoinTexts(node.aggregates, [&](const PhysicalAggregate& a) { return prefix + Text(a); }) +
         "]";
}

std::string Orders(const PhysicalNode& node) {
  return "[" +
         JoinTexts(node.orders,
                   [](const PhysicalSortOrder& order) {
                     return order.expression->ToString() + (order.ascending ? " ASC" : " DESC") +
                            (order.nulls_first ? " NULLS FIRST" : " NULLS LAST");
                   }) +
         "]";
}

const char* JoinName(JoinType type) {
  switch (type) {
    case JoinType::kInner:
      return "Inner";
    case JoinType::kLeftOuter:
      return "LeftOuter";
    case JoinType::kRightOuter:
      return "RightOuter";
    case JoinType::kFullOuter:
      return "FullOuter";
    case JoinType::kLeftSemi:
      return "LeftSemi";
    case JoinType::kLeftAnti:
      return "LeftAnti";
    case JoinType::kCross:
      return "Cross";
  }
  return "";
}

std::string ScanText(const PhysicalNode& node, const PhysicalScan& scan) {
  std::string text;
  if (scan.streaming) {
    text = "MicroBatchScan" + Columns(*node.schema) + " " + scan.specification.format;
  } else {
    text = "FileScan " +
           (scan.batch_scan ? scan.batch_scan->Description() : scan.specification.format) + " " +
           Columns(*node.schema);
  }
  if (!scan.specification.paths.empty()) {
    text += " Location: [" +
            JoinTexts(scan.specification.paths, [](const std::string& path) { return path; }) + "]";
  }
  if (!scan.request.filters.empty()) text += " PushedFilters: " + Text(scan.request.filters);
  return text;
}

std::string ExchangeText(const PhysicalNode& node) {
  switch (node.distribution) {
    case Distribution::kSingle:
      return "Exchange SinglePartition";
    case Distribution::kHash:
      return "Exchange hashpartitioning(" +
             JoinTexts(node.key_columns,
                       [&](int column) { return node.schema->field(column)->name(); }) +
             ")";
    case Distribution::kBroadcast:
      return "BroadcastExchange";
  }
  return "";
}

std::string JoinText(const PhysicalNode& node) {
  const arrow::Schema& probe = *node.children[0]->schema;
  const arrow::Schema& build = *node.children[1]->schema;
  const std::string name = IsExistenceJoin(node) ? "Existence" : JoinName(node.join_type);
  std::string text;
  if (node.kind == PhysicalKind::kHashJoin) {
    const std::string probe_keys = Columns(probe, node.probe_keys);
    const std::string build_keys = Columns(build, node.build_keys);
    text = "BroadcastHashJoin " + (node.build_is_left ? build_keys : probe_keys) + ", " +
           (node.build_is_left ? probe_keys : build_keys) + ", " + name;
  } else {
    text = "BroadcastNestedLoopJoin " + name;
  }
  text += node.build_is_left ? ", BuildLeft" : ", BuildRight";
  if (node.null_keys == NullKeys::kMatchAll) text += ", true";  // Spark's mark of NOT IN
  if (node.condition) text += ", " + node.condition->ToString();
  return text;
}

std::string StreamJoinText(const PhysicalNode& node) {
  const StreamJoinSide &left = node.stream_join->left, &right = node.stream_join->right;
  const auto condition = [](const char* name, const ExpressionPtr& expression) {
    return std::string(name) + " = " + (expression ? expression->ToString() : "null");
  };
  return "StreamingSymmetricHashJoin " + Columns(*node.children[0]->schema, left.keys) + ", " +
         Columns(*node.children[1]->schema, right.keys) + ", " + JoinName(node.join_type) +
         ", condition = [ " + condition("leftOnly", left.condition) + ", " +
         condition("rightOnly", right.condition) + ", " + condition("both", node.condition) +
         " ], state info [operatorId = " + std::to_string(node.operator_id) + "]";
}

std::string Describe(const PhysicalNode& node, const PhysicalPlan& plan) {
  const std::string number = std::to_string(node.number);
  switch (node.kind) {
    case PhysicalKind::kScan:
      return ScanText(node, plan.scans[node.scan_index]);
    case PhysicalKind::kLocalData:
      return "LocalTableScan " + Columns(*node.schema);
    case PhysicalKind::kRange:
      return "Range (" + std::to_string(node.start) + ", " + std::to_string(node.end) +
             ", step=" + std::to_string(node.step) + ")";
    case PhysicalKind::kProject: {
      std::vector<std::string> columns;
      for (size_t i = 0; i < node.expressions.size(); ++i) {
        const std::string text = node.expressions[i]->ToString();
        const std::string& name = node.schema->field(static_cast<int>(i))->name();
        const auto* column = dynamic_cast<const BoundReference*>(node.expressions[i].get());
        columns.push_back(column && column->name() == name ? name : text + " AS " + name);
      }
      return "Project [" + JoinTexts(columns, [](const std::string& text) { return text; }) + "]";
    }
    case PhysicalKind::kFilter:
      return "Filter " + node.expressions[0]->ToString();
    case PhysicalKind::kGenerate: {
      const std::string arguments = Text(node.generator.arguments);
      return "Generate " + node.generator.name + "(" + arguments.substr(1, arguments.size() - 2) +
             "), " + Columns(*node.children[0]->schema, node.required_columns) + ", " +
             (node.generator.outer ? "true" : "false");
    }
    case PhysicalKind::kPartialAggregate:
      return "HashAggregate(keys=" + Text(node.groupings) +
             ", functions=" + Aggregates(node, "partial_") + ")";
    case PhysicalKind::kFinalAggregate:
      return "HashAggregate(keys=" + Text(node.groupings) + ", functions=" + Aggregates(node, "") +
             ")";
    case PhysicalKind::kStatefulAggregate:
      return "StateStoreSave keys=" + Text(node.groupings) + ", functions=" + Aggregates(node, "") +
             ", state info [operatorId = " + std::to_string(node.operator_id) + "], " +
             (plan.output_mode == OutputMode::kAppend   ? "Append"
              : plan.output_mode == OutputMode::kUpdate ? "Update"
                                                        : "Complete");
    case PhysicalKind::kPaneAggregate:
      return "PaneAggregate(keys=" + Text(node.groupings) +
             ", functions=" + Aggregates(node, "partial_") + ")";
    case PhysicalKind::kSessionAggregate:
      return "MergingSessions(keys=" + Text(node.groupings) +
             ", functions=" + Aggregates(node, "") + ")";
    case PhysicalKind::kStatefulSessionAggregate:
      return "SessionWindowStateStoreSave keys=" + Text(node.groupings) +
             ", functions=" + Aggregates(node, "") +
             ", state info [operatorId = " + std::to_string(node.operator_id) + "]";
    case PhysicalKind::kDeduplicate:
      return "HashAggregate(keys=" + Columns(*node.schema, node.key_columns) + ", functions=[])";
    case PhysicalKind::kStatefulDeduplicate:
      return std::string("StreamingDeduplicate") +
             (node.within_watermark ? "WithinWatermark " : " ") +
             Columns(*node.schema, node.key_columns) +
             ", state info [operatorId = " + std::to_string(node.operator_id) + "]";
    case PhysicalKind::kExchange:
      return ExchangeText(node);
    case PhysicalKind::kSort:
      if (node.limit) {
        return "TakeOrderedAndProject(limit=" + std::to_string(*node.limit) +
               ", orderBy=" + Orders(node) + ")";
      }
      return "Sort " + Orders(node);
    case PhysicalKind::kLimit: {
      const bool global = node.children[0]->kind == PhysicalKind::kExchange;
      return (global ? "GlobalLimit " : "LocalLimit ") + number;
    }
    case PhysicalKind::kStatefulLimit:
      return "StreamingGlobalLimit " + number +
             ", state info [operatorId = " + std::to_string(node.operator_id) + "]";
    case PhysicalKind::kOffset:
      return "GlobalLimit -1, offset " + number;
    case PhysicalKind::kTail:
      return "CollectTail " + number;
    case PhysicalKind::kUnion:
      return "Union";
    case PhysicalKind::kHashJoin:
    case PhysicalKind::kNestedLoopJoin:
      return JoinText(node);
    case PhysicalKind::kStreamJoin:
      return StreamJoinText(node);
    case PhysicalKind::kWatermark:
      return "EventTimeWatermark " + node.schema->field(node.event_time_column)->name() + ", " +
             std::to_string(node.delay_us / 1000) + " ms";
    case PhysicalKind::kSample:
      return "Sample " + std::to_string(node.lower) + ", " + std::to_string(node.upper) + ", " +
             std::to_string(node.seed);
    case PhysicalKind::kCollectMetrics:
      return "CollectMetrics " + node.metrics_name + ", " + Columns(*node.metrics_schema);
    case PhysicalKind::kPython:
      return PythonText(*node.python);
    case PhysicalKind::kWindow:
      return node.python ? PythonText(*node.python) : WindowText(*node.window);
    case PhysicalKind::kIntersect:
      return node.all ? "IntersectAll" : "Intersect";
    case PhysicalKind::kExcept:
      return node.all ? "ExceptAll" : "Except";
    case PhysicalKind::kGroupsWithState:
      return node.group_function->name + " " +
             Columns(*node.children[0]->schema, node.key_columns) +
             ", state info [operatorId = " + std::to_string(node.operator_id) + "]";
  }
  return "";
}

}  // namespace

std::string ToTreeString(const PhysicalPlan& plan) {
  return TreeText(*plan.root, [&](const PhysicalNode& node) { return Describe(node, plan); });
}

}  // namespace headrace
