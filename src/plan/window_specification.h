// over(…) as it was asked for: partitions, order and frame of a window function.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "plan/unresolved.h"

namespace headrace {

enum class FrameUnit {
  kRows,   // bounds count rows
  kRange,  // bounds are distances from the row's order value
};

enum class FrameBoundKind {
  kUnboundedPreceding,
  kPreceding,  // `offset` before the row
  kCurrentRow,
  kFollowing,
  kUnboundedFollowing,
};

struct UnresolvedFrameBound {
  FrameBoundKind kind = FrameBoundKind::kCurrentRow;
  UnresolvedPtr offset;
};

struct UnresolvedFrame {
  FrameUnit unit = FrameUnit::kRows;
  UnresolvedFrameBound lower, upper;
};

struct UnresolvedWindow {
  std::string name;  // OVER name: the rest comes from the WINDOW clause; else ""
  std::vector<UnresolvedPtr> partitions;
  std::vector<UnresolvedPtr> orders;             // sort orders
  std::shared_ptr<const UnresolvedFrame> frame;  // null: the function's own, or the default
};

}  // namespace headrace
