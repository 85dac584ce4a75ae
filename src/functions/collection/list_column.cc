#include "functions/collection/list_column.h"

namespace headrace {

Status ListColumnBuilder::Open(int64_t rows) {
  ARROW_ASSIGN_OR_RAISE(items_, arrow::MakeBuilder(type_->field(0)->type(), pool_));
  ARROW_RETURN_NOT_OK(offsets_.Reserve(rows + 1));
  ARROW_RETURN_NOT_OK(validity_.Reserve(rows));
  offsets_.UnsafeAppend(0);
  return Status::OK();
}

void ListColumnBuilder::End(bool valid) {
  ++rows_;
  offsets_.UnsafeAppend(static_cast<int32_t>(items_->length()));
  validity_.UnsafeAppend(valid);
}

Result<ArrayPtr> ListColumnBuilder::Finish() {
  std::shared_ptr<arrow::Array> items;
  ARROW_RETURN_NOT_OK(items_->Finish(&items));
  const int64_t nulls = validity_.false_count();
  std::shared_ptr<arrow::Buffer> offsets, validity;
  ARROW_RETURN_NOT_OK(offsets_.Finish(&offsets));
  ARROW_RETURN_NOT_OK(validity_.Finish(&validity));
  if (nulls == 0) validity = nullptr;
  return arrow::MakeArray(arrow::ArrayData::Make(
      type_, rows_, {std::move(validity), std::move(offsets)}, {items->data()}, nulls));
}

}  // namespace headrace
