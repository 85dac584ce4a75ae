#include "operators/row_order.h"

#include <algorithm>
#include <bit>

#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>

#include "functions/compare_values.h"

namespace headrace {
namespace {

// A row with the leading part of its first key, as a number of the same order.
struct RankedRow {
  uint64_t prefix = 0;
  uint32_t row = 0;
  uint32_t rank = 0;  // null or not
};

uint64_t FlipSign(int64_t value) { return static_cast<uint64_t>(value) ^ (uint64_t{1} << 63); }

uint64_t DoublePrefix(double value) {
  if (value != value) return ~uint64_t{0};
  const auto bits = std::bit_cast<uint64_t>(value == 0 ? 0.0 : value);
  return (bits >> 63) != 0 ? ~bits : bits | (uint64_t{1} << 63);
}

uint64_t BytesPrefix(std::string_view bytes) {
  uint64_t prefix = 0;
  for (size_t i = 0; i < 8; ++i) {
    prefix = (prefix << 8) | (i < bytes.size() ? static_cast<uint8_t>(bytes[i]) : 0);
  }
  return prefix;
}

// Sets prefixes of all rows; true if equal prefixes mean equal keys.
bool SetPrefixes(const arrow::Array& keys, std::vector<RankedRow>* rows) {
  const auto set = [&](auto&& prefix_of) {
    for (RankedRow& row : *rows) row.prefix = keys.IsNull(row.row) ? 0 : prefix_of(row.row);
  };
  switch (keys.type_id()) {
    case arrow::Type::BOOL:
      set([&](uint32_t i) {
        return uint64_t{static_cast<const arrow::BooleanArray&>(keys).Value(i)};
      });
      return true;
    case arrow::Type::INT8:
      set([&](uint32_t i) { return FlipSign(keys.data()->GetValues<int8_t>(1)[i]); });
      return true;
    case arrow::Type::INT16:
      set([&](uint32_t i) { return FlipSign(keys.data()->GetValues<int16_t>(1)[i]); });
      return true;
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
    case arrow::Type::INTERVAL_MONTHS:
      set([&](uint32_t i) { return FlipSign(keys.data()->GetValues<int32_t>(1)[i]); });
      return true;
    case arrow::Type::INT64:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DURATION:
      set([&](uint32_t i) { return FlipSign(keys.data()->GetValues<int64_t>(1)[i]); });
      return true;
    case arrow::Type::FLOAT:
      set([&](uint32_t i) { return DoublePrefix(keys.data()->GetValues<float>(1)[i]); });
      return true;
    case arrow::Type::DOUBLE:
      set([&](uint32_t i) { return DoublePrefix(keys.data()->GetValues<double>(1)[i]); });
      return true;
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      set([&](uint32_t i) {
        return BytesPrefix(static_cast<const arrow::BinaryArray&>(keys).GetView(i));
      });
      return false;
    default:
      return false;
  }
}

}  // namespace

int CompareByKey(const SortKey& key, uint32_t i, uint32_t j) {
  const bool left_null = key.values->IsNull(i), right_null = key.values->IsNull(j);
  if (left_null && right_null) return 0;
  if (left_null || right_null) return left_null == key.nulls_first ? -1 : 1;
  const int order = CompareValues(*key.values, i, *key.values, j);
  return key.ascending ? order : -order;
}

Result<std::vector<uint32_t>> SortedRows(const std::vector<SortKey>& keys, int64_t row_count,
                                         std::optional<int64_t> limit) {
  for (const SortKey& key : keys) {
    if (!IsOrderable(*key.values->type())) {
      return NotSupported("ordering by " + SimpleString(*key.values->type()));
    }
  }
  std::vector<RankedRow> rows(static_cast<size_t>(row_count));
  for (size_t i = 0; i < rows.size(); ++i) rows[i].row = static_cast<uint32_t>(i);
  bool exact = false;
  if (!keys.empty()) {
    const SortKey& first = keys[0];
    exact = SetPrefixes(*first.values, &rows);
    for (RankedRow& row : rows) {
      row.rank = first.values->IsNull(row.row) == first.nulls_first ? 0 : 1;
      if (!first.ascending) row.prefix = ~row.prefix;
    }
  }
  const auto before = [&](const RankedRow& a, const RankedRow& b) {
    if (a.rank != b.rank) return a.rank < b.rank;
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    for (size_t k = exact ? 1 : 0; k < keys.size(); ++k) {
      const int order = CompareByKey(keys[k], a.row, b.row);
      if (order != 0) return order < 0;
    }
    return a.row < b.row;
  };
  const size_t kept = limit
                          ? std::min(rows.size(), static_cast<size_t>(std::max<int64_t>(0, *limit)))
                          : rows.size();
  if (kept < rows.size()) {
    std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(kept), rows.end(),
                      before);
  } else {
    std::sort(rows.begin(), rows.end(), before);
  }
  std::vector<uint32_t> sorted(kept);
  for (size_t i = 0; i < kept; ++i) sorted[i] = rows[i].row;
  return sorted;
}

}  // namespace headrace
