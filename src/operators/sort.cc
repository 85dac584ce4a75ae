// ORDER BY over one partition, with or without LIMIT.
#include <algorithm>
#include <bit>
#include <optional>
#include <type_traits>
#include <utility>

#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>

#include "functions/compare_values.h"
#include "operators/instances.h"

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

class Sort final : public Operator {
 public:
  Sort(const PhysicalNode& node, const OperatorSite& site)
      : schema_(node.schema),
        orders_(node.orders),
        limit_(node.limit),
        partition_(site.partition) {}

  Status Begin(const BatchContext& context) override {
    evaluation_ = EvaluationFor(context, partition_);
    batches_.clear();
    rows_ = 0;
    return Status::OK();
  }

  Status Process(BatchPtr batch, int, BatchOutput*) override {
    rows_ += batch->num_rows();
    batches_.push_back(std::move(batch));
    // With a limit only the first rows so far are kept.
    if (limit_ && rows_ > 2 * *limit_ + 8 * kBatchRows) {
      ARROW_ASSIGN_OR_RAISE(BatchPtr first, Sorted());
      rows_ = first->num_rows();
      batches_.assign(1, std::move(first));
    }
    return Status::OK();
  }

  Status Finish(BatchOutput* output) override {
    if (rows_ == 0) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(BatchPtr sorted, Sorted());
    batches_.clear();
    return PushInSlices(sorted, output);
  }

 private:
  Result<BatchPtr> Sorted() const {
    ARROW_ASSIGN_OR_RAISE(BatchPtr all, ConcatenateBatches(schema_, batches_));
    Arrays keys(orders_.size());
    for (size_t k = 0; k < keys.size(); ++k) {
      ARROW_ASSIGN_OR_RAISE(keys[k], EvaluateToArray(*orders_[k].expression, *all, evaluation_));
      if (!IsOrderable(*keys[k]->type())) {
        return NotSupported("ordering by " + SimpleString(*keys[k]->type()));
      }
    }
    std::vector<RankedRow> rows(static_cast<size_t>(all->num_rows()));
    for (size_t i = 0; i < rows.size(); ++i) rows[i].row = static_cast<uint32_t>(i);
    bool exact = false;
    if (!keys.empty()) {
      exact = SetPrefixes(*keys[0], &rows);
      for (RankedRow& row : rows) {
        row.rank = keys[0]->IsNull(row.row) == orders_[0].nulls_first ? 0 : 1;
        if (!orders_[0].ascending) row.prefix = ~row.prefix;
      }
    }
    // Rows with equal keys stay in the order they came in.
    const auto before = [&](const RankedRow& a, const RankedRow& b) {
      if (a.rank != b.rank) return a.rank < b.rank;
      if (a.prefix != b.prefix) return a.prefix < b.prefix;
      for (size_t k = exact ? 1 : 0; k < keys.size(); ++k) {
        const int order = Compare(k, *keys[k], a.row, b.row);
        if (order != 0) return order < 0;
      }
      return a.row < b.row;
    };
    const size_t kept =
        limit_ ? std::min(rows.size(), static_cast<size_t>(std::max<int64_t>(0, *limit_)))
               : rows.size();
    if (kept < rows.size()) {
      std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(kept), rows.end(),
                        before);
    } else {
      std::sort(rows.begin(), rows.end(), before);
    }
    std::vector<uint32_t> indices(kept);
    for (size_t i = 0; i < kept; ++i) indices[i] = rows[i].row;
    return TakeRows(*all, indices);
  }

  int Compare(size_t k, const arrow::Array& keys, uint32_t i, uint32_t j) const {
    const bool left_null = keys.IsNull(i), right_null = keys.IsNull(j);
    if (left_null && right_null) return 0;
    if (left_null || right_null) return left_null == orders_[k].nulls_first ? -1 : 1;
    const int order = CompareValues(keys, i, keys, j);
    return orders_[k].ascending ? order : -order;
  }

  const SchemaPtr schema_;
  const std::vector<PhysicalSortOrder> orders_;
  const std::optional<int64_t> limit_;
  const int partition_;
  EvaluationContext evaluation_;
  std::vector<BatchPtr> batches_;
  int64_t rows_ = 0;
};

}  // namespace

OperatorPtr MakeSort(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<Sort>(node, site);
}

}  // namespace headrace
