// Windows over rows, for Column::over. Batch queries only.
//
//   rank().over(Window::partitionBy("city").orderBy(col("age").desc()))
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "headrace/column.h"

namespace headrace::inline v1 {

class WindowSpec {
 public:
  template <ColumnLike... Columns>
  WindowSpec partitionBy(const Columns&... columns) const {
    WindowSpec spec = *this;
    spec.partitions_ = {ColumnOrName(columns)...};
    return spec;
  }
  template <ColumnLike... Columns>
  WindowSpec orderBy(const Columns&... columns) const {
    WindowSpec spec = *this;
    spec.order_ = {ColumnOrName(columns)...};
    return spec;
  }
  WindowSpec rowsBetween(int64_t start, int64_t end) const;
  WindowSpec rangeBetween(int64_t start, int64_t end) const;

 private:
  friend class Column;
  struct Frame {
    bool is_rows;
    int64_t start, end;
  };

  std::vector<ColumnOrName> partitions_;
  std::vector<ColumnOrName> order_;
  std::optional<Frame> frame_;
};

class Window {
 public:
  static constexpr int64_t unboundedPreceding = std::numeric_limits<int64_t>::min();
  static constexpr int64_t unboundedFollowing = std::numeric_limits<int64_t>::max();
  static constexpr int64_t currentRow = 0;

  template <ColumnLike... Columns>
  static WindowSpec partitionBy(const Columns&... columns) {
    return WindowSpec().partitionBy(columns...);
  }
  template <ColumnLike... Columns>
  static WindowSpec orderBy(const Columns&... columns) {
    return WindowSpec().orderBy(columns...);
  }
};

}  // namespace headrace::inline v1
