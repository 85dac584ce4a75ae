#include "operators/watermark_propagation.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "plan/group_function.h"

namespace headrace {
namespace {

class Propagation {
 public:
  Propagation(const PhysicalPlan& plan, int64_t watermark_ms)
      : watermark_ms_(watermark_ms),
        // Where nothing sets a watermark, the query's own is 0, or what a test says.
        without_ms_(plan.has_watermark ? 0 : watermark_ms),
        inputs_(static_cast<size_t>(plan.stateful_operator_count)) {
    OutputOf(*plan.root);
  }

  std::vector<int64_t> inputs() && { return std::move(inputs_); }

 private:
  // No value: no watermark was set below.
  std::optional<int64_t> OutputOf(const PhysicalNode& node) {
    std::optional<int64_t> input;
    for (const PhysicalNodePtr& child : node.children) {
      const std::optional<int64_t> below = OutputOf(*child);
      if (below) input = std::min(input.value_or(*below), *below);
    }
    if (node.kind == PhysicalKind::kWatermark) return watermark_ms_;
    if (node.operator_id < 0) return input;
    const int64_t known = input.value_or(without_ms_);
    inputs_[static_cast<size_t>(node.operator_id)] = known;
    if (node.kind == PhysicalKind::kStreamJoin) return node.stream_join->OutputWatermark(known);
    if (node.kind == PhysicalKind::kGroupsWithState && !node.group_function->gives_watermark()) {
      return std::nullopt;
    }
    return known;
  }

  const int64_t watermark_ms_, without_ms_;
  std::vector<int64_t> inputs_;
};

// With the watermark, not with the clock.
bool ActsOnWatermark(const GroupFunctionCall& call, OutputMode mode) {
  const bool by_clock = call.timeout == GroupFunctionCall::Timeout::kProcessingTime;
  if (call.kind == GroupFunctionCall::Kind::kTransformWithState) {
    return !by_clock && mode != OutputMode::kComplete;
  }
  return call.timeout == GroupFunctionCall::Timeout::kEventTime;
}

bool ActsOnWatermark(const PhysicalNode& node, OutputMode mode) {
  switch (node.kind) {
    case PhysicalKind::kStatefulAggregate:
    case PhysicalKind::kStatefulSessionAggregate:
      return mode != OutputMode::kComplete;
    case PhysicalKind::kStatefulDeduplicate:
      return true;
    case PhysicalKind::kStreamJoin:
      return node.stream_join->drops_state();
    case PhysicalKind::kGroupsWithState:
      return ActsOnWatermark(*node.group_function, mode);
    default:
      return false;
  }
}

bool AnyNode(const PhysicalNode& node, const std::function<bool(const PhysicalNode&)>& holds) {
  return holds(node) ||
         std::any_of(node.children.begin(), node.children.end(),
                     [&](const PhysicalNodePtr& child) { return AnyNode(*child, holds); });
}

}  // namespace

std::vector<int64_t> InputWatermarks(const PhysicalPlan& plan, int64_t watermark_ms) {
  return Propagation(plan, watermark_ms).inputs();
}

bool WatermarkMovesState(const PhysicalPlan& plan, int64_t last_ms, int64_t new_ms) {
  if (plan.stateful_operator_count == 0 || new_ms <= last_ms) return false;
  const std::vector<int64_t> before = InputWatermarks(plan, last_ms);
  const std::vector<int64_t> after = InputWatermarks(plan, new_ms);
  return AnyNode(*plan.root, [&](const PhysicalNode& node) {
    return node.operator_id >= 0 && after[node.operator_id] > before[node.operator_id] &&
           ActsOnWatermark(node, plan.output_mode);
  });
}

}  // namespace headrace
