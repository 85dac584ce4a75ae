#include "operators/stateful/join_state.h"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

#include <arrow/array/builder_primitive.h>

#include "operators/event_time.h"
#include "operators/join_rows.h"
#include "operators/key_selection.h"
#include "state/state_times.h"

namespace headrace {
namespace {

// What the encoding of a bigint adds to that of a key (types/row_encoding.h).
constexpr size_t kIndexBytes = 1 + sizeof(int64_t);

void AppendPlace(std::string_view key, int64_t index, EncodedRows* places) {
  if (places->offsets.empty()) places->offsets.push_back(0);
  const size_t start = places->bytes.size();
  places->bytes.append(key);
  places->bytes.push_back(1);
  places->bytes.append(reinterpret_cast<const char*>(&index), sizeof index);
  places->offsets.push_back(static_cast<uint32_t>(places->bytes.size()));
  places->hashes.push_back(HashBytes(std::string_view(places->bytes).substr(start)));
}

std::string_view KeyOf(std::string_view place) {
  return place.substr(0, place.size() - kIndexBytes);
}

int64_t IndexOf(std::string_view place) {
  int64_t index;
  std::memcpy(&index, place.data() + place.size() - sizeof index, sizeof index);
  return index;
}

void AppendEncoded(std::string_view key, EncodedRows* keys) {
  if (keys->offsets.empty()) keys->offsets.push_back(0);
  keys->bytes.append(key);
  keys->offsets.push_back(static_cast<uint32_t>(keys->bytes.size()));
  keys->hashes.push_back(HashBytes(key));
}

Result<ArrayPtr> BooleansOf(const std::vector<uint8_t>& values,
                            const std::vector<uint32_t>& which) {
  arrow::BooleanBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Reserve(static_cast<int64_t>(which.size())));
  for (const uint32_t row : which) builder.UnsafeAppend(values[row] != 0);
  return builder.Finish();
}

StateStoreDeclaration DeclareCounts(const PhysicalNode& node, bool is_left) {
  const StreamJoinSide& side = is_left ? node.stream_join->left : node.stream_join->right;
  const SchemaPtr& child = node.children[is_left ? 0 : 1]->schema;
  StateStoreDeclaration store;
  store.name = is_left ? "left-keyToNumValues" : "right-keyToNumValues";
  std::vector<FieldPtr> keys;
  for (size_t i = 0; i < side.keys.size(); ++i) {
    keys.push_back(child->field(side.keys[i])->WithName("field" + std::to_string(i)));
  }
  store.key_schema = arrow::schema(std::move(keys));
  store.value_schema = arrow::schema({arrow::field("value", arrow::int64())});
  return store;
}

StateStoreDeclaration DeclareRows(const PhysicalNode& node, bool is_left) {
  const StreamJoinSide& side = is_left ? node.stream_join->left : node.stream_join->right;
  const SchemaPtr& child = node.children[is_left ? 0 : 1]->schema;
  StateStoreDeclaration store = DeclareCounts(node, is_left);
  store.name = is_left ? "left-keyWithIndexToValue" : "right-keyWithIndexToValue";
  std::vector<FieldPtr> keys = store.key_schema->fields();
  keys.push_back(arrow::field("index", arrow::int64()));
  std::vector<FieldPtr> values(child->fields().begin(), child->fields().begin() + side.row_columns);
  values.push_back(arrow::field("matched", arrow::boolean()));
  store.key_schema = arrow::schema(std::move(keys));
  store.value_schema = arrow::schema(std::move(values));
  return store;
}

}  // namespace

std::vector<StateStoreDeclaration> DeclareJoinStores(const PhysicalNode& node) {
  return {DeclareCounts(node, true), DeclareRows(node, true), DeclareCounts(node, false),
          DeclareRows(node, false)};
}

Arrays StoredRows::row() const {
  Arrays columns = values->columns();
  columns.pop_back();
  return columns;
}

const arrow::BooleanArray& StoredRows::matched() const {
  return static_cast<const arrow::BooleanArray&>(*values->column(values->num_columns() - 1));
}

JoinSideState::JoinSideState(const PhysicalNode& node, bool is_left, const OperatorSite& site)
    : side_(is_left ? node.stream_join->left : node.stream_join->right),
      join_(node.stream_join),
      operator_id_(node.operator_id),
      by_key_(side_.watermark.kind == StateWatermark::Kind::kKey),
      expires_(side_.watermark.kind != StateWatermark::Kind::kNone),
      counts_(node.operator_id, site, DeclareCounts(node, is_left)),
      rows_(node.operator_id, site, DeclareRows(node, is_left)) {
  if (!expires_) return;
  if (by_key_) {
    counts_.IndexBy({true, side_.watermark.key});
  } else {
    rows_.IndexBy({false, side_.event_time_column});
  }
}

Status JoinSideState::Open(int64_t version) {
  ARROW_RETURN_NOT_OK(counts_.Open(version));
  return rows_.Open(version);
}

Status JoinSideState::Commit() {
  ARROW_RETURN_NOT_OK(counts_.Commit());
  return rows_.Commit();
}

Status JoinSideState::Rollback() {
  const Status status = counts_.Rollback();
  return status & rows_.Rollback();
}

// Every row counts once: as in Spark, numbers of rows come from the store that holds them.
void JoinSideState::AddMetrics(RunMetrics* metrics) const {
  rows_.AddMetrics(metrics);
  metrics->state_operators[operator_id_].memory_bytes += counts_->Metrics().memory_bytes;
}

const arrow::Array& JoinSideState::TimesOf(const arrow::RecordBatch& batch) const {
  return *batch.column(by_key_ ? side_.keys[side_.watermark.key] : side_.event_time_column);
}

Result<std::vector<int64_t>> JoinSideState::CountsOf(const EncodedRows& keys) {
  std::vector<uint8_t> found;
  ARROW_ASSIGN_OR_RAISE(const BatchPtr values, counts_->Get(keys, &found));
  const auto& stored = static_cast<const arrow::Int64Array&>(*values->column(0));
  std::vector<int64_t> counts(found.size());
  for (size_t i = 0; i < found.size(); ++i) {
    counts[i] = found[i] == 0 ? 0 : stored.Value(static_cast<int64_t>(i));
  }
  return counts;
}

Status JoinSideState::PutCounts(const EncodedRows& keys, const std::vector<int64_t>& counts,
                                const std::vector<int64_t>* times) {
  if (counts.empty()) return Status::OK();
  const auto length = static_cast<int64_t>(counts.size());
  const auto column = std::make_shared<arrow::Int64Array>(length, arrow::Buffer::Wrap(counts));
  const BatchPtr values = MakeBatch(counts_.declaration().value_schema, length, {column});
  return times == nullptr ? counts_->Put(keys, *values) : counts_->Put(keys, *values, *times);
}

Status JoinSideState::GroupKeys(const EncodedRows& keys) {
  ARROW_RETURN_NOT_OK(CheckRoom(keys, 0));
  table_.Clear();
  table_.FindOrInsert(keys, &groups_);
  ClearKeys(&distinct_);
  for (size_t i = 0; i < groups_.size(); ++i) {
    if (groups_[i] == distinct_.hashes.size()) {
      AppendKey(keys, static_cast<int64_t>(i), &distinct_);
    }
  }
  return Status::OK();
}

Status JoinSideState::Find(const EncodedRows& keys, const std::vector<uint8_t>& wanted) {
  sought_ = &keys;
  sought_row_ = sought_index_ = 0;
  ARROW_ASSIGN_OR_RAISE(sought_counts_, CountsOf(keys));
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == 0) sought_counts_[i] = 0;
  }
  return Status::OK();
}

Result<bool> JoinSideState::Next(StoredRows* found) {
  found->origins.clear();
  ClearKeys(&found->places);
  const int64_t rows = sought_->size();
  while (sought_row_ < rows && static_cast<int64_t>(found->origins.size()) < kPairsAtOnce) {
    if (sought_index_ == sought_counts_[sought_row_]) {
      ++sought_row_;
      sought_index_ = 0;
      continue;
    }
    const std::string_view key = sought_->row(sought_row_);
    ARROW_RETURN_NOT_OK(CheckRoom(found->places, key.size() + kIndexBytes));
    AppendPlace(key, sought_index_++, &found->places);
    found->origins.push_back(static_cast<uint32_t>(sought_row_));
  }
  if (found->origins.empty()) return false;
  std::vector<uint8_t> there;
  ARROW_ASSIGN_OR_RAISE(found->values, rows_->Get(found->places, &there));
  if (std::find(there.begin(), there.end(), 0) != there.end()) {
    return Status::Invalid("a row of a join is not in the state store that counts it");
  }
  return true;
}

Status JoinSideState::MarkMatched(const StoredRows& found, const std::vector<uint32_t>& which) {
  if (which.empty()) return Status::OK();
  EncodedRows places;
  ClearKeys(&places);
  for (const uint32_t i : which) AppendKey(found.places, i, &places);
  ARROW_ASSIGN_OR_RAISE(Arrays columns, TakeRows(found.row(), which));
  const std::vector<uint8_t> all(found.origins.size(), 1);
  ARROW_ASSIGN_OR_RAISE(ArrayPtr flags, BooleansOf(all, which));
  columns.push_back(std::move(flags));
  return rows_->Put(places, *MakeBatch(rows_.declaration().value_schema,
                                       static_cast<int64_t>(which.size()), std::move(columns)));
}

Status JoinSideState::Append(const arrow::RecordBatch& batch, const EncodedRows& keys,
                             const std::vector<uint32_t>& which,
                             const std::vector<uint8_t>& matched) {
  if (which.empty()) return Status::OK();
  EncodedRows added;
  ClearKeys(&added);
  for (const uint32_t row : which) AppendKey(keys, row, &added);
  ARROW_RETURN_NOT_OK(GroupKeys(added));
  ARROW_ASSIGN_OR_RAISE(std::vector<int64_t> counts, CountsOf(distinct_));

  EncodedRows places;
  ClearKeys(&places);
  ARROW_RETURN_NOT_OK(CheckRoom(added, which.size() * kIndexBytes));
  std::vector<int64_t> times, key_times;
  if (expires_) {
    const std::vector<int64_t> all = StateTimesOf(TimesOf(batch));
    for (const uint32_t row : which) times.push_back(all[row]);
  }
  key_times.resize(counts.size());
  for (size_t i = 0; i < which.size(); ++i) {
    AppendPlace(added.row(static_cast<int64_t>(i)), counts[groups_[i]]++, &places);
    if (expires_) key_times[groups_[i]] = times[i];
  }
  ARROW_RETURN_NOT_OK(PutCounts(distinct_, counts, expires_ && by_key_ ? &key_times : nullptr));

  const Arrays& columns = batch.columns();
  ARROW_ASSIGN_OR_RAISE(
      Arrays values, TakeRows(Arrays(columns.begin(), columns.begin() + side_.row_columns), which));
  ARROW_ASSIGN_OR_RAISE(ArrayPtr flags, BooleansOf(matched, which));
  values.push_back(std::move(flags));
  rows_.rows_updated += static_cast<int64_t>(which.size());
  const BatchPtr rows = MakeBatch(rows_.declaration().value_schema,
                                  static_cast<int64_t>(which.size()), std::move(values));
  return expires_ && !by_key_ ? rows_->Put(places, *rows, times) : rows_->Put(places, *rows);
}

Result<std::vector<uint8_t>> JoinSideState::ReachedRows(const arrow::RecordBatch& batch,
                                                        int64_t watermark_ms) const {
  std::vector<uint8_t> reached(static_cast<size_t>(batch.num_rows()), 0);
  const std::optional<int64_t> limit_ms = side_.watermark.At(watermark_ms);
  if (!limit_ms) return reached;
  const EventTimes times(TimesOf(batch));
  for (int64_t i = 0; i < batch.num_rows(); ++i) reached[i] = times.reached_by(*limit_ms * 1000, i);
  return reached;
}

Result<int64_t> JoinSideState::Evict(int64_t watermark_ms, const Consumer& consume) {
  const std::optional<int64_t> limit_ms = side_.watermark.At(watermark_ms);
  if (!limit_ms) return 0;
  const int64_t limit_us = *limit_ms * 1000;
  int64_t removed = 0;
  while (true) {
    // Rows stay until their keys' last rows have taken their places.
    ARROW_ASSIGN_OR_RAISE(StateStore::Entries reached,
                          by_key_ ? counts_->TakeExpired(limit_us, StateStore::Taking::kRead)
                                  : rows_->TakeExpired(limit_us, StateStore::Taking::kRead));
    if (reached.keys.size() == 0) return removed;
    ARROW_ASSIGN_OR_RAISE(const int64_t count,
                          by_key_ ? EvictKeys(reached.keys, consume)
                                  : EvictRows(reached.keys, std::move(reached.values), consume));
    removed += count;
  }
}

Result<int64_t> JoinSideState::EvictKeys(const EncodedRows& keys, const Consumer& consume) {
  ARROW_RETURN_NOT_OK(Find(keys, std::vector<uint8_t>(static_cast<size_t>(keys.size()), 1)));
  int64_t removed = 0;
  StoredRows found;
  while (true) {
    ARROW_ASSIGN_OR_RAISE(const bool more, Next(&found));
    if (!more) break;
    if (consume) ARROW_RETURN_NOT_OK(consume(found));
    ARROW_RETURN_NOT_OK(rows_->Remove(found.places));
    removed += static_cast<int64_t>(found.origins.size());
  }
  ARROW_RETURN_NOT_OK(counts_->Remove(keys));
  return removed;
}

Result<int64_t> JoinSideState::EvictRows(const EncodedRows& places, BatchPtr values,
                                         const Consumer& consume) {
  StoredRows stored;
  stored.values = std::move(values);
  struct Leaving {
    uint32_t group;
    int64_t index;
    uint32_t row;
  };
  std::vector<Leaving> leaving(static_cast<size_t>(places.size()));
  EncodedRows keys;
  ClearKeys(&keys);
  for (int64_t i = 0; i < places.size(); ++i) AppendEncoded(KeyOf(places.row(i)), &keys);
  ARROW_RETURN_NOT_OK(GroupKeys(keys));
  for (uint32_t i = 0; i < leaving.size(); ++i) {
    leaving[i] = {groups_[i], IndexOf(places.row(i)), i};
  }
  std::sort(leaving.begin(), leaving.end(), [](const Leaving& a, const Leaving& b) {
    return std::tie(a.group, a.index) < std::tie(b.group, b.index);
  });
  if (consume) {
    for (const Leaving& row : leaving) stored.origins.push_back(row.row);
    ARROW_ASSIGN_OR_RAISE(stored.values, TakeRows(*stored.values, stored.origins));
    ARROW_RETURN_NOT_OK(consume(stored));
  }

  // Of n rows with k leaving, those at n - k and above move into the holes below.
  ARROW_ASSIGN_OR_RAISE(const std::vector<int64_t> counts, CountsOf(distinct_));
  EncodedRows holes, movers, dropped, emptied, shrunk;
  for (EncodedRows* rows : {&holes, &movers, &dropped, &emptied, &shrunk}) ClearKeys(rows);
  std::vector<int64_t> left_over;
  for (size_t first = 0; first < leaving.size();) {
    const uint32_t group = leaving[first].group;
    size_t end = first;
    while (end < leaving.size() && leaving[end].group == group) ++end;
    const std::string_view key = distinct_.row(group);
    const int64_t remaining = counts[group] - static_cast<int64_t>(end - first);
    size_t next = first;
    for (; next < end && leaving[next].index < remaining; ++next) {
      AppendPlace(key, leaving[next].index, &holes);
    }
    for (int64_t index = remaining; index < counts[group]; ++index) {
      AppendPlace(key, index, &dropped);
      if (next < end && leaving[next].index == index) {
        ++next;
      } else {
        AppendPlace(key, index, &movers);
      }
    }
    if (remaining == 0) {
      AppendKey(distinct_, group, &emptied);
    } else {
      AppendKey(distinct_, group, &shrunk);
      left_over.push_back(remaining);
    }
    first = end;
  }
  ARROW_RETURN_NOT_OK(FillHoles(holes, movers));
  ARROW_RETURN_NOT_OK(rows_->Remove(dropped));
  ARROW_RETURN_NOT_OK(counts_->Remove(emptied));
  ARROW_RETURN_NOT_OK(PutCounts(shrunk, left_over, nullptr));
  return static_cast<int64_t>(leaving.size());
}

Status JoinSideState::FillHoles(const EncodedRows& to, const EncodedRows& from) {
  if (to.size() != from.size()) {
    return Status::Invalid("a key's rows in the state of a join are not numbered without gaps");
  }
  if (to.size() == 0) return Status::OK();
  std::vector<uint8_t> found;
  ARROW_ASSIGN_OR_RAISE(const BatchPtr values, rows_->Get(from, &found));
  return rows_->Put(to, *values, StateTimesOf(*values->column(side_.event_time_column)));
}

}  // namespace headrace
