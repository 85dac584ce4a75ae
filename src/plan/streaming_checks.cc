#include "plan/streaming_checks.h"

#include <algorithm>
#include <vector>

#include "base/log.h"
#include "plan/conjuncts.h"
#include "plan/group_function.h"
#include "plan/group_function_checks.h"
#include "plan/join_watermark.h"
#include "plan/python_operation.h"
#include "plan/resolved_nodes.h"
#include "plan/window_operation.h"

namespace headrace {
namespace {

// Spark has one catch-all condition for these; its message is the parameter.
Status Unsupported(const std::string& text) {
  return AnalysisError("_LEGACY_ERROR_TEMP_3102", text, {{"msg", text}});
}

std::string ModeTitle(OutputMode mode) {
  switch (mode) {
    case OutputMode::kAppend:
      return "Append";
    case OutputMode::kUpdate:
      return "Update";
    case OutputMode::kComplete:
      return "Complete";
  }
  return "";
}

Status UnsupportedMode(OutputMode mode, const std::string& operation, const std::string& advice) {
  return AnalysisError("STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION",
                       "Invalid streaming output mode: " + OutputModeName(mode) +
                           ". This output mode is not supported for " + operation +
                           " on streaming DataFrames/DataSets. " + advice,
                       {{"outputMode", OutputModeName(mode)}, {"operation", operation}});
}

bool IsStreamingAggregate(const ResolvedPlan& plan) {
  return (plan.kind == ResolvedKind::kAggregate || plan.kind == ResolvedKind::kDistinct) &&
         IsStreaming(*plan.children[0]);
}

// Top-most first.
std::vector<const ResolvedPlan*> StreamingAggregates(const ResolvedPlan& plan) {
  std::vector<const ResolvedPlan*> aggregates;
  VisitPlan(plan, [&](const ResolvedPlan& node) {
    if (IsStreamingAggregate(node)) aggregates.push_back(&node);
  });
  return aggregates;
}

bool AnyTagged(const std::vector<Attribute>& attributes) {
  for (const Attribute& attribute : attributes) {
    if (attribute.watermark_delay_us) return true;
  }
  return false;
}

bool AnySession(const std::vector<Attribute>& attributes) {
  for (const Attribute& attribute : attributes) {
    if (attribute.is_session) return true;
  }
  return false;
}

std::vector<Attribute> GroupingColumns(const ResolvedPlan& aggregate) {
  if (aggregate.kind == ResolvedKind::kDistinct) return aggregate.output;
  std::vector<Attribute> columns;
  for (const NamedExpression& grouping : aggregate.groupings) {
    if (dynamic_cast<const AttributeReference*>(grouping.expression.get())) {
      columns.push_back(grouping.attribute);
    }
  }
  return columns;
}

Status CheckOutputMode(const std::vector<const ResolvedPlan*>& aggregates, OutputMode mode) {
  if (mode == OutputMode::kAppend && !aggregates.empty() &&
      !AnyTagged(GroupingColumns(*aggregates[0]))) {
    return UnsupportedMode(mode, "streaming aggregations without watermark",
                           "A group is finished only when a watermark passes it: call "
                           "withWatermark() and group by its column or a window of it, or use "
                           "output mode update or complete.");
  }
  if (mode == OutputMode::kUpdate && !aggregates.empty() &&
      AnySession(GroupingColumns(*aggregates[0]))) {
    return UnsupportedMode(mode, "session window streaming aggregations",
                           "A session that grows would be given as another one: use output mode "
                           "append or complete.");
  }
  if (mode == OutputMode::kComplete && aggregates.empty()) {
    return UnsupportedMode(mode, "no streaming aggregations",
                           "Only an aggregation has a complete result to write again: use output "
                           "mode append.");
  }
  return Status::OK();
}

// Does every execution see all the data that there ever was? SQL's DISTINCT does not count.
bool HasCompleteData(const ResolvedPlan& plan, OutputMode mode) {
  if (!IsStreaming(plan)) return true;
  bool aggregated = false;
  for (const ResolvedPlan* aggregate : StreamingAggregates(plan)) {
    aggregated |= aggregate->kind == ResolvedKind::kAggregate;
  }
  return mode == OutputMode::kComplete && aggregated;
}

Status CheckAggregate(const ResolvedPlan& plan) {
  if (!IsStreaming(*plan.children[0])) return Status::OK();
  for (const NamedAggregate& aggregate : plan.aggregates) {
    if (aggregate.distinct) {
      return Unsupported(
          "Distinct aggregations are not supported on streaming DataFrames/Datasets, but " +
          aggregate.attribute.name + " is one. Consider using approx_count_distinct() instead.");
    }
  }
  return Status::OK();
}

Status CheckJoin(const ResolvedPlan& join, OutputMode mode) {
  const bool left = IsStreaming(*join.children[0]);
  const bool right = IsStreaming(*join.children[1]);
  if (!left && !right) return Status::OK();
  const bool both = left && right;
  if (both && mode != OutputMode::kAppend) {
    return Unsupported("Join between two streaming DataFrames/Datasets is not supported in " +
                       ModeTitle(mode) + " output mode, only in Append output mode");
  }
  auto needs_watermark = [&](const char* type) -> Status {
    if (!both || HasJoinWatermark(join)) return Status::OK();
    return Unsupported(std::string("Stream-stream ") + type +
                       " join between two streaming DataFrame/Datasets is not supported without a "
                       "watermark in the join keys, or a watermark on the nullable side and an "
                       "appropriate range condition");
  };
  switch (join.join_type) {
    case JoinType::kInner:
    case JoinType::kCross:
      return Status::OK();
    case JoinType::kFullOuter:
      if (left && !right) {
        return Unsupported(
            "FullOuter joins with streaming DataFrames/Datasets on the left and a static "
            "DataFrame/Dataset on the right is not supported");
      }
      if (!left && right) {
        return Unsupported(
            "FullOuter joins with streaming DataFrames/Datasets on the right and a static "
            "DataFrame/Dataset on the left is not supported");
      }
      return needs_watermark("FullOuter");
    case JoinType::kLeftAnti:
      if (right) {
        return Unsupported(
            "LeftAnti joins with a streaming DataFrame/Dataset on the right are not supported");
      }
      return Status::OK();
    case JoinType::kLeftOuter:
    case JoinType::kLeftSemi: {
      const char* type = join.join_type == JoinType::kLeftOuter ? "LeftOuter" : "LeftSemi";
      if (!left && right) {
        return Unsupported(std::string(type) +
                           " join with a streaming DataFrame/Dataset on the right and a static "
                           "DataFrame/Dataset on the left is not supported");
      }
      return needs_watermark(type);
    }
    case JoinType::kRightOuter:
      if (left && !right) {
        return Unsupported(
            "RightOuter join with a streaming DataFrame/Dataset on the left and a static "
            "DataFrame/DataSet on the right not supported");
      }
      return needs_watermark("RightOuter");
  }
  return Status::OK();
}

Status CheckExpressions(const ResolvedPlan& plan) {
  std::string refused;
  VisitExpressions(plan, [&](const ExpressionPtr& expression) {
    Visit(expression, [&](const Expression& node) {
      const auto* call = dynamic_cast<const FunctionCall*>(&node);
      if (call && call->name() == "monotonically_increasing_id") refused = call->name();
    });
  });
  if (refused.empty() || !IsStreaming(plan)) return Status::OK();
  return Unsupported("Expression(s): " + refused +
                     "() is not supported with streaming DataFrames/Datasets: its numbers would "
                     "begin again with every batch.");
}

Status CheckOperator(const ResolvedPlan& plan, OutputMode mode) {
  const bool streaming = IsStreaming(plan);
  switch (plan.kind) {
    case ResolvedKind::kAggregate:
      return CheckAggregate(plan);
    case ResolvedKind::kJoin:
      return CheckJoin(plan, mode);
    case ResolvedKind::kUnion: {
      const bool first = IsStreaming(*plan.children[0]);
      for (const ResolvedPlanPtr& child : plan.children) {
        if (IsStreaming(*child) != first) {
          return Unsupported(
              "Union between streaming and batch DataFrames/Datasets is not supported");
        }
      }
      return Status::OK();
    }
    case ResolvedKind::kIntersect:
      if (streaming) {
        return Unsupported("Intersect of streaming DataFrames/Datasets is not supported");
      }
      return Status::OK();
    case ResolvedKind::kExcept:
      if (IsStreaming(*plan.children[1])) {
        return Unsupported("Except on a streaming DataFrame/Dataset on the right is not supported");
      }
      return Status::OK();
    case ResolvedKind::kLimit:
      if (streaming && mode == OutputMode::kUpdate) {
        return Unsupported(
            "Limits are not supported on streaming DataFrames/Datasets in Update output mode");
      }
      return Status::OK();
    case ResolvedKind::kOffset:
    case ResolvedKind::kTail:
      if (streaming) {
        return Unsupported(std::string(plan.kind == ResolvedKind::kOffset ? "Offset" : "Tail") +
                           " is not supported on streaming DataFrames/Datasets");
      }
      return Status::OK();
    case ResolvedKind::kSort:
      if (!HasCompleteData(plan, mode)) {
        return Unsupported(
            "Sorting is not supported on streaming DataFrames/Datasets, unless it is on "
            "aggregated DataFrame/Dataset in Complete output mode");
      }
      return Status::OK();
    case ResolvedKind::kPython:
      if (streaming && plan.python->shape == PythonOperation::Shape::kCogroups) {
        return Unsupported("CoGrouping with a streaming DataFrame/Dataset is not supported");
      }
      return Status::OK();
    case ResolvedKind::kWindow:
      if (streaming) {
        const std::string name = plan.window->functions[0].name + "()";
        return AnalysisError("NON_TIME_WINDOW_NOT_SUPPORTED_IN_STREAMING",
                             "The window function " + name +
                                 " is not supported on streaming DataFrames/Datasets: their rows "
                                 "never end. Group by window(time, …) instead.",
                             {{"windowFunc", name}, {"columnName", ""}, {"windowSpec", ""}});
      }
      return Status::OK();
    case ResolvedKind::kSample:
      if (streaming) {
        return Unsupported("Sampling is not supported on streaming DataFrames/Datasets");
      }
      return Status::OK();
    case ResolvedKind::kDeduplicate:
      if (plan.within_watermark && !streaming) {
        return Unsupported(
            "dropDuplicatesWithinWatermark is not supported with batch DataFrames/DataSets");
      }
      if (plan.within_watermark && !AnyTagged(plan.children[0]->output)) {
        return Unsupported(
            "dropDuplicatesWithinWatermark is not supported on streaming DataFrames/DataSets "
            "without watermark");
      }
      return Status::OK();
    default:
      return Status::OK();
  }
}

Status CheckOperators(const ResolvedPlan& plan, OutputMode mode) {
  for (const ResolvedPlanPtr& child : plan.children) {
    ARROW_RETURN_NOT_OK(CheckOperators(*child, mode));
  }
  ARROW_RETURN_NOT_OK(CheckOperator(plan, mode));
  return CheckExpressions(plan);
}

bool IsStreamStreamJoin(const ResolvedPlan& plan) {
  return plan.kind == ResolvedKind::kJoin && IsStreaming(*plan.children[0]) &&
         IsStreaming(*plan.children[1]);
}

// Does the operator drop rows, or close state, by a watermark that an operator below may have
// moved past its own output?
bool DependsOnWatermark(const ResolvedPlan& plan) {
  if (IsStreamingAggregate(plan) || IsStreamStreamJoin(plan)) return true;
  if (plan.kind == ResolvedKind::kGroupsWithState) return true;
  if (plan.kind != ResolvedKind::kDeduplicate || !IsStreaming(plan)) return false;
  if (plan.within_watermark) return true;
  for (int64_t key : plan.keys) {
    const Attribute* column = FindAttribute(plan.output, key);
    if (column && column->watermark_delay_us) return true;
  }
  return false;
}

// May it give rows that are older than the watermark?
bool EmitsLateRows(const ResolvedPlan& plan, OutputMode mode) {
  if (IsStreamingAggregate(plan)) return mode != OutputMode::kAppend;
  return plan.kind == ResolvedKind::kGroupsWithState &&
         plan.group_function->kind != GroupFunctionCall::Kind::kTransformWithState &&
         plan.group_function->timeout == GroupFunctionCall::Timeout::kEventTime;
}

bool AnyEmitsLateRows(const ResolvedPlan& plan, OutputMode mode) {
  bool any = false;
  VisitPlan(plan, [&](const ResolvedPlan& node) { any |= EmitsLateRows(node, mode); });
  return any;
}

// An operator that gives such rows must have nothing stateful above it.
Status CheckGlobalWatermark(const ResolvedPlan& plan, OutputMode mode) {
  Status status;
  VisitPlan(plan, [&](const ResolvedPlan& node) {
    if (!status.ok() || !DependsOnWatermark(node)) return;
    for (const ResolvedPlanPtr& child : node.children) {
      if (!AnyEmitsLateRows(*child, mode)) continue;
      status = Unsupported(
          "Detected pattern of possible 'correctness' issue due to global watermark. The query "
          "contains stateful operation which can emit rows older than the current watermark plus "
          "allowed late record delay, which are \"late rows\" in downstream stateful operations "
          "and these rows can be discarded. In " +
          ModeTitle(mode) + " output mode nothing stateful may follow " +
          (mode == OutputMode::kAppend ? "a flatMapGroupsWithState with event-time timeout."
                                       : "an aggregation; use Append output mode."));
    }
  });
  return status;
}

}  // namespace

Status CheckStreamingPlan(const ResolvedPlan& plan, OutputMode mode, bool check_correctness) {
  if (!IsStreaming(plan)) {
    return Unsupported(
        "Queries without streaming sources cannot be executed with writeStream.start()");
  }
  ARROW_RETURN_NOT_OK(CheckOutputMode(StreamingAggregates(plan), mode));
  ARROW_RETURN_NOT_OK(CheckGroupFunctions(plan, mode));
  ARROW_RETURN_NOT_OK(CheckOperators(plan, mode));
  const Status correct = CheckGlobalWatermark(plan, mode);
  if (correct.ok() || check_correctness) return correct;
  LogWarn("streaming", correct.message());
  return Status::OK();
}

Status CheckBatchPlan(const ResolvedPlan& plan) {
  if (IsStreaming(plan)) {
    return Unsupported(
        "Queries with streaming sources must be executed with writeStream.start(): the rows of a "
        "stream have no end that collect(), show(), count() or write could wait for.");
  }
  Status status;
  VisitPlan(plan, [&](const ResolvedPlan& node) {
    if (node.kind == ResolvedKind::kDeduplicate && node.within_watermark) {
      status = Unsupported(
          "dropDuplicatesWithinWatermark is not supported with batch DataFrames/DataSets");
    }
  });
  return status;
}

}  // namespace headrace
