// Kafka as a sink, of streams and of batch jobs.
//
// By default a batch that is run again is written again, as with Spark. With headrace.exactlyOnce a
// batch is one transaction (transaction.h).
#pragma once

#include "connector/sink.h"

namespace headrace {

std::shared_ptr<SinkProvider> MakeKafkaSinkProvider();

}  // namespace headrace
