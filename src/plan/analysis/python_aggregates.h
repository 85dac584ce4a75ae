// Aggregating Python functions (grouped aggregate pandas_udf and arrow_udf) of one aggregation.
#pragma once

#include <string>
#include <vector>

#include "plan/analysis/aggregate_collector.h"

namespace headrace {

// A node of the keys, then a column for each collected Python function.
ResolvedPlanPtr MakePythonAggregate(ResolvedPlanPtr input, const std::vector<NamedExpression>& keys,
                                    const AggregateCollector& collector);
// Such functions see whole groups in a worker, where no other aggregate function is computed.
Status PythonAggregateBesideOthers();

ResolvedPlanPtr MakePython(ResolvedPlanPtr child, PythonOperation operation,
                           std::vector<NamedExpression> inputs, std::vector<Attribute> output);
// Where an expression stands among the inputs, which get it if it is new.
int PositionAmong(ExpressionPtr expression, const std::string& name,
                  std::vector<NamedExpression>* inputs);

}  // namespace headrace
