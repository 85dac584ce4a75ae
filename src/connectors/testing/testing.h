// The format of tests, `headrace-test`: a directory of numbered files, one a batch, that survives
// whatever happens to the engine.
//
// `df.write` adds the next number; as a stream's source each number is an offset; as a stream's
// sink the number is the batch id, and a batch that comes again replaces itself; `spark.read` gives
// the rows of all numbers, or from the one that the option `first` says. A server registers the
// format only if it was started for tests.
#pragma once

#include "connector/registry.h"

namespace headrace {

void RegisterTestingConnector(ConnectorRegistry* registry);

}  // namespace headrace
