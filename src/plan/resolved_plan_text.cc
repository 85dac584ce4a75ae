#include "plan/existence_join.h"
#include "plan/group_function.h"
#include "plan/python_operation.h"
#include "plan/resolved_plan.h"
#include "plan/tree_text.h"
#include "plan/window_operation.h"

namespace headrace {
namespace {

std::string Text(const Attribute& attribute) {
  std::string text = attribute.name + "#" + std::to_string(attribute.id);
  if (attribute.watermark_delay_us) {
    text += "-T" + std::to_string(*attribute.watermark_delay_us / 1000) + "ms";
  }
  return text;
}

std::string Text(const std::vector<Attribute>& attributes) {
  return "[" + JoinTexts(attributes, [](const Attribute& a) { return Text(a); }) + "]";
}

std::string Text(const std::vector<ExpressionPtr>& expressions) {
  return JoinTexts(expressions, [](const ExpressionPtr& e) { return e->ToString(); });
}

std::string Text(const NamedExpression& named) {
  const auto* reference = dynamic_cast<const AttributeReference*>(named.expression.get());
  if (reference && reference->id() == named.attribute.id) return Text(named.attribute);
  return named.expression->ToString() + " AS " + Text(named.attribute);
}

std::string Text(const std::vector<NamedExpression>& list) {
  return "[" + JoinTexts(list, [](const NamedExpression& e) { return Text(e); }) + "]";
}

std::string Text(const NamedAggregate& named) {
  const std::vector<ExpressionPtr>& arguments = named.aggregate.arguments;
  std::string text = named.aggregate.name + "(" + (named.distinct ? "distinct " : "") +
                     (arguments.empty() ? "1" : Text(arguments)) + ")";
  if (named.filter) text += " FILTER (WHERE " + named.filter->ToString() + ")";
  return text + " AS " + Text(named.attribute);
}

std::string Text(const SortOrder& order) {
  return order.expression->ToString() + (order.ascending ? " ASC" : " DESC") +
         (order.nulls_first ? " NULLS FIRST" : " NULLS LAST");
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

std::string Describe(const ResolvedPlan& node) {
  const std::string number = std::to_string(node.number);
  switch (node.kind) {
    case ResolvedKind::kScan: {
      std::string text = node.streaming ? "StreamingRelation " : "Relation ";
      text += Text(node.output) + " " + node.specification.format;
      if (!node.pushed_filters.empty()) text += ", filters [" + Text(node.pushed_filters) + "]";
      return text;
    }
    case ResolvedKind::kLocalData:
      return "LocalRelation " + Text(node.output);
    case ResolvedKind::kRange:
      return "Range (" + std::to_string(node.start) + ", " + std::to_string(node.end) +
             ", step=" + std::to_string(node.step) + ")";
    case ResolvedKind::kProject:
      return "Project " + Text(node.projections);
    case ResolvedKind::kFilter:
      return "Filter " + node.condition->ToString();
    case ResolvedKind::kAggregate:
      return "Aggregate " + Text(node.groupings) + ", [" +
             JoinTexts(node.aggregates, [](const NamedAggregate& a) { return Text(a); }) + "]";
    case ResolvedKind::kDistinct:
      return "Distinct";
    case ResolvedKind::kDeduplicate:
      return std::string("Deduplicate") + (node.within_watermark ? "WithinWatermark [" : " [") +
             JoinTexts(node.keys,
                       [&](int64_t key) {
                         for (const Attribute& a : node.output) {
                           if (a.id == key) return Text(a);
                         }
                         return std::to_string(key);
                       }) +
             "]";
    case ResolvedKind::kGenerate:
      return "Generate " + node.generator.name + "(" + Text(node.generator.arguments) + "), " +
             (node.generator.outer ? "true, " : "false, ") +
             Text(std::vector<Attribute>(node.output.end() - node.generator.output.size(),
                                         node.output.end()));
    case ResolvedKind::kSort:
      return "Sort [" + JoinTexts(node.orders, [](const SortOrder& o) { return Text(o); }) + "], " +
             (node.global_sort ? "true" : "false") + (node.number > 0 ? ", limit " + number : "");
    case ResolvedKind::kLimit:
      return "GlobalLimit " + number;
    case ResolvedKind::kOffset:
      return "Offset " + number;
    case ResolvedKind::kTail:
      return "Tail " + number;
    case ResolvedKind::kUnion:
      return "Union false, false";
    case ResolvedKind::kIntersect:
      return node.all ? "Intersect All true" : "Intersect All false";
    case ResolvedKind::kExcept:
      return node.all ? "Except All true" : "Except All false";
    case ResolvedKind::kJoin:
      return std::string("Join ") +
             (IsExistenceJoin(node) ? "Existence" : JoinName(node.join_type)) +
             (node.condition ? ", " + node.condition->ToString() : "");
    case ResolvedKind::kWatermark: {
      const std::string delay = std::to_string(node.delay_us / 1000) + " ms";
      for (const Attribute& a : node.output) {
        if (a.id == node.event_time) return "EventTimeWatermark " + Text(a) + ", " + delay;
      }
      return "EventTimeWatermark " + delay;
    }
    case ResolvedKind::kSample:
      return "Sample " + std::to_string(node.lower) + ", " + std::to_string(node.upper) + ", " +
             (node.with_replacement ? "true, " : "false, ") + std::to_string(node.seed);
    case ResolvedKind::kCollectMetrics:
      return "CollectMetrics " + node.metrics_name + ", " + Text(node.projections);
    case ResolvedKind::kPython:
      return PythonText(*node.python);
    case ResolvedKind::kWindow:
      return node.python ? PythonText(*node.python) : WindowText(*node.window);
    case ResolvedKind::kGroupsWithState:
      return node.group_function->name + " " + Text(node.output);
  }
  return "";
}

}  // namespace

std::string ToTreeString(const ResolvedPlan& plan) { return TreeText(plan, Describe); }

}  // namespace headrace
