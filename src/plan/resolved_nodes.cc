#include "plan/resolved_nodes.h"

#include <typeinfo>
#include <utility>

#include <arrow/util/key_value_metadata.h>

#include "plan/existence_join.h"
#include "plan/window_operation.h"

namespace headrace {
namespace {

std::shared_ptr<ResolvedPlan> NewNode(ResolvedKind kind, std::vector<ResolvedPlanPtr> children) {
  auto node = std::make_shared<ResolvedPlan>();
  node->kind = kind;
  node->children = std::move(children);
  return node;
}

std::vector<Attribute> Nullable(std::vector<Attribute> attributes) {
  for (Attribute& attribute : attributes) attribute.nullable = true;
  return attributes;
}

std::vector<Attribute> JoinOutput(const ResolvedPlan& node) {
  const ResolvedPlan &left = *node.children[0], &right = *node.children[1];
  const JoinType type = node.join_type;
  if (type == JoinType::kLeftSemi || type == JoinType::kLeftAnti) {
    std::vector<Attribute> output = left.output;
    if (IsExistenceJoin(node)) output.push_back(node.output.back());
    return output;
  }
  const bool left_nullable = type == JoinType::kRightOuter || type == JoinType::kFullOuter;
  const bool right_nullable = type == JoinType::kLeftOuter || type == JoinType::kFullOuter;
  std::vector<Attribute> output = left_nullable ? Nullable(left.output) : left.output;
  for (const Attribute& attribute : right.output) {
    output.push_back(attribute);
    if (right_nullable) output.back().nullable = true;
  }
  return output;
}

// The first child's columns: nullable where any child's column is (union), or as they are.
std::vector<Attribute> SetOperationOutput(ResolvedKind kind,
                                          const std::vector<ResolvedPlanPtr>& children) {
  std::vector<Attribute> output = children[0]->output;
  for (size_t i = 0; i < output.size(); ++i) {
    for (size_t child = 1; child < children.size(); ++child) {
      const bool nullable = children[child]->output[i].nullable;
      if (kind == ResolvedKind::kUnion) output[i].nullable |= nullable;
      if (kind == ResolvedKind::kIntersect) output[i].nullable &= nullable;
    }
  }
  return output;
}

std::vector<Attribute> WatermarkOutput(const ResolvedPlan& child, int64_t event_time,
                                       int64_t delay_us) {
  std::vector<Attribute> output = child.output;
  for (Attribute& attribute : output) {
    attribute.watermark_delay_us.reset();
    if (attribute.id == event_time) attribute.watermark_delay_us = delay_us;
  }
  return output;
}

std::vector<Attribute> OutputOf(const ResolvedPlan& node) {
  const std::vector<ResolvedPlanPtr>& children = node.children;
  switch (node.kind) {
    case ResolvedKind::kScan:
    case ResolvedKind::kLocalData:
    case ResolvedKind::kRange:
    case ResolvedKind::kPython:
    case ResolvedKind::kGroupsWithState:
      return node.output;
    case ResolvedKind::kProject: {
      std::vector<Attribute> output;
      for (const NamedExpression& projection : node.projections) {
        output.push_back(projection.attribute);
      }
      return output;
    }
    case ResolvedKind::kAggregate: {
      std::vector<Attribute> output;
      for (const NamedExpression& grouping : node.groupings) output.push_back(grouping.attribute);
      for (const NamedAggregate& aggregate : node.aggregates) {
        output.push_back(aggregate.attribute);
      }
      return output;
    }
    case ResolvedKind::kWindow: {
      std::vector<Attribute> output = children[0]->output;
      output.insert(output.end(), node.output.end() - std::ssize(node.window->functions),
                    node.output.end());
      return output;
    }
    case ResolvedKind::kGenerate: {
      std::vector<Attribute> output = children[0]->output;
      const size_t generated = node.generator.output.size();
      output.insert(output.end(), node.output.end() - generated, node.output.end());
      return output;
    }
    case ResolvedKind::kJoin:
      return JoinOutput(node);
    case ResolvedKind::kUnion:
    case ResolvedKind::kIntersect:
    case ResolvedKind::kExcept:
      return SetOperationOutput(node.kind, children);
    case ResolvedKind::kWatermark:
      return WatermarkOutput(*children[0], node.event_time, node.delay_us);
    case ResolvedKind::kFilter:
    case ResolvedKind::kDistinct:
    case ResolvedKind::kDeduplicate:
    case ResolvedKind::kSort:
    case ResolvedKind::kLimit:
    case ResolvedKind::kOffset:
    case ResolvedKind::kTail:
    case ResolvedKind::kSample:
    case ResolvedKind::kCollectMetrics:
      return children[0]->output;
  }
  return node.output;
}

}  // namespace

ResolvedPlanPtr MakeProject(ResolvedPlanPtr child, std::vector<NamedExpression> projections) {
  auto node = NewNode(ResolvedKind::kProject, {std::move(child)});
  node->projections = std::move(projections);
  node->output = OutputOf(*node);
  return node;
}

ResolvedPlanPtr MakeFilter(ResolvedPlanPtr child, ExpressionPtr condition) {
  auto node = NewNode(ResolvedKind::kFilter, {std::move(child)});
  node->condition = std::move(condition);
  node->output = OutputOf(*node);
  return node;
}

ResolvedPlanPtr MakeAggregate(ResolvedPlanPtr child, std::vector<NamedExpression> groupings,
                              std::vector<NamedAggregate> aggregates) {
  auto node = NewNode(ResolvedKind::kAggregate, {std::move(child)});
  node->groupings = std::move(groupings);
  node->aggregates = std::move(aggregates);
  node->output = OutputOf(*node);
  return node;
}

ResolvedPlanPtr MakeGenerate(ResolvedPlanPtr child, BoundGenerator generator,
                             std::vector<Attribute> generated) {
  auto node = NewNode(ResolvedKind::kGenerate, {std::move(child)});
  node->generator = std::move(generator);
  node->output = std::move(generated);
  node->output = OutputOf(*node);
  return node;
}

ResolvedPlanPtr MakeSort(ResolvedPlanPtr child, std::vector<SortOrder> orders, bool global) {
  auto node = NewNode(ResolvedKind::kSort, {std::move(child)});
  node->orders = std::move(orders);
  node->global_sort = global;
  node->output = OutputOf(*node);
  return node;
}

ResolvedPlanPtr MakeCounted(ResolvedKind kind, ResolvedPlanPtr child, int64_t number) {
  auto node = NewNode(kind, {std::move(child)});
  node->number = number;
  node->output = OutputOf(*node);
  return node;
}

ResolvedPlanPtr MakeJoin(ResolvedPlanPtr left, ResolvedPlanPtr right, JoinType type,
                         ExpressionPtr condition) {
  auto node = NewNode(ResolvedKind::kJoin, {std::move(left), std::move(right)});
  node->join_type = type;
  node->condition = std::move(condition);
  node->output = OutputOf(*node);
  return node;
}

ResolvedPlanPtr MakeExistenceJoin(ResolvedPlanPtr left, ResolvedPlanPtr right,
                                  ExpressionPtr condition, Attribute exists) {
  auto node = NewNode(ResolvedKind::kJoin, {std::move(left), std::move(right)});
  node->join_type = JoinType::kLeftSemi;
  node->condition = std::move(condition);
  node->keys = {exists.id};
  node->output = {std::move(exists)};
  node->output = OutputOf(*node);
  return node;
}

ResolvedPlanPtr MakeSetOperation(ResolvedKind kind, std::vector<ResolvedPlanPtr> children,
                                 bool all) {
  auto node = NewNode(kind, std::move(children));
  node->all = all;
  node->output = OutputOf(*node);
  return node;
}

ResolvedPlanPtr MakeDeduplicate(ResolvedPlanPtr child, std::vector<int64_t> keys,
                                bool within_watermark) {
  auto node = NewNode(ResolvedKind::kDeduplicate, {std::move(child)});
  node->keys = std::move(keys);
  node->within_watermark = within_watermark;
  node->output = OutputOf(*node);
  return node;
}

ResolvedPlanPtr MakeDistinct(ResolvedPlanPtr child) {
  auto node = NewNode(ResolvedKind::kDistinct, {std::move(child)});
  node->output = OutputOf(*node);
  return node;
}

ResolvedPlanPtr MakeWatermark(ResolvedPlanPtr child, int64_t event_time, int64_t delay_us) {
  auto node = NewNode(ResolvedKind::kWatermark, {std::move(child)});
  node->event_time = event_time;
  node->delay_us = delay_us;
  node->output = OutputOf(*node);
  return node;
}

ResolvedPlanPtr WithChildren(const ResolvedPlanPtr& plan, std::vector<ResolvedPlanPtr> children) {
  if (plan->children == children) return plan;
  auto node = std::make_shared<ResolvedPlan>(*plan);
  node->children = std::move(children);
  node->output = OutputOf(*node);
  return node;
}

NamedExpression PassThrough(const Attribute& attribute) {
  return {ToReference(attribute), attribute};
}

NamedExpression Renamed(const Attribute& attribute, std::string name) {
  NamedExpression renamed = PassThrough(attribute);
  renamed.attribute.id = NextAttributeId();
  renamed.attribute.name = std::move(name);
  renamed.attribute.qualifier.clear();
  return renamed;
}

std::vector<NamedExpression> PassThrough(const std::vector<Attribute>& attributes) {
  std::vector<NamedExpression> passed;
  passed.reserve(attributes.size());
  for (const Attribute& attribute : attributes) passed.push_back(PassThrough(attribute));
  return passed;
}

NamedExpression Computed(ExpressionPtr expression, std::string name) {
  NamedExpression computed;
  computed.attribute.id = NextAttributeId();
  computed.attribute.name = std::move(name);
  computed.attribute.type = expression->type();
  computed.attribute.nullable = expression->nullable();
  computed.expression = std::move(expression);
  return computed;
}

std::vector<Attribute> AttributesOf(const arrow::Schema& schema) {
  std::vector<Attribute> attributes;
  for (const FieldPtr& field : schema.fields()) {
    Attribute attribute;
    attribute.id = NextAttributeId();
    attribute.name = field->name();
    attribute.type = field->type();
    attribute.nullable = field->nullable();
    if (field->metadata()) {
      attribute.metadata = field->metadata()->Get("spark_metadata").ValueOr("");
    }
    attributes.push_back(std::move(attribute));
  }
  return attributes;
}

const Attribute* FindAttribute(const std::vector<Attribute>& attributes, int64_t id) {
  for (const Attribute& attribute : attributes) {
    if (attribute.id == id) return &attribute;
  }
  return nullptr;
}

AttributeSet IdsOf(const std::vector<Attribute>& attributes) {
  AttributeSet ids;
  for (const Attribute& attribute : attributes) ids.insert(attribute.id);
  return ids;
}

void CollectReferences(const ExpressionPtr& expression, AttributeSet* ids) {
  if (!expression) return;
  Visit(expression, [&](const Expression& node) {
    if (const auto* reference = dynamic_cast<const AttributeReference*>(&node)) {
      ids->insert(reference->id());
    }
  });
}

AttributeSet ReferencesOf(const ExpressionPtr& expression) {
  AttributeSet ids;
  CollectReferences(expression, &ids);
  return ids;
}

bool IsSubset(const AttributeSet& part, const AttributeSet& whole) {
  for (int64_t id : part) {
    if (!whole.contains(id)) return false;
  }
  return true;
}

namespace {

// The function of a Python program that a call is one of; null: none.
const PythonFunction* PythonOf(const Expression& expression) {
  if (const auto* call = dynamic_cast<const PythonFunctionCall*>(&expression)) {
    return call->function().get();
  }
  const auto* call = dynamic_cast<const WindowFunctionCall*>(&expression);
  return call && call->function().python ? call->function().python->function().get() : nullptr;
}

// Names do not tell them apart: all lambdas have one name.
bool SamePython(const Expression& left, const Expression& right) {
  const PythonFunction *a = PythonOf(left), *b = PythonOf(right);
  if (!a || !b) return a == b;
  return a == b || (a->evaluation == b->evaluation && a->command == b->command);
}

bool SameTree(const Expression& left, const Expression& right) {
  if (&left == &right) return true;
  if (typeid(left) != typeid(right) || !SameType(*left.type(), *right.type())) return false;
  if (const auto* reference = dynamic_cast<const AttributeReference*>(&left)) {
    return reference->id() == static_cast<const AttributeReference&>(right).id();
  }
  if (const auto* literal = dynamic_cast<const Literal*>(&left)) {
    return literal->value()->Equals(*static_cast<const Literal&>(right).value());
  }
  if (const auto* call = dynamic_cast<const FunctionCall*>(&left)) {
    if (call->name() != static_cast<const FunctionCall&>(right).name()) return false;
  }
  if (!SamePython(left, right)) return false;
  if (left.children().size() != right.children().size()) return false;
  for (size_t i = 0; i < left.children().size(); ++i) {
    if (!SameTree(*left.children()[i], *right.children()[i])) return false;
  }
  return true;
}

// Names may be written in different case (`a` and `A`), which the text shows; compare it only when
// the trees could differ in something that only the text tells (a struct field's ordinal).
std::string TextWithoutNames(const Expression& expression) {
  return ToLower(expression.ToString());
}

}  // namespace

bool SameExpression(const Expression& left, const Expression& right) {
  return left.deterministic() && right.deterministic() && SameTree(left, right) &&
         TextWithoutNames(left) == TextWithoutNames(right);
}

void VisitExpressions(const ResolvedPlan& plan,
                      const std::function<void(const ExpressionPtr&)>& visit) {
  for (const NamedExpression& projection : plan.projections) visit(projection.expression);
  if (plan.condition) visit(plan.condition);
  for (const NamedExpression& grouping : plan.groupings) visit(grouping.expression);
  for (const NamedAggregate& aggregate : plan.aggregates) {
    for (const ExpressionPtr& argument : aggregate.aggregate.arguments) visit(argument);
    if (aggregate.filter) visit(aggregate.filter);
  }
  if (plan.kind == ResolvedKind::kGenerate) {
    for (const ExpressionPtr& argument : plan.generator.arguments) visit(argument);
  }
  for (const SortOrder& order : plan.orders) visit(order.expression);
}

ResolvedPlanPtr MapExpressions(const ResolvedPlanPtr& plan,
                               const std::function<ExpressionPtr(const ExpressionPtr&)>& f) {
  auto copy = std::make_shared<ResolvedPlan>(*plan);
  bool changed = false;
  auto map = [&](ExpressionPtr* expression) {
    if (!*expression) return;
    ExpressionPtr mapped = f(*expression);
    changed |= mapped != *expression;
    *expression = std::move(mapped);
  };
  for (NamedExpression& projection : copy->projections) map(&projection.expression);
  map(&copy->condition);
  for (NamedExpression& grouping : copy->groupings) map(&grouping.expression);
  for (NamedAggregate& aggregate : copy->aggregates) {
    for (ExpressionPtr& argument : aggregate.aggregate.arguments) map(&argument);
    map(&aggregate.filter);
  }
  for (ExpressionPtr& argument : copy->generator.arguments) map(&argument);
  for (SortOrder& order : copy->orders) map(&order.expression);
  return changed ? ResolvedPlanPtr(std::move(copy)) : plan;
}

ResolvedPlanPtr RewriteBottomUp(const ResolvedPlanPtr& plan,
                                const std::function<ResolvedPlanPtr(const ResolvedPlanPtr&)>& f) {
  std::vector<ResolvedPlanPtr> children;
  for (const ResolvedPlanPtr& child : plan->children) children.push_back(RewriteBottomUp(child, f));
  return f(WithChildren(plan, std::move(children)));
}

void VisitPlan(const ResolvedPlan& plan, const std::function<void(const ResolvedPlan&)>& visit) {
  visit(plan);
  for (const ResolvedPlanPtr& child : plan.children) VisitPlan(*child, visit);
}

Substitution DefinitionsOf(const std::vector<NamedExpression>& projections) {
  Substitution definitions;
  for (const NamedExpression& projection : projections) {
    definitions.emplace(projection.attribute.id, projection.expression);
  }
  return definitions;
}

ExpressionPtr Substitute(const ExpressionPtr& expression, const Substitution& definitions) {
  if (!expression) return expression;
  return Transform(expression, [&](const ExpressionPtr& node) -> ExpressionPtr {
    const auto* reference = dynamic_cast<const AttributeReference*>(node.get());
    if (!reference) return nullptr;
    const auto found = definitions.find(reference->id());
    return found == definitions.end() ? nullptr : found->second;
  });
}

}  // namespace headrace
