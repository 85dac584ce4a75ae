// Aggregating functions of Python programs over windows.
#pragma once

#include "operators/instances.h"

namespace headrace {

OperatorPtr MakePythonWindow(const PhysicalNode& node, const OperatorSite& site);

}  // namespace headrace
