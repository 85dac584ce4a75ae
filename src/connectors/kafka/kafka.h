// Apache Kafka as source and sink, by librdkafka. docs/kafka.md says which options there are.
#pragma once

#include "connector/registry.h"

namespace headrace {

void RegisterKafkaConnector(ConnectorRegistry* registry);

}  // namespace headrace
