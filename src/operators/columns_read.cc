#include "operators/columns_read.h"

#include "plan/python_operation.h"

namespace headrace {
namespace {

void MarkReferences(const ExpressionPtr& expression, std::vector<uint8_t>* read) {
  if (expression == nullptr) return;
  Visit(expression, [read](const Expression& part) {
    const auto* reference = dynamic_cast<const BoundReference*>(&part);
    if (reference != nullptr) (*read)[reference->index()] = 1;
  });
}

void MarkReferences(const std::vector<ExpressionPtr>& expressions, std::vector<uint8_t>* read) {
  for (const ExpressionPtr& expression : expressions) MarkReferences(expression, read);
}

}  // namespace

std::vector<uint8_t> ColumnsReadAbove(const std::vector<ChainNode>& nodes, size_t i) {
  std::vector<uint8_t> read(static_cast<size_t>(nodes[i].node->schema->num_fields()), 0);
  for (size_t above = i + 1; above < nodes.size(); ++above) {
    const PhysicalNode& node = *nodes[above].node;
    switch (node.kind) {
      // These hand all columns on: look further up.
      case PhysicalKind::kFilter:
        MarkReferences(node.expressions, &read);
        break;
      case PhysicalKind::kWatermark:
        read[node.event_time_column] = 1;
        break;
      // These make columns of their own.
      case PhysicalKind::kProject:
        MarkReferences(node.expressions, &read);
        return read;
      case PhysicalKind::kPython:
        if (node.python->shape != PythonOperation::Shape::kRows) return {};
        MarkReferences(node.expressions, &read);
        return read;
      case PhysicalKind::kGenerate:
        MarkReferences(node.generator.arguments, &read);
        for (const int column : node.required_columns) read[column] = 1;
        return read;
      case PhysicalKind::kPartialAggregate:
      case PhysicalKind::kPaneAggregate:
        MarkReferences(node.groupings, &read);
        for (const PhysicalAggregate& entry : node.aggregates) {
          MarkReferences(entry.aggregate.arguments, &read);
          MarkReferences(entry.filter, &read);
        }
        return read;
      default:
        return {};
    }
  }
  return {};
}

}  // namespace headrace
