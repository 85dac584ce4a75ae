// The program's `kafka.*` options, in the names of Apache Kafka's Java client, as librdkafka's.
#pragma once

#include <map>
#include <string>

#include "base/options.h"

namespace headrace {

enum class KafkaRole { kConsumer, kProducer };

// librdkafka's configuration by its own names. Properties that mean the same under another name or
// with other values are translated; those that only tune the Java client are passed over with a
// warning; any other that librdkafka does not know is refused by name. So are the properties that
// Spark reserves to itself, with Spark's exception. Defaults that differ are Java's.
Result<std::map<std::string, std::string>> TranslateClientProperties(const Options& options,
                                                                     KafkaRole role);

}  // namespace headrace
