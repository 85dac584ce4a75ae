// Running a batch plan whose observe() somebody wants to know about.
#pragma once

#include <map>
#include <string>

#include "operators/plan_instance.h"

namespace headrace {

// As RunBatchPlan in plan_instance.h; *observed becomes what observe() saw: a row for each name.
Status RunBatchPlan(std::shared_ptr<const PhysicalPlan> plan, const ConnectorContext& connector,
                    InstanceOptions options, const CancellationToken* cancellation, int64_t now_us,
                    const std::function<Status(const BatchPtr&)>& consume,
                    std::map<std::string, BatchPtr>* observed);

// The same, with the partitions of the result given to `consumer` as they come.
Status RunBatchPlan(std::shared_ptr<const PhysicalPlan> plan, const ConnectorContext& connector,
                    InstanceOptions options, const CancellationToken* cancellation, int64_t now_us,
                    ResultConsumer* consumer, std::map<std::string, BatchPtr>* observed);

}  // namespace headrace
