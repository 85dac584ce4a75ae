// The sink that discards everything: `format("noop")`.
#pragma once

#include "connector/registry.h"

namespace headrace {

void RegisterNoopConnector(ConnectorRegistry* registry);

}  // namespace headrace
