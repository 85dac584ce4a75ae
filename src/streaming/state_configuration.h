// Where a query keeps its state while it runs, from its configuration.
#pragma once

#include "base/error.h"
#include "state/state_store.h"
#include "streaming/query_configuration.h"

namespace headrace {

// Keys: spark.sql.streaming.stateStore.providerClass (Spark's two providers),
// .minDeltasForSnapshot, spark.sql.streaming.minBatchesToRetain, headrace.state.memoryLimit
// ("512m"; bytes of all stores of the query), headrace.state.localDirectory. Errors:
// STATE_STORE_INVALID_PROVIDER naming an unknown class.
Result<StateStoreOptions> StateOptionsOf(const QueryConfiguration& configuration);

}  // namespace headrace
