// Clients' Python functions over groups with state, as the engine calls them.
#pragma once

#include <memory>

#include "plan/group_function.h"
#include "python/python_function.h"
#include "python/python_runtime.h"

namespace headrace {

// applyInPandasWithState, transformWithState(InPandas); UNSUPPORTED_FEATURE for a function of
// another kind.
Result<std::shared_ptr<const GroupFunction>> MakePythonGroupFunction(
    std::shared_ptr<const PythonFunction> function, PythonContextPtr context);

}  // namespace headrace
