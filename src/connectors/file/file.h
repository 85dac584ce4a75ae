// Files as sources and sinks: text, json, csv and parquet; batch and streaming.
#pragma once

#include "connector/registry.h"

namespace headrace {

void RegisterFileConnector(ConnectorRegistry* registry);

}  // namespace headrace
