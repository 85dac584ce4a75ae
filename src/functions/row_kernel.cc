#include "functions/row_kernel.h"

#include <arrow/util/bitmap_ops.h>

namespace headrace {

Status ValidityWriter::Own() {
  if (validity_.bitmap == nullptr) {
    ARROW_ASSIGN_OR_RAISE(validity_.bitmap, arrow::AllocateBitmap(rows_, pool_));
    arrow::bit_util::SetBitsTo(validity_.bitmap->mutable_data(), 0, rows_, true);
  } else {
    ARROW_ASSIGN_OR_RAISE(validity_.bitmap,
                          arrow::internal::CopyBitmap(pool_, validity_.bitmap->data(), 0, rows_));
  }
  own_ = true;
  return Status::OK();
}

}  // namespace headrace
