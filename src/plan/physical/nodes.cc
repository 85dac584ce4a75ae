#include <utility>

#include "plan/physical/planner.h"

namespace headrace {

Result<int> PositionOf(int64_t id, const std::vector<Attribute>& input) {
  for (size_t i = 0; i < input.size(); ++i) {
    if (input[i].id == id) return static_cast<int>(i);
  }
  return Status::Invalid("column #", id, " is not among the operator's inputs");
}

Result<ExpressionPtr> Bind(const ExpressionPtr& expression, const std::vector<Attribute>& input) {
  if (!expression) return ExpressionPtr();
  Status missing;
  ExpressionPtr bound = Transform(expression, [&](const ExpressionPtr& node) -> ExpressionPtr {
    const auto* reference = dynamic_cast<const AttributeReference*>(node.get());
    if (!reference) return nullptr;
    const Result<int> position = PositionOf(reference->id(), input);
    if (!position.ok()) {
      missing =
          position.status().WithMessage(reference->ToString(), ": ", position.status().message());
      return nullptr;
    }
    return std::make_shared<BoundReference>(*position, reference->name(), reference->type(),
                                            reference->nullable());
  });
  ARROW_RETURN_NOT_OK(missing);
  return bound;
}

Result<std::vector<ExpressionPtr>> Bind(const std::vector<ExpressionPtr>& expressions,
                                        const std::vector<Attribute>& input) {
  std::vector<ExpressionPtr> bound;
  for (const ExpressionPtr& expression : expressions) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr one, Bind(expression, input));
    bound.push_back(std::move(one));
  }
  return bound;
}

Result<PhysicalAggregate> Bind(const NamedAggregate& aggregate,
                               const std::vector<Attribute>& input) {
  PhysicalAggregate bound;
  bound.aggregate = aggregate.aggregate;
  ARROW_ASSIGN_OR_RAISE(bound.aggregate.arguments, Bind(aggregate.aggregate.arguments, input));
  ARROW_ASSIGN_OR_RAISE(bound.filter, Bind(aggregate.filter, input));
  bound.distinct = aggregate.distinct;
  return bound;
}

SchemaPtr PhysicalSchema(const std::vector<Attribute>& output) {
  arrow::FieldVector fields;
  for (const Attribute& attribute : output) {
    fields.push_back(arrow::field(attribute.name, attribute.type, attribute.nullable));
  }
  return arrow::schema(std::move(fields));
}

Lowered PassingNode(PhysicalKind kind, Lowered child) {
  auto node = std::make_shared<PhysicalNode>();
  node->kind = kind;
  node->schema = child.node->schema;
  node->children = {std::move(child.node)};
  return {std::move(node), std::move(child.output)};
}

Lowered ExchangeToSingle(Lowered child) {
  Lowered exchange = PassingNode(PhysicalKind::kExchange, std::move(child));
  exchange.node->distribution = Distribution::kSingle;
  return exchange;
}

Lowered ExchangeByHash(Lowered child, std::vector<int> keys) {
  Lowered exchange = PassingNode(PhysicalKind::kExchange, std::move(child));
  exchange.node->distribution = Distribution::kHash;
  exchange.node->key_columns = std::move(keys);
  return exchange;
}

Lowered Broadcast(Lowered child) {
  Lowered exchange = PassingNode(PhysicalKind::kExchange, std::move(child));
  exchange.node->distribution = Distribution::kBroadcast;
  return exchange;
}

Lowered ProjectNode(Lowered child, std::vector<ExpressionPtr> expressions,
                    std::vector<Attribute> output) {
  Lowered project = PassingNode(PhysicalKind::kProject, std::move(child));
  project.node->expressions = std::move(expressions);
  project.node->schema = PhysicalSchema(output);
  project.output = std::move(output);
  return project;
}

}  // namespace headrace
