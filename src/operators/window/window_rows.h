// The rows of one instance in the order of their windows: where partitions and peers begin and end,
// and which rows the frame of a function holds.
#pragma once

#include <cstdint>
#include <vector>

#include "operators/row_order.h"
#include "plan/window_operation.h"

namespace headrace {

// Positions [first, second) for each row; empty where second <= first.
struct Frames {
  std::vector<uint32_t> begin, end;
};

class WindowRows {
 public:
  // `partitions` and `orders` are the keys' values, already in order.
  WindowRows(int64_t rows, const Arrays& partitions, std::vector<SortKey> orders);

  uint32_t size() const { return static_cast<uint32_t>(partition_begin.size()); }
  // `inputs`: the operation's, in the same order.
  Frames FramesOf(const WindowFunction& function, const Arrays& inputs) const;

  // For each row: the bounds of its partition, and of the rows that are equal to it in order.
  std::vector<uint32_t> partition_begin, partition_end, peers_begin, peers_end;

 private:
  void ByRows(const FrameBound& bound, bool lower, std::vector<uint32_t>* positions) const;
  void ByRange(const FrameBound& bound, bool lower, const Arrays& inputs,
               std::vector<uint32_t>* positions) const;
  void ByDistance(const arrow::Array& values, const arrow::Array& bounds, bool lower,
                  std::vector<uint32_t>* positions) const;

  std::vector<SortKey> orders_;
};

}  // namespace headrace
