// The aggregates of one observe() call over all instances of its node.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "operators/aggregate_set.h"

namespace headrace {

class ObservedMetrics {
 public:
  explicit ObservedMetrics(const PhysicalNode& node);

  const std::string& name() const { return name_; }
  Status Begin();
  // Adds the states of one instance. Thread-safe.
  Status Merge(const Arrays& states);
  // One row.
  Result<BatchPtr> Row() const;

 private:
  const std::string name_;
  const SchemaPtr schema_;
  const std::vector<ExpressionPtr> expressions_;
  std::vector<FieldPtr> result_fields_;
  std::mutex mutex_;
  AggregateSet aggregates_;
};

}  // namespace headrace
