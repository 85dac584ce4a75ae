// The sink that prints each batch as `show()` does: `format("console")`. Options numRows (20) and
// truncate (true: cells of at most 20 characters).
#pragma once

#include "connector/registry.h"

namespace headrace {

void RegisterConsoleConnector(ConnectorRegistry* registry);

}  // namespace headrace
