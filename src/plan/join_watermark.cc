#include "plan/join_watermark.h"

#include "plan/conjuncts.h"
#include "plan/resolved_nodes.h"

namespace headrace {
namespace {

AttributeSet TaggedIds(const std::vector<Attribute>& attributes) {
  AttributeSet ids;
  for (const Attribute& attribute : attributes) {
    if (attribute.watermark_delay_us) ids.insert(attribute.id);
  }
  return ids;
}

bool Intersects(const AttributeSet& a, const AttributeSet& b) {
  for (int64_t id : a) {
    if (b.contains(id)) return true;
  }
  return false;
}

const FunctionCall* AsComparison(const ExpressionPtr& conjunct) {
  const auto* call = dynamic_cast<const FunctionCall*>(conjunct.get());
  return call && call->children().size() == 2 ? call : nullptr;
}

bool IsEquality(const FunctionCall& call) {
  return call.name() == "=" || call.name() == "==" || call.name() == "<=>";
}

bool TaggedKey(const ResolvedPlan& join) {
  AttributeSet tagged = TaggedIds(join.children[0]->output);
  tagged.merge(TaggedIds(join.children[1]->output));
  for (const ExpressionPtr& conjunct : SplitConjuncts(join.condition)) {
    const FunctionCall* call = AsComparison(conjunct);
    if (!call || !IsEquality(*call)) continue;
    for (const ExpressionPtr& side : call->children()) {
      const auto* reference = dynamic_cast<const AttributeReference*>(side.get());
      if (reference && tagged.contains(reference->id())) return true;
    }
  }
  return false;
}

// Is there a condition `bounded side's time >= other side's tagged time …`, whose lower bound moves
// with the watermark?
bool RangeBounds(const ResolvedPlan& join, const ResolvedPlan& bounded,
                 const ResolvedPlan& tagged_side) {
  const AttributeSet bounded_ids = IdsOf(bounded.output);
  const AttributeSet tagged = TaggedIds(tagged_side.output);
  for (const ExpressionPtr& conjunct : SplitConjuncts(join.condition)) {
    const FunctionCall* call = AsComparison(conjunct);
    if (!call) continue;
    const bool less = call->name() == "<" || call->name() == "<=";
    const bool greater = call->name() == ">" || call->name() == ">=";
    if (!less && !greater) continue;
    const ExpressionPtr& larger = call->children()[less ? 1 : 0];
    const ExpressionPtr& smaller = call->children()[less ? 0 : 1];
    if (Intersects(ReferencesOf(larger), bounded_ids) &&
        Intersects(ReferencesOf(smaller), tagged)) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool HasJoinWatermark(const ResolvedPlan& join) {
  if (TaggedKey(join)) return true;
  const ResolvedPlan& left = *join.children[0];
  const ResolvedPlan& right = *join.children[1];
  switch (join.join_type) {
    case JoinType::kLeftOuter:
    case JoinType::kLeftSemi:
      return RangeBounds(join, left, right);
    case JoinType::kRightOuter:
      return RangeBounds(join, right, left);
    case JoinType::kFullOuter:
      return RangeBounds(join, left, right) || RangeBounds(join, right, left);
    default:
      return true;
  }
}

}  // namespace headrace
