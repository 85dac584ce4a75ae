// Joins of two streams: both sides exchanged by their keys, the condition split by side.
#include <set>
#include <utility>

#include "plan/conjuncts.h"
#include "plan/join_watermark.h"
#include "plan/physical/planner.h"

namespace headrace {
namespace {

struct SplitCondition {
  ExpressionPtr left, right, both;
};

// A row that fails the conjuncts of its own side can match nothing: it need not be kept. What is
// not deterministic is looked at once for each pair of rows.
SplitCondition Split(const ExpressionPtr& condition, const AttributeSet& left,
                     const AttributeSet& right) {
  std::vector<ExpressionPtr> on_left, on_right, on_both;
  for (const ExpressionPtr& conjunct : SplitConjuncts(condition)) {
    const AttributeSet references = ReferencesOf(conjunct);
    const bool movable = conjunct->deterministic();
    const bool of_left = movable && IsSubset(references, left);
    const bool of_right = movable && IsSubset(references, right);
    if (of_left) on_left.push_back(conjunct);
    if (of_right) on_right.push_back(conjunct);
    if (!of_left && !of_right) on_both.push_back(conjunct);
  }
  return {JoinConjuncts(on_left), JoinConjuncts(on_right), JoinConjuncts(on_both)};
}

int EventTimeColumn(const std::vector<Attribute>& columns) {
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].watermark_delay_us) return static_cast<int>(i);
  }
  return -1;
}

Result<StreamJoinSide> MakeSide(const std::vector<ExpressionPtr>& keys,
                                const ExpressionPtr& condition, StateWatermark watermark,
                                Lowered* input) {
  StreamJoinSide side;
  side.row_columns = static_cast<int>(input->output.size());
  side.event_time_column = EventTimeColumn(input->output);
  side.watermark = std::move(watermark);
  ARROW_ASSIGN_OR_RAISE(side.condition, Bind(condition, input->output));
  ARROW_ASSIGN_OR_RAISE(side.keys, PlaceKeys(keys, input));
  *input = ExchangeByHash(std::move(*input), side.keys);
  return side;
}

}  // namespace

// Which of two event times would late rows be told by?
Status PhysicalPlanner::CheckEventTimes(const ResolvedPlan& side) const {
  std::set<int64_t> ids;
  std::string names;
  for (const Attribute& column : side.output) {
    if (!column.watermark_delay_us || !ids.insert(column.id).second) continue;
    names += (names.empty() ? "" : ",") + column.name;
  }
  if (ids.size() < 2) return Status::OK();
  return AnalysisError("_LEGACY_ERROR_TEMP_3077",
                       "More than one event time columns are available. The column(s): (" + names +
                           "). One side of a join of two streams has several columns with a "
                           "watermark: select one of them below the join.",
                       {{"eventTimeCols", "(" + names + ")"}});
}

Result<Lowered> PhysicalPlanner::LowerStreamJoin(const ResolvedPlan& plan, const JoinKeys& keys) {
  FailFirstBatch(CheckEventTimes(*plan.children[0]));
  FailFirstBatch(CheckEventTimes(*plan.children[1]));
  ARROW_ASSIGN_OR_RAISE(Lowered left, Lower(plan.children[0]));
  ARROW_ASSIGN_OR_RAISE(Lowered right, Lower(plan.children[1]));

  std::vector<Attribute> rows = left.output;
  rows.insert(rows.end(), right.output.begin(), right.output.end());
  const SplitCondition condition = Split(keys.residual, IdsOf(left.output), IdsOf(right.output));
  auto node = std::make_shared<PhysicalNode>();
  node->kind = PhysicalKind::kStreamJoin;
  node->join_type = plan.join_type;
  node->schema = PhysicalSchema(plan.output);
  ARROW_ASSIGN_OR_RAISE(node->condition, Bind(condition.both, rows));

  std::vector<ExpressionPtr> left_keys, right_keys;
  for (const JoinKeyPair& pair : keys.pairs) {
    left_keys.push_back(pair.left);
    right_keys.push_back(pair.right);
  }
  JoinStateWatermarks watermarks = StateWatermarksOf(plan, keys);
  auto join = std::make_shared<StreamJoin>();
  // Without the filters that a full outer join does not allow, null keys are equal keys in Spark.
  join->nulls_are_equal = keys.null_safe || plan.join_type == JoinType::kFullOuter;
  ARROW_ASSIGN_OR_RAISE(join->left,
                        MakeSide(left_keys, condition.left, std::move(watermarks.left), &left));
  ARROW_ASSIGN_OR_RAISE(join->right,
                        MakeSide(right_keys, condition.right, std::move(watermarks.right), &right));
  node->stream_join = std::move(join);
  node->children = {std::move(left.node), std::move(right.node)};
  return Lowered{std::move(node), plan.output};
}

}  // namespace headrace
