#include "functions/aggregate/aggregate.h"

#include "functions/aggregate/registration.h"

namespace headrace {

void RegisterAggregateFunctions(FunctionRegistry* registry) {
  aggregate::RegisterCount(registry);
  aggregate::RegisterSum(registry);
  aggregate::RegisterAverage(registry);
  aggregate::RegisterMinMax(registry);
  aggregate::RegisterFirstLast(registry);
  aggregate::RegisterBoolean(registry);
  aggregate::RegisterMoments(registry);
  aggregate::RegisterCorrelation(registry);
  aggregate::RegisterCollect(registry);
  aggregate::RegisterMaxBy(registry);
  aggregate::RegisterApproximateCountDistinct(registry);
  aggregate::RegisterPercentile(registry);
  aggregate::RegisterPercentileApprox(registry);
  aggregate::RegisterBitwise(registry);
  aggregate::RegisterMode(registry);
  aggregate::RegisterListAggregate(registry);
  aggregate::RegisterRegression(registry);
  aggregate::RegisterProduct(registry);
  aggregate::RegisterBitmaps(registry);
}

}  // namespace headrace
