#include "operators/distribution.h"

#include <numeric>
#include <utility>

#include "operators/join_side.h"

namespace headrace {
namespace {

bool InOnePartition(const PhysicalNode& node, int shuffle_partitions) {
  switch (node.kind) {
    case PhysicalKind::kExchange:
      return node.distribution != Distribution::kHash || shuffle_partitions == 1;
    case PhysicalKind::kLocalData:
      return true;
    case PhysicalKind::kScan:
    case PhysicalKind::kRange:
    case PhysicalKind::kUnion:
      return false;
    default:
      return InOnePartition(*node.children[0], shuffle_partitions);
  }
}

PhysicalNodePtr Exchanged(const PhysicalNodePtr& child, std::vector<int> key_columns) {
  auto exchange = std::make_shared<PhysicalNode>();
  exchange->kind = PhysicalKind::kExchange;
  exchange->schema = child->schema;
  exchange->distribution = key_columns.empty() ? Distribution::kSingle : Distribution::kHash;
  exchange->key_columns = std::move(key_columns);
  exchange->children = {child};
  return exchange;
}

std::vector<int> FirstColumns(int count) {
  std::vector<int> columns(static_cast<size_t>(count));
  std::iota(columns.begin(), columns.end(), 0);
  return columns;
}

bool NeedsAllRows(const PhysicalNode& node) {
  switch (node.kind) {
    case PhysicalKind::kSort:
    case PhysicalKind::kLimit:
    case PhysicalKind::kOffset:
    case PhysicalKind::kTail:
    case PhysicalKind::kIntersect:
    case PhysicalKind::kExcept:
      return true;
    case PhysicalKind::kFinalAggregate:
    case PhysicalKind::kStatefulAggregate:
      return node.key_count == 0;
    case PhysicalKind::kHashJoin:
    case PhysicalKind::kNestedLoopJoin:
      // Rows of the build side are marked while the probe side goes by.
      return PreservesBuildSide(node);
    default:
      return false;
  }
}

// Columns of the first child by which rows must meet; empty: anywhere.
std::vector<int> MeetingColumns(const PhysicalNode& node) {
  switch (node.kind) {
    case PhysicalKind::kFinalAggregate:
    case PhysicalKind::kStatefulAggregate:
      return FirstColumns(node.key_count);
    case PhysicalKind::kDeduplicate:
    case PhysicalKind::kStatefulDeduplicate:
      return node.key_columns.empty() ? FirstColumns(node.schema->num_fields()) : node.key_columns;
    default:
      return {};
  }
}

bool HasLimit(const PhysicalNode& node) {
  return node.kind == PhysicalKind::kSort
             ? node.limit.has_value()
             : node.kind == PhysicalKind::kLimit && node.operator_id < 0;
}

// exchange(child) with `limiter`, a limit or a sort with a limit, put below.
PhysicalNodePtr LimitedBelow(const PhysicalNode& limiter, const PhysicalNodePtr& exchange) {
  if (InOnePartition(*exchange->children[0], 2)) return exchange;
  auto below = std::make_shared<PhysicalNode>(limiter);
  below->children = exchange->children;
  auto changed = std::make_shared<PhysicalNode>(*exchange);
  changed->children = {below};
  return changed;
}

}  // namespace

PhysicalNodePtr WithExchanges(const PhysicalNodePtr& root, int shuffle_partitions) {
  auto node = std::make_shared<PhysicalNode>(*root);
  for (PhysicalNodePtr& child : node->children) child = WithExchanges(child, shuffle_partitions);
  if (node->children.empty()) return node;

  PhysicalNodePtr& first = node->children[0];
  if (NeedsAllRows(*node)) {
    if (!InOnePartition(*first, shuffle_partitions)) first = Exchanged(first, {});
  } else if (std::vector<int> columns = MeetingColumns(*node);
             !columns.empty() && first->kind != PhysicalKind::kExchange &&
             (node->operator_id >= 0 || !InOnePartition(*first, shuffle_partitions))) {
    // A stateful operator has all its partitions whatever its input is spread over.
    first = Exchanged(first, std::move(columns));
  }
  if (HasLimit(*node) && first->kind == PhysicalKind::kExchange &&
      first->distribution == Distribution::kSingle) {
    first = LimitedBelow(*node, first);
  }
  return node;
}

}  // namespace headrace
