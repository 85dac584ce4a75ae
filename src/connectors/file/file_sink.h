// Files as sinks. A stream's batch counts as written when its entry appears in `_spark_metadata`:
// files of attempts that failed are in no entry, so readers that go by the log never see them. A
// batch job writes into a hidden directory and moves its files in place at the end.
#pragma once

#include "connector/sink.h"

namespace headrace {

std::shared_ptr<SinkProvider> MakeFileSinkProvider();

}  // namespace headrace
