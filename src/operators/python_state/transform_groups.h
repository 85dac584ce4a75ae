#pragma once

#include <memory>

#include "plan/group_function.h"
#include "plan/python_operation.h"

namespace headrace {

std::shared_ptr<const GroupFunction> MakeTransformWithState(
    std::shared_ptr<const PythonFunction> function, PythonContextPtr context);

}  // namespace headrace
