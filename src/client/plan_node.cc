#include "client/plan_node.h"

#include <atomic>

#include "client/messages.h"

namespace headrace::client {

PlanPtr MakePlan(std::function<void(messages::Relation*)> write) {
  static std::atomic<int64_t> next_id = 0;
  return std::make_shared<const PlanNode>(PlanNode{.id = next_id++, .write = std::move(write)});
}

void WritePlan(const PlanNode& plan, messages::Relation* relation) {
  plan.write(relation);
  relation->mutable_common()->set_plan_id(plan.id);
}

messages::Plan RootPlan(const PlanNode& plan) {
  messages::Plan message;
  WritePlan(plan, message.mutable_root());
  return message;
}

}  // namespace headrace::client
