// One value column of a state table: values addressed by the numbers of their keys.
#pragma once

#include <cstdint>
#include <memory>

#include <arrow/array.h>

#include "types/spark_type.h"

namespace headrace {

class StateColumn {
 public:
  static constexpr uint32_t kAbsent = 0xffffffffu;

  virtual ~StateColumn() = default;
  static std::unique_ptr<StateColumn> Make(const DataTypePtr& type);

  // Makes room for all numbers below `bound`; new places hold null.
  virtual void Resize(uint32_t bound) = 0;
  // Value i goes to numbers[i]; of several for one number the last stays.
  virtual Status Put(const arrow::Array& values, const uint32_t* numbers) = 0;
  // Row i is the value of numbers[i], null for kAbsent.
  virtual Result<std::shared_ptr<arrow::Array>> Take(const uint32_t* numbers,
                                                     int64_t count) const = 0;
  // Frees what the value holds; the place is written before it is read again.
  virtual void Forget(uint32_t number) = 0;
  virtual int64_t size_bytes() const = 0;
};

}  // namespace headrace
