// The arithmetic of the rate source, and the providers of both.
#pragma once

#include "connectors/rate/rate.h"

namespace headrace {

// How many rows a rate source has made `seconds` after its start. The speed grows in whole steps
// during the ramp-up: with 4 s of it and 10 rows/s the totals are 0, 2, 6, 12, 20, 30, 40.
int64_t RateValueAtSecond(int64_t seconds, int64_t rows_per_second, int64_t ramp_up_seconds);

std::shared_ptr<SourceProvider> MakeRateProvider();
std::shared_ptr<SourceProvider> MakeRateMicroBatchProvider();

}  // namespace headrace
