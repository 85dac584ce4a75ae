#include "plan/analysis/outer_reference.h"

#include <utility>

namespace headrace {

OuterReference::OuterReference(Attribute attribute)
    : Expression(attribute.type, attribute.nullable, {}), attribute_(std::move(attribute)) {}

Result<Datum> OuterReference::Evaluate(const arrow::RecordBatch&, const EvaluationContext&) const {
  return NotSupported("the column `" + attribute_.name +
                          "` of the query around a subquery at this place of the subquery",
                      "Write it as a join.");
}

ExpressionPtr OuterReference::WithChildren(std::vector<ExpressionPtr>) const {
  return shared_from_this();
}

std::string OuterReference::ToString() const {
  return "outer(" + attribute_.name + "#" + std::to_string(attribute_.id) + ")";
}

bool HasOuter(const ExpressionPtr& expression) {
  std::vector<Attribute> columns;
  CollectOuter(expression, &columns);
  return !columns.empty();
}

bool HasOuter(const ResolvedPlan& plan) { return !OuterColumns(plan).empty(); }

void CollectOuter(const ExpressionPtr& expression, std::vector<Attribute>* columns) {
  if (!expression) return;
  Visit(expression, [&](const Expression& node) {
    const auto* outer = dynamic_cast<const OuterReference*>(&node);
    if (outer && !FindAttribute(*columns, outer->attribute().id)) {
      columns->push_back(outer->attribute());
    }
  });
}

std::vector<Attribute> OuterColumns(const ResolvedPlan& plan) {
  std::vector<Attribute> columns;
  VisitPlan(plan, [&](const ResolvedPlan& node) {
    VisitExpressions(node,
                     [&](const ExpressionPtr& expression) { CollectOuter(expression, &columns); });
  });
  return columns;
}

ExpressionPtr ReplaceOuter(const ExpressionPtr& expression,
                           const std::unordered_map<int64_t, ExpressionPtr>& values) {
  return Transform(expression, [&](const ExpressionPtr& node) -> ExpressionPtr {
    const auto* outer = dynamic_cast<const OuterReference*>(node.get());
    if (!outer) return nullptr;
    const auto found = values.find(outer->attribute().id);
    return found == values.end() ? nullptr : found->second;
  });
}

ExpressionPtr FromOutside(const ExpressionPtr& expression) {
  return Transform(expression, [&](const ExpressionPtr& node) -> ExpressionPtr {
    const auto* outer = dynamic_cast<const OuterReference*>(node.get());
    return outer ? ToReference(outer->attribute()) : nullptr;
  });
}

}  // namespace headrace
