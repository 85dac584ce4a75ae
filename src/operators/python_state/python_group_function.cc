#include "operators/python_state/python_group_function.h"

#include <utility>

#include "operators/python_state/pandas_groups_with_state.h"
#include "operators/python_state/transform_groups.h"
#include "python/transform_evaluation.h"

namespace headrace {

Result<std::shared_ptr<const GroupFunction>> MakePythonGroupFunction(
    std::shared_ptr<const PythonFunction> function, PythonContextPtr context) {
  if (function->evaluation == PythonEvaluation::kGroupedMapPandasWithState) {
    return MakePandasWithState(std::move(function), std::move(context));
  }
  if (TransformsWithState(function->evaluation)) {
    return MakeTransformWithState(std::move(function), std::move(context));
  }
  return NotSupported("the Python function " + function->name + " of evaluation type " +
                      std::to_string(static_cast<int>(function->evaluation)) + " with state");
}

}  // namespace headrace
