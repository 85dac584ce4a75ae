// Aggregates over groups that are numbered densely from 0.
//
// One Accumulator holds the states of all groups of one aggregate in columns. The hash aggregate
// finds group numbers for a whole batch, then calls Update once per aggregate. States travel
// between partial and final aggregation, and into the state store, as columns of `state_types`.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <arrow/array.h>

#include "expression/expression.h"

namespace headrace {

// Not thread-safe; one per partition. Group numbers are < the size given to Resize.
class Accumulator {
 public:
  virtual ~Accumulator() = default;
  // Grows to `groups`; new groups have the state of no input.
  virtual Status Resize(int64_t groups) = 0;
  // Adds row i of `arguments` (arrays of `length` rows) to group `groups[i]`. `filter` (may be
  // null) holds one byte a row: rows with 0 are passed over.
  virtual Status Update(const uint32_t* groups, int64_t length,
                        const std::vector<std::shared_ptr<arrow::Array>>& arguments,
                        const uint8_t* filter) = 0;
  // Merges states (arrays of `length` rows, one per state type) into the groups.
  virtual Status Merge(const uint32_t* groups, int64_t length,
                       const std::vector<std::shared_ptr<arrow::Array>>& states) = 0;
  // The states and the results of groups [0, size) or of the listed ones.
  virtual Result<std::vector<std::shared_ptr<arrow::Array>>> States() const = 0;
  virtual Result<std::shared_ptr<arrow::Array>> Finish() const = 0;
  // Forgets all groups; keeps the buffers for the next batch.
  virtual void Clear() = 0;
  virtual int64_t size_bytes() const = 0;
};

struct BoundAggregate {
  std::string name;                      // "sum"
  std::vector<ExpressionPtr> arguments;  // casted; evaluated before Update
  DataTypePtr type;
  bool nullable = true;
  std::vector<DataTypePtr> state_types;
  std::function<std::unique_ptr<Accumulator>()> make;
  bool deterministic = true;
};

}  // namespace headrace
