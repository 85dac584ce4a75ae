#include "functions/collection/map_entries.h"

#include "functions/compare_values.h"

namespace headrace {

int64_t MapRow::Find(const arrow::Array& key, int64_t row) const {
  for (int64_t i = begin_; i < begin_ + size_; ++i) {
    if (CompareValues(keys(), i, key, row) == 0) return i;
  }
  return -1;
}

Status MapColumnBuilder::Open(int64_t rows) {
  const auto& map = static_cast<const arrow::MapType&>(*type_);
  ARROW_ASSIGN_OR_RAISE(keys_, arrow::MakeBuilder(map.key_type(), pool_));
  ARROW_ASSIGN_OR_RAISE(items_, arrow::MakeBuilder(map.item_type(), pool_));
  ARROW_RETURN_NOT_OK(offsets_.Reserve(rows + 1));
  ARROW_RETURN_NOT_OK(validity_.Reserve(rows));
  offsets_.UnsafeAppend(0);
  return Status::OK();
}

Status MapColumnBuilder::Append(const arrow::Array& keys, int64_t key, const arrow::Array& items,
                                int64_t item) {
  if (keys.IsNull(key)) {
    return MakeError(ErrorKind::kRuntime, "NULL_MAP_KEY",
                     "a key of a map is null; filter such entries out first");
  }
  for (const auto& [other, row] : row_keys_) {
    if (CompareValues(*other, row, keys, key) != 0) continue;
    ARROW_ASSIGN_OR_RAISE(auto scalar, keys.GetScalar(key));
    return MakeError(
        ErrorKind::kRuntime, "DUPLICATED_MAP_KEY",
        "the key " + scalar->ToString() + " occurs twice in a map; remove one of them",
        {{"key", scalar->ToString()}, {"mapKeyDedupPolicy", "\"spark.sql.mapKeyDedupPolicy\""}});
  }
  row_keys_.emplace_back(&keys, key);
  ARROW_RETURN_NOT_OK(keys_->AppendArraySlice(*keys.data(), key, 1));
  return items_->AppendArraySlice(*items.data(), item, 1);
}

void MapColumnBuilder::End(bool valid) {
  ++rows_;
  row_keys_.clear();
  offsets_.UnsafeAppend(static_cast<int32_t>(keys_->length()));
  validity_.UnsafeAppend(valid);
}

Result<ArrayPtr> MapColumnBuilder::Finish() {
  std::shared_ptr<arrow::Array> keys, items;
  ARROW_RETURN_NOT_OK(keys_->Finish(&keys));
  ARROW_RETURN_NOT_OK(items_->Finish(&items));
  const int64_t nulls = validity_.false_count();
  std::shared_ptr<arrow::Buffer> offsets, validity;
  ARROW_RETURN_NOT_OK(offsets_.Finish(&offsets));
  ARROW_RETURN_NOT_OK(validity_.Finish(&validity));
  if (nulls == 0) validity = nullptr;
  auto entries = arrow::ArrayData::Make(type_->field(0)->type(), keys->length(), {nullptr},
                                        {keys->data(), items->data()}, 0);
  return arrow::MakeArray(arrow::ArrayData::Make(
      type_, rows_, {std::move(validity), std::move(offsets)}, {std::move(entries)}, nulls));
}

}  // namespace headrace
