// The two sides of the Kafka source, and its provider.
#pragma once

#include "connectors/kafka/source_options.h"

namespace headrace {

// `metadata_path`: the initial offsets are kept there, as Spark keeps them.
Result<std::unique_ptr<Source>> OpenKafkaStream(KafkaSourceOptions options,
                                                const std::string& metadata_path,
                                                const ConnectorContext& context);
std::unique_ptr<BatchScan> MakeKafkaScan(KafkaSourceOptions options);

std::shared_ptr<SourceProvider> MakeKafkaSourceProvider();

}  // namespace headrace
