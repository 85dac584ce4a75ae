// What a DataFrame is inside: a recipe for a message, as ExpressionNode is for columns.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "headrace/dataframe.h"

#include "client/message_names.h"

namespace headrace::client {

struct PlanNode {
  // Tells the relations of a plan apart; columns refer to it (DataFrame::col).
  int64_t id;
  std::function<void(messages::Relation*)> write;
};
using PlanPtr = std::shared_ptr<const PlanNode>;

// Ids are unique in the process.
PlanPtr MakePlan(std::function<void(messages::Relation*)> write);

void WritePlan(const PlanNode& plan, messages::Relation* relation);
messages::Plan RootPlan(const PlanNode& plan);

// A DataFrame computed from another one.
template <typename Write>
DataFrame Derive(const DataFrame& input, Write write) {
  return DataFrame(input.connection(),
                   MakePlan([plan = input.plan(), write = std::move(write)](
                                messages::Relation* relation) { write(*plan, relation); }));
}

}  // namespace headrace::client
