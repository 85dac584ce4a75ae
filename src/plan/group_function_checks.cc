#include "plan/group_function_checks.h"

#include <vector>

#include "plan/group_function.h"
#include "plan/resolved_nodes.h"

namespace headrace {
namespace {

using Kind = GroupFunctionCall::Kind;

// Spark has one catch-all condition for these; its message is the parameter.
Status Unsupported(const std::string& text) {
  return AnalysisError("_LEGACY_ERROR_TEMP_3102", text, {{"msg", text}});
}

std::string ModeTitle(OutputMode mode) {
  std::string name = OutputModeName(mode);
  name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  return name;
}

std::string ModeInText(OutputMode mode) {
  return mode == OutputMode::kAppend ? "append" : "update";
}

struct Found {
  std::vector<const ResolvedPlan*> map_groups, flat_map_groups, in_pandas, transforms;
  bool aggregates = false;
};

Found Find(const ResolvedPlan& plan) {
  Found found;
  VisitPlan(plan, [&](const ResolvedPlan& node) {
    if (!IsStreaming(node)) return;
    if (node.kind == ResolvedKind::kAggregate || node.kind == ResolvedKind::kDistinct) {
      found.aggregates = true;
    }
    if (node.kind != ResolvedKind::kGroupsWithState) return;
    switch (node.group_function->kind) {
      case Kind::kMapGroupsWithState:
        return found.map_groups.push_back(&node);
      case Kind::kFlatMapGroupsWithState:
        return found.flat_map_groups.push_back(&node);
      case Kind::kApplyInPandasWithState:
        return found.in_pandas.push_back(&node);
      case Kind::kTransformWithState:
        return found.transforms.push_back(&node);
    }
  });
  return found;
}

Status CheckNumber(const Found& found, OutputMode mode) {
  if (found.map_groups.size() > 1) {
    return Unsupported(
        "Multiple mapGroupsWithStates are not supported on a streaming DataFrames/Datasets");
  }
  if (!found.map_groups.empty() && !found.flat_map_groups.empty()) {
    return Unsupported(
        "Mixing mapGroupsWithStates and flatMapGroupsWithStates are not supported on a streaming "
        "DataFrames/Datasets");
  }
  if (found.in_pandas.size() > 1) {
    return Unsupported(
        "Multiple applyInPandasWithStates are not supported on a streaming DataFrames/Datasets");
  }
  bool all_append = mode == OutputMode::kAppend;
  for (const ResolvedPlan* node : found.flat_map_groups) {
    all_append &= node->group_function->output_mode == OutputMode::kAppend;
  }
  if (found.flat_map_groups.size() > 1 && !all_append) {
    return Unsupported(
        "Multiple flatMapGroupsWithStates are not supported when they are not all in append mode "
        "or the output mode is not append on a streaming DataFrames/Datasets");
  }
  return Status::OK();
}

// Of the functions that name a mode of their own.
Status CheckOwnMode(const ResolvedPlan& node, bool aggregates, OutputMode mode) {
  const GroupFunctionCall& call = *node.group_function;
  const std::string what =
      NameOf(call.kind) + (" in " + ModeInText(call.output_mode)) + " mode is not supported ";
  if (!aggregates) {
    if (call.output_mode == mode) return Status::OK();
    return Unsupported(what + "with " + ModeTitle(mode) +
                       " output mode on a streaming DataFrame/Dataset");
  }
  if (call.output_mode == OutputMode::kUpdate) {
    return Unsupported(what + "with aggregation on a streaming DataFrame/Dataset");
  }
  if (call.kind == Kind::kApplyInPandasWithState && Find(node).aggregates) {
    return Unsupported(what + "after aggregation on a streaming DataFrame/Dataset");
  }
  return Status::OK();
}

Status CheckModes(const Found& found, OutputMode mode) {
  if (!found.map_groups.empty()) {
    if (found.aggregates) {
      return Unsupported(
          "mapGroupsWithState is not supported with aggregation on a streaming DataFrame/Dataset");
    }
    if (mode != OutputMode::kUpdate) {
      return Unsupported("mapGroupsWithState is not supported with " + ModeTitle(mode) +
                         " output mode on a streaming DataFrame/Dataset");
    }
  }
  for (const auto* nodes : {&found.flat_map_groups, &found.in_pandas}) {
    for (const ResolvedPlan* node : *nodes) {
      ARROW_RETURN_NOT_OK(CheckOwnMode(*node, found.aggregates, mode));
    }
  }
  return Status::OK();
}

Status CheckNode(const ResolvedPlan& node) {
  const GroupFunctionCall& call = *node.group_function;
  const std::string name = NameOf(call.kind);
  if (node.children.size() == 2 && IsStreaming(*node.children[1])) {
    return Unsupported("Non-streaming DataFrame/Dataset is not supported as the initial state in " +
                       name +
                       " operation on a streaming DataFrame/Dataset: the initial state here is a "
                       "stream, and it must not be one.");
  }
  // Spark lets a transformWithState wait for a watermark that never comes.
  if (call.kind == Kind::kTransformWithState || call.has_watermark ||
      call.timeout != GroupFunctionCall::Timeout::kEventTime) {
    return Status::OK();
  }
  return Unsupported(
      "Watermark must be specified in the query using '[Dataset/DataFrame].withWatermark()' for "
      "using event-time timeout in a " +
      name + ". Event-time timeout not supported without watermark.");
}

}  // namespace

Status CheckGroupFunctions(const ResolvedPlan& plan, OutputMode mode) {
  const Found found = Find(plan);
  ARROW_RETURN_NOT_OK(CheckNumber(found, mode));
  ARROW_RETURN_NOT_OK(CheckModes(found, mode));
  for (const auto* nodes :
       {&found.map_groups, &found.flat_map_groups, &found.in_pandas, &found.transforms}) {
    for (const ResolvedPlan* node : *nodes) ARROW_RETURN_NOT_OK(CheckNode(*node));
  }
  return Status::OK();
}

}  // namespace headrace
