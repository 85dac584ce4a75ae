#include "connectors/kafka/kafka.h"

#include "connectors/kafka/kafka_sink.h"
#include "connectors/kafka/kafka_source.h"

namespace headrace {

void RegisterKafkaConnector(ConnectorRegistry* registry) {
  registry->AddSource("kafka", MakeKafkaSourceProvider());
  registry->AddSink("kafka", MakeKafkaSinkProvider());
}

}  // namespace headrace
