#include "operators/session_rows.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include <arrow/array/array_nested.h>
#include <arrow/array/concatenate.h>

namespace headrace {

SessionRows::SessionRows(std::vector<DataTypePtr> key_types,
                         const std::vector<PhysicalAggregate>& aggregates)
    : table_(std::move(key_types)), aggregates_(aggregates) {}

Status SessionRows::Add(const Arrays& keys, const arrow::Array& sessions, const Arrays& states) {
  const auto& windows = static_cast<const arrow::StructArray&>(sessions);
  const int64_t length = windows.length();
  ARROW_RETURN_NOT_OK(table_.Assign(keys, length, &numbers_));
  const auto* starts = windows.field(0)->data()->GetValues<int64_t>(1);
  const auto* ends = windows.field(1)->data()->GetValues<int64_t>(1);
  if (length == 0) return Status::OK();
  ARROW_RETURN_NOT_OK(CheckRoom(length));
  groups_.insert(groups_.end(), numbers_.begin(), numbers_.end());
  starts_.insert(starts_.end(), starts, starts + length);
  ends_.insert(ends_.end(), ends, ends + length);
  states_.push_back(states);
  return Status::OK();
}

Status SessionRows::AddEarlier(const std::vector<uint32_t>& groups,
                               const std::vector<int64_t>& starts, const std::vector<int64_t>& ends,
                               const Arrays& states) {
  if (groups.empty()) return Status::OK();
  ARROW_RETURN_NOT_OK(CheckRoom(static_cast<int64_t>(groups.size())));
  groups_.insert(groups_.begin(), groups.begin(), groups.end());
  starts_.insert(starts_.begin(), starts.begin(), starts.end());
  ends_.insert(ends_.begin(), ends.begin(), ends.end());
  states_.insert(states_.begin(), states);
  return Status::OK();
}

Status SessionRows::CheckRoom(int64_t rows) const {
  if (groups_.size() + static_cast<size_t>(rows) <= std::numeric_limits<uint32_t>::max()) {
    return Status::OK();
  }
  return Status::CapacityError("more than 4 billion rows of sessions in one partition");
}

Result<MergedSessions> SessionRows::Merge() {
  std::vector<uint32_t> order(groups_.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return groups_[a] != groups_[b] ? groups_[a] < groups_[b] : starts_[a] < starts_[b];
  });
  MergedSessions merged;
  std::vector<uint32_t> sessions(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    const uint32_t row = order[i];
    if (merged.groups.empty() || merged.groups.back() != groups_[row] ||
        starts_[row] > merged.ends.back()) {
      merged.groups.push_back(groups_[row]);
      merged.starts.push_back(starts_[row]);
      merged.ends.push_back(ends_[row]);
    } else {
      merged.ends.back() = std::max(merged.ends.back(), ends_[row]);
    }
    sessions[i] = static_cast<uint32_t>(merged.groups.size()) - 1;
  }
  aggregates_.Clear();
  ARROW_RETURN_NOT_OK(aggregates_.Resize(merged.size()));
  if (order.empty()) return merged;
  Arrays columns(states_[0].size());
  for (size_t i = 0; i < columns.size(); ++i) {
    Arrays pieces;
    for (const Arrays& states : states_) pieces.push_back(states[i]);
    ARROW_ASSIGN_OR_RAISE(columns[i], arrow::Concatenate(pieces));
  }
  ARROW_ASSIGN_OR_RAISE(columns, TakeRows(columns, order));
  ARROW_RETURN_NOT_OK(aggregates_.Merge(columns, 0, sessions));
  return merged;
}

void SessionRows::Clear() {
  table_.Clear();
  aggregates_.Clear();
  groups_.clear();
  starts_.clear();
  ends_.clear();
  states_.clear();
}

ArrayPtr SessionColumn(const DataTypePtr& type, const std::vector<int64_t>& starts,
                       const std::vector<int64_t>& ends) {
  const auto length = static_cast<int64_t>(starts.size());
  const auto times = [&](const DataTypePtr& time, const std::vector<int64_t>& values) {
    return arrow::ArrayData::Make(
        time, length, {nullptr, arrow::Buffer::FromVector(std::vector<int64_t>(values))}, 0);
  };
  return arrow::MakeArray(arrow::ArrayData::Make(
      type, length, {nullptr},
      {times(type->field(0)->type(), starts), times(type->field(1)->type(), ends)}, 0));
}

Arrays WithoutColumn(const Arrays& columns, int position) {
  Arrays others = columns;
  others.erase(others.begin() + position);
  return others;
}

}  // namespace headrace
