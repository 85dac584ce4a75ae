#include "headrace/window.h"

#include "client/expression_node.h"
#include "client/messages.h"

namespace headrace::inline v1 {
namespace {

using client::messages::Expression;
using FrameMessage = Expression::Window::WindowFrame;

// As in PySpark: rows count in 32 bits, ranges in 64.
void WriteBoundary(int64_t value, bool is_rows, FrameMessage::FrameBoundary* boundary) {
  if (value == Window::currentRow) {
    boundary->set_current_row(true);
  } else if (value == Window::unboundedPreceding || value == Window::unboundedFollowing) {
    boundary->set_unbounded(true);
  } else if (is_rows) {
    boundary->mutable_value()->mutable_literal()->set_integer(static_cast<int32_t>(value));
  } else {
    boundary->mutable_value()->mutable_literal()->set_long_(value);
  }
}

}  // namespace

WindowSpec WindowSpec::rowsBetween(int64_t start, int64_t end) const {
  WindowSpec spec = *this;
  spec.frame_ = Frame{.is_rows = true, .start = start, .end = end};
  return spec;
}

WindowSpec WindowSpec::rangeBetween(int64_t start, int64_t end) const {
  WindowSpec spec = *this;
  spec.frame_ = Frame{.is_rows = false, .start = start, .end = end};
  return spec;
}

Column Column::over(const WindowSpec& window) const {
  return client::MakeColumn([function = *this, window](Expression* message) {
    Expression::Window* out = message->mutable_window();
    client::WriteExpression(function, out->mutable_window_function());
    for (const Column& column : window.partitions_) {
      client::WriteExpression(column, out->add_partition_spec());
    }
    for (const Column& column : window.order_)
      client::WriteSortOrder(column, out->add_order_spec());
    if (!window.frame_.has_value()) return;
    auto* frame = out->mutable_frame_spec();
    const bool is_rows = window.frame_->is_rows;
    frame->set_frame_type(is_rows ? FrameMessage::FRAME_TYPE_ROW : FrameMessage::FRAME_TYPE_RANGE);
    WriteBoundary(window.frame_->start, is_rows, frame->mutable_lower());
    WriteBoundary(window.frame_->end, is_rows, frame->mutable_upper());
  });
}

}  // namespace headrace::inline v1
