// The accumulators of all aggregates of one operator, over the same groups.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "operators/rows.h"
#include "plan/physical_plan.h"

namespace headrace {

class AggregateSet {
 public:
  explicit AggregateSet(const std::vector<PhysicalAggregate>& aggregates);

  // Types and names of the state columns, aggregate by aggregate.
  const std::vector<FieldPtr>& state_fields() const { return state_fields_; }

  Status Resize(int64_t groups);
  // Adds input rows: arguments and filters are evaluated on `input`.
  Status Update(const arrow::RecordBatch& input, const EvaluationContext& evaluation,
                const std::vector<uint32_t>& groups);
  // Adds states: columns[first], columns[first + 1], … as state_fields() tells.
  Status Merge(const Arrays& columns, size_t first, const std::vector<uint32_t>& groups);
  // One row a group.
  Result<Arrays> States() const;
  Result<Arrays> Finish() const;
  void Clear();
  int64_t size_bytes() const;

 private:
  struct Member {
    std::vector<ExpressionPtr> arguments;
    ExpressionPtr filter;
    size_t state_count = 0;
    std::unique_ptr<Accumulator> accumulator;
  };
  std::vector<Member> members_;
  std::vector<FieldPtr> state_fields_;
  std::vector<uint8_t> mask_;
};

}  // namespace headrace
