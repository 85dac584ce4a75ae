// What the worker of Python functions over windows gets.
#pragma once

#include "plan/python_operation.h"
#include "plan/window_operation.h"

namespace headrace {

// Of an operation whose functions are all Python's, of one kind.
PythonOperation WindowInPython(const WindowOperation& operation);

// The frame of every row is its whole partition: the worker calls the function once for all of
// them. For other frames it is told where each row's frame begins and ends.
bool IsUnbounded(const WindowFunction& function);

}  // namespace headrace
