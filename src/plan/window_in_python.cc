#include "plan/window_in_python.h"

#include <algorithm>

namespace headrace {
namespace {

PythonEvaluation OverWindows(PythonEvaluation evaluation) {
  return evaluation == PythonEvaluation::kGroupedAggregateArrow
             ? PythonEvaluation::kWindowAggregateArrow
             : PythonEvaluation::kWindowAggregatePandas;
}

// Where an input stands among those that are sent, which get it if it is new.
int PositionAmong(int input, std::vector<int>* sent) {
  const auto found = std::find(sent->begin(), sent->end(), input);
  const auto position = static_cast<int>(found - sent->begin());
  if (found == sent->end()) sent->push_back(input);
  return position;
}

}  // namespace

PythonOperation WindowInPython(const WindowOperation& operation) {
  const PythonFunctionCall& first = *operation.functions[0].python;
  PythonOperation python;
  python.shape = PythonOperation::Shape::kWindow;
  python.context = first.context();
  python.task = TaskOf(*first.function(), *python.context);
  python.task.evaluation = OverWindows(first.function()->evaluation);
  for (const WindowFunction& function : operation.functions) {
    for (const int argument : function.arguments) PositionAmong(argument, &python.sent_inputs);
  }
  std::string frames;
  auto next_bound = static_cast<int>(python.sent_inputs.size());
  for (const WindowFunction& function : operation.functions) {
    PythonCall call;
    call.commands = {function.python->function()->command};
    if (!IsUnbounded(function)) {
      for (int end = 0; end < 2; ++end) call.arguments.push_back({next_bound++, ""});
    }
    for (size_t i = 0; i < function.arguments.size(); ++i) {
      call.arguments.push_back({PositionAmong(function.arguments[i], &python.sent_inputs),
                                function.python->keywords()[i]});
    }
    python.task.calls.push_back(std::move(call));
    python.results.push_back(function.type);
    python.name += (python.name.empty() ? "" : ", ") + function.name + "()";
    frames += frames.empty() ? "" : ",";
    frames += IsUnbounded(function) ? "unbounded" : "bounded";
  }
  python.task.configuration["window_bound_types"] = frames;
  python.task.configuration["pandas_window_bound_types"] = frames;  // its name before 4.1
  return python;
}

bool IsUnbounded(const WindowFunction& function) {
  return function.lower.kind == FrameBoundKind::kUnboundedPreceding &&
         function.upper.kind == FrameBoundKind::kUnboundedFollowing;
}

}  // namespace headrace
