// Event times of rows: a timestamp column, or the ends of a column of windows.
#pragma once

#include <cstdint>
#include <memory>

#include <arrow/array/array_nested.h>

#include "operators/rows.h"

namespace headrace {

// Microseconds. Holds on to the column.
class EventTimes {
 public:
  explicit EventTimes(const arrow::Array& column) {
    if (column.type_id() == arrow::Type::STRUCT) {
      const auto& windows = static_cast<const arrow::StructArray&>(column);
      times_ = windows.GetFieldByName("end");
      if (windows.null_count() > 0) windows_ = windows.data();
    } else {
      times_ = arrow::MakeArray(column.data());
    }
    values_ = times_->data()->GetValues<int64_t>(1);
    may_be_null_ = windows_ != nullptr || times_->null_count() > 0;
  }

  int64_t operator[](int64_t i) const { return values_[i]; }
  bool is_null(int64_t i) const {
    return may_be_null_ && (times_->IsNull(i) || (windows_ != nullptr && windows_->IsNull(i)));
  }
  // The rule for late rows and for finished state alike: `time <= watermark`; a null never is.
  bool reached_by(int64_t watermark_us, int64_t i) const {
    return values_[i] <= watermark_us && !is_null(i);
  }

 private:
  std::shared_ptr<arrow::Array> times_;
  std::shared_ptr<arrow::ArrayData> windows_;
  const int64_t* values_;
  bool may_be_null_;
};

}  // namespace headrace
