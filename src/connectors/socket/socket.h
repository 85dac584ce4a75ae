// Lines of text from a TCP server: `format("socket")`, options host, port, includeTimestamp.
#pragma once

#include "connector/registry.h"

namespace headrace {

void RegisterSocketConnector(ConnectorRegistry* registry);

}  // namespace headrace
