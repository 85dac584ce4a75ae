#include "operators/window/window_rows.h"

#include <algorithm>
#include <utility>

#include "functions/compare_values.h"

namespace headrace {
namespace {

// Bounds of runs of equal rows: begin[i] and end[i] for each row i.
template <typename Equal>
void FindRuns(uint32_t rows, const Equal& equal_to_previous, std::vector<uint32_t>* begin,
              std::vector<uint32_t>* end) {
  begin->resize(rows);
  end->resize(rows);
  for (uint32_t i = 0; i < rows; ++i) {
    (*begin)[i] = i > 0 && equal_to_previous(i) ? (*begin)[i - 1] : i;
  }
  for (uint32_t i = rows; i-- > 0;) {
    const bool last = i + 1 == rows || (*begin)[i + 1] == i + 1;
    (*end)[i] = last ? i + 1 : (*end)[i + 1];
  }
}

}  // namespace

WindowRows::WindowRows(int64_t row_count, const Arrays& partitions, std::vector<SortKey> orders)
    : orders_(std::move(orders)) {
  const auto rows = static_cast<uint32_t>(row_count);
  FindRuns(
      rows,
      [&](uint32_t i) {
        for (const ArrayPtr& key : partitions) {
          if (CompareNullable(*key, i - 1, *key, i) != 0) return false;
        }
        return true;
      },
      &partition_begin, &partition_end);
  FindRuns(
      rows,
      [&](uint32_t i) {
        if (partition_begin[i] == i) return false;
        for (const SortKey& key : orders_) {
          if (CompareByKey(key, i - 1, i) != 0) return false;
        }
        return true;
      },
      &peers_begin, &peers_end);
}

Frames WindowRows::FramesOf(const WindowFunction& function, const Arrays& inputs) const {
  Frames frames;
  frames.begin.resize(size());
  frames.end.resize(size());
  if (function.unit == FrameUnit::kRows) {
    ByRows(function.lower, /*lower=*/true, &frames.begin);
    ByRows(function.upper, /*lower=*/false, &frames.end);
  } else {
    ByRange(function.lower, /*lower=*/true, inputs, &frames.begin);
    ByRange(function.upper, /*lower=*/false, inputs, &frames.end);
  }
  return frames;
}

void WindowRows::ByRows(const FrameBound& bound, bool lower,
                        std::vector<uint32_t>* positions) const {
  int64_t distance = lower ? 0 : 1;
  if (bound.kind == FrameBoundKind::kPreceding) distance -= bound.rows;
  if (bound.kind == FrameBoundKind::kFollowing) distance += bound.rows;
  for (uint32_t i = 0; i < size(); ++i) {
    const int64_t begin = partition_begin[i], end = partition_end[i];
    switch (bound.kind) {
      case FrameBoundKind::kUnboundedPreceding:
        (*positions)[i] = partition_begin[i];
        break;
      case FrameBoundKind::kUnboundedFollowing:
        (*positions)[i] = partition_end[i];
        break;
      default:
        (*positions)[i] = static_cast<uint32_t>(std::clamp(int64_t{i} + distance, begin, end));
    }
  }
}

void WindowRows::ByRange(const FrameBound& bound, bool lower, const Arrays& inputs,
                         std::vector<uint32_t>* positions) const {
  switch (bound.kind) {
    case FrameBoundKind::kUnboundedPreceding:
      *positions = partition_begin;
      break;
    case FrameBoundKind::kUnboundedFollowing:
      *positions = partition_end;
      break;
    case FrameBoundKind::kCurrentRow:
      *positions = lower ? peers_begin : peers_end;
      break;
    default:
      ByDistance(*inputs[bound.order], *inputs[bound.bound], lower, positions);
  }
}

// The order's values grow along a partition, and with them the bounds: one pass finds all. Rows
// without a value are a frame of their own.
void WindowRows::ByDistance(const arrow::Array& values, const arrow::Array& bounds, bool lower,
                            std::vector<uint32_t>* positions) const {
  const bool ascending = orders_[0].ascending;
  const auto before = [&](const arrow::Array& left, uint32_t i, const arrow::Array& right,
                          uint32_t j) {
    const int compared = CompareValues(left, i, right, j);
    return ascending ? compared < 0 : compared > 0;
  };
  uint32_t position = 0;
  for (uint32_t i = 0; i < size(); ++i) {
    if (values.IsNull(i)) {
      (*positions)[i] = lower ? peers_begin[i] : peers_end[i];
      continue;
    }
    if (partition_begin[i] == i || values.IsNull(i - 1)) position = i;
    if (partition_begin[i] == i) position = partition_begin[i];
    // Lower: the first row that is not before the bound; upper: the first one behind it.
    while (position < partition_end[i] && values.IsValid(position) &&
           (lower ? before(values, position, bounds, i) : !before(bounds, i, values, position))) {
      ++position;
    }
    (*positions)[i] = position;
  }
}

}  // namespace headrace
