// Sources that make rows up: `rate` (rows per second of the clock) and `rate-micro-batch` (rows
// per batch). Columns: timestamp timestamp, value bigint.
#pragma once

#include "connector/registry.h"

namespace headrace {

void RegisterRateConnector(ConnectorRegistry* registry);

}  // namespace headrace
