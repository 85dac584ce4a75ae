#include "operators/window/window_values.h"

#include <algorithm>

#include <arrow/array/builder_primitive.h>
#include <arrow/array/concatenate.h>
#include <arrow/compute/api_vector.h>

namespace headrace {
namespace {

template <typename Builder, typename ValueOf>
Result<ArrayPtr> Column(const WindowRows& rows, const ValueOf& value_of) {
  Builder builder;
  ARROW_RETURN_NOT_OK(builder.Reserve(rows.size()));
  for (uint32_t i = 0; i < rows.size(); ++i) builder.UnsafeAppend(value_of(i));
  return builder.Finish();
}

// ntile: the first tiles are one row larger where the rows do not divide evenly.
int32_t Tile(int64_t position, int64_t rows, int64_t tiles) {
  const int64_t size = rows / tiles, larger = rows % tiles;
  const int64_t in_larger = larger * (size + 1);
  if (position < in_larger) return static_cast<int32_t>(position / (size + 1)) + 1;
  return static_cast<int32_t>(larger + (position - in_larger) / size) + 1;
}

// The rows whose value is not null, in order.
std::vector<uint32_t> ValidRows(const arrow::Array& values) {
  std::vector<uint32_t> valid;
  for (int64_t i = 0; i < values.length(); ++i) {
    if (values.IsValid(i)) valid.push_back(static_cast<uint32_t>(i));
  }
  return valid;
}

}  // namespace

Result<ArrayPtr> Rank(const WindowFunction& function, const WindowRows& rows) {
  const auto& begin = rows.partition_begin;
  const auto count = [&](uint32_t i) { return rows.partition_end[i] - begin[i]; };
  switch (function.kind) {
    case WindowFunctionKind::kRank:
      return Column<arrow::Int32Builder>(rows, [&](uint32_t i) {
        return static_cast<int32_t>(rows.peers_begin[i] - begin[i] + 1);
      });
    case WindowFunctionKind::kDenseRank: {
      int32_t rank = 0;
      return Column<arrow::Int32Builder>(rows, [&](uint32_t i) {
        if (begin[i] == i) rank = 0;
        if (rows.peers_begin[i] == i) ++rank;
        return rank;
      });
    }
    case WindowFunctionKind::kPercentRank:
      return Column<arrow::DoubleBuilder>(rows, [&](uint32_t i) {
        return count(i) < 2 ? 0.0
                            : static_cast<double>(rows.peers_begin[i] - begin[i]) /
                                  static_cast<double>(count(i) - 1);
      });
    case WindowFunctionKind::kCumulativeDistribution:
      return Column<arrow::DoubleBuilder>(rows, [&](uint32_t i) {
        return static_cast<double>(rows.peers_end[i] - begin[i]) / static_cast<double>(count(i));
      });
    case WindowFunctionKind::kTiles:
      return Column<arrow::Int32Builder>(
          rows, [&](uint32_t i) { return Tile(i - begin[i], count(i), function.number); });
    default:
      return Column<arrow::Int32Builder>(
          rows, [&](uint32_t i) { return static_cast<int32_t>(i - begin[i] + 1); });
  }
}

Result<ArrayPtr> Shift(const WindowFunction& function, const WindowRows& rows,
                       const Arrays& inputs) {
  const ArrayPtr& values = inputs[function.arguments[0]];
  const ArrayPtr& defaults = inputs[function.arguments[1]];
  const std::vector<uint32_t> valid =
      function.ignore_nulls ? ValidRows(*values) : std::vector<uint32_t>();
  // Where the shifted row lies outside of the partition, the default behind the values.
  ARROW_ASSIGN_OR_RAISE(ArrayPtr both, arrow::Concatenate({values, defaults}));
  std::vector<uint32_t> chosen(rows.size());
  for (uint32_t i = 0; i < rows.size(); ++i) {
    const int64_t begin = rows.partition_begin[i], end = rows.partition_end[i];
    int64_t row = int64_t{i} + function.number;
    if (function.ignore_nulls && function.number != 0) {
      // The row itself does not count.
      const auto from = function.number > 0
                            ? std::upper_bound(valid.begin(), valid.end(), i) - valid.begin() - 1
                            : std::lower_bound(valid.begin(), valid.end(), i) - valid.begin();
      const int64_t index = from + function.number;
      row = index >= 0 && index < std::ssize(valid) ? int64_t{valid[index]} : -1;
    }
    chosen[i] = static_cast<uint32_t>(row >= begin && row < end ? row : rows.size() + int64_t{i});
  }
  ARROW_ASSIGN_OR_RAISE(Arrays taken, TakeRows({both}, chosen));
  return taken[0];
}

Result<ArrayPtr> NthOfFrame(const WindowFunction& function, const WindowRows& rows,
                            const Arrays& inputs) {
  const ArrayPtr& values = inputs[function.arguments[0]];
  const std::vector<uint32_t> valid =
      function.ignore_nulls ? ValidRows(*values) : std::vector<uint32_t>();
  const Frames frames = rows.FramesOf(function, inputs);
  std::vector<int64_t> chosen(rows.size(), kNullRow);
  for (uint32_t i = 0; i < rows.size(); ++i) {
    int64_t begin = frames.begin[i], end = frames.end[i];
    if (function.ignore_nulls) {
      begin = std::lower_bound(valid.begin(), valid.end(), frames.begin[i]) - valid.begin();
      end = std::lower_bound(valid.begin(), valid.end(), frames.end[i]) - valid.begin();
    }
    const int64_t nth = function.number > 0 ? begin + function.number - 1 : end + function.number;
    if (nth < begin || nth >= end) continue;
    chosen[i] = function.ignore_nulls ? int64_t{valid[nth]} : nth;
  }
  ARROW_ASSIGN_OR_RAISE(Arrays taken, TakeRowsOrNull({values}, chosen));
  return taken[0];
}

}  // namespace headrace
